"""Pupils made comparable: without what the clip's light does, and as z-scores within their participant."""

import numpy as np

#: Steps that a participant's own response is fitted to, at least.
_ENOUGH = 64


def comparable_pupils(pupil_NS: np.ndarray, light_NS: np.ndarray, participant: np.ndarray) -> np.ndarray:
    """(N, S): units differ between trackers, sizes between people, clips in their light.

    Each participant's own response to light (`light_NS`, see clip_light.response_of_steps; NaN where a clip is unknown)
    is fitted over all their trials and taken away. No label enters, and no other participant, so that a held-out one
    stays unknown to the model. Where light seems to open a pupil, nothing is taken away: that is not the response.
    """
    made = pupil_NS.copy()
    for person in np.unique(participant):
        rows = participant == person
        pupil = _without_light(pupil_NS[rows].astype(np.float64), light_NS[rows])
        known = pupil[np.isfinite(pupil)]
        spread = known.std() if len(known) else 0.0
        made[rows] = (pupil - known.mean()) / spread if spread > 0 else pupil * 0.0
    return made


def _without_light(pupil: np.ndarray, light: np.ndarray) -> np.ndarray:
    known = np.isfinite(pupil) & np.isfinite(light)
    if known.sum() < _ENOUGH:
        return pupil
    apart = light[known] - light[known].mean()
    weight = float((apart**2).sum())
    if weight < 1e-9:
        return pupil
    slope = float((apart * pupil[known]).sum()) / weight
    response = np.where(np.isfinite(light), light - light[known].mean(), 0.0)
    return pupil - min(slope, 0.0) * response

"""How a model fares when less, or worse, reaches it than in the lab.

Each disturbance is drawn once from a seed, in full strength, and then applied in part: who lost the eyes at 25 % has
lost them at 50 % too, and every model meets the very same trials.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotate.scales import Instrument
from model.evaluation.evaluate import Table
from model.evaluation.intervals import Estimate
from model.features.dataset import TrialSet
from model.predicted import Predictions

Predict = Callable[[TrialSet], Predictions]
#: (trials, strength, seed) to the trials so disturbed; strength 0 leaves them as they are.
Disturb = Callable[[TrialSet, float, int], TrialSet]

MEASURED = ("seven_war", "seven_uar", "valence_ccc", "arousal_ccc")


@dataclass(frozen=True)
class Disturbance:
    """`unit` is what a strength is counted in."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Disturb


@dataclass(frozen=True)
class Curve:
    """One disturbance: `scores` by model, instrument and measure, one estimate for each of `strengths`."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    trials: int
    scores: dict[str, dict[str, dict[str, list[Estimate]]]]


def without_eyes(trials: TrialSet, share: float, seed: int) -> TrialSet:
    """`share` (0 to 1) of the trials that have faces and eyes lose the eyes; a trial of eyes alone keeps them."""
    gone = _chosen(trials, share, seed)
    eye, gaze = trials.eye.copy(), trials.gaze.copy()
    maps = trials.maps.copy()
    eye[gone], gaze[gone], maps[gone] = np.nan, np.nan, np.nan
    return replace(trials, eye=eye, gaze=gaze, maps=maps)


def without_faces(trials: TrialSet, share: float, seed: int) -> TrialSet:
    """`share` (0 to 1) of the trials that have faces and eyes lose every face; a trial of faces alone keeps them."""
    gone = _chosen(trials, share, seed)
    faces = trials.faces.copy()
    faces[gone] = -1
    return replace(trials, faces=faces)


def noisy_eyes(trials: TrialSet, deviations: float, seed: int) -> TrialSet:
    """Normal noise on each step of each eye feature and gaze axis, and each cell of the fixation maps, in that column's
    own deviations over the trials.

    What was not measured stays not measured.
    """
    rng = np.random.default_rng(seed)
    eye, gaze = _noisy(trials.eye, deviations, rng), _noisy(trials.gaze, deviations, rng)
    maps, drawn = (
        _noisy(each.reshape(len(each), -1), deviations, rng).reshape(each.shape)
        for each in (trials.maps, trials.maps_drawn)
    )
    return replace(trials, eye=eye, gaze=gaze, maps=np.maximum(maps, 0.0), maps_drawn=drawn)


def eyes_late(duration_s: np.ndarray) -> Disturb:
    """Eyes early or late by some seconds, as by a clock that was mapped wrongly; half the trials each way, by lot.

    `duration_s` (N,) is how long the clip of each trial is, since steps are parts of it. Between steps the values are
    interpolated; what would come from before or after the recording is not measured.
    """

    def late(trials: TrialSet, seconds: float, seed: int) -> TrialSet:
        if seconds == 0:
            return trials
        sign = np.where(np.random.default_rng(seed).permutation(len(trials)) % 2, 1.0, -1.0)
        steps = sign * seconds * trials.eye.shape[1] / duration_s
        parts = steps * trials.maps.shape[1] / trials.eye.shape[1]
        maps, drawn = (
            _shifted(each.reshape(*each.shape[:2], -1), parts).reshape(each.shape)
            for each in (trials.maps, trials.maps_drawn.astype(np.float32))
        )
        return replace(
            trials, eye=_shifted(trials.eye, steps), gaze=_shifted(trials.gaze, steps), maps=maps,
            maps_drawn=np.nan_to_num(drawn).astype(np.uint8),
        )  # fmt: skip

    return late


def disturbances(duration_s: np.ndarray) -> tuple[Disturbance, ...]:
    """Those of the report, for trials whose clips last `duration_s` (N,)."""
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    return (
        Disturbance("no eyes", "share of trials", shares, without_eyes),
        Disturbance("no face", "share of trials", shares, without_faces),
        Disturbance("noise on the eyes", "standard deviations", (0.0, 0.5, 1.0, 2.0), noisy_eyes),
        Disturbance("eyes early or late", "seconds", (0.0, 0.5, 1.0, 2.0), eyes_late(duration_s)),
    )


def curve(
    trials: TrialSet,
    models: Mapping[str, Predict],
    disturbance: Disturbance,
    seed: int,
    undisturbed: Mapping[str, Predictions] | None = None,
) -> Curve:
    """Scores of each model at each strength, with intervals over participants. `undisturbed`: what the models say of
    `trials` as they are, where that is known.
    """
    scores: dict[str, dict[str, dict[str, list[Estimate]]]] = {
        name: {str(i): {measure: [] for measure in MEASURED} for i in Instrument if trials.targets(i).labelled.any()}
        for name in models
    }
    tables = {
        i: Table(trials, i, np.flatnonzero(trials.targets(i).labelled), seed)
        for i in Instrument
        if trials.targets(i).labelled.any()
    }
    for strength in disturbance.strengths:
        disturbed = disturbance.apply(trials, strength, seed)
        for name, predict in models.items():
            said = predict(disturbed) if strength or undisturbed is None else undisturbed[name]
            for instrument, table in tables.items():
                for measure in MEASURED:
                    scores[name][str(instrument)][measure].append(table.measure(said[instrument], measure))
    return Curve(disturbance.name, disturbance.unit, disturbance.strengths, len(trials), scores)


def curves(
    trials: TrialSet, models: Mapping[str, Predict], chosen: Sequence[Disturbance], seed: int
) -> tuple[Curve, ...]:
    """One curve for each of the disturbances."""
    undisturbed = {name: predict(trials) for name, predict in models.items()}
    return tuple(curve(trials, models, each, seed, undisturbed) for each in chosen)


def _chosen(trials: TrialSet, share: float, seed: int) -> np.ndarray:
    """Row numbers of the first `share` of those that have both, in an order drawn by lot."""
    has_eyes = np.isfinite(trials.eye).any(axis=(1, 2)) | np.isfinite(trials.gaze).any(axis=(1, 2))
    both = np.flatnonzero((trials.faces >= 0).any(axis=1) & has_eyes)
    return np.random.default_rng(seed).permutation(both)[: round(share * len(both))]


def _noisy(values: np.ndarray, deviations: float, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(values.shape)
    spread = np.array([column[np.isfinite(column)].std() if np.isfinite(column).any() else 0.0
                       for column in values.reshape(-1, values.shape[-1]).T])  # fmt: skip
    disturbed = values + deviations * spread * noise
    if values.dtype == np.uint8:
        disturbed = np.clip(np.rint(disturbed), 0, 255)
    return np.asarray(disturbed, dtype=values.dtype)


def _shifted(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """(N, S, F) moved to later steps by `steps` (N,), which need not be whole."""
    count = values.shape[1]
    source = np.arange(count)[None, :] - steps[:, None]
    low = np.floor(source).astype(np.int64)
    part = (source - low)[..., None]
    inside = ((source >= 0) & (source <= count - 1))[..., None]
    below, above = (
        np.take_along_axis(values, np.clip(each, 0, count - 1)[..., None], axis=1) for each in (low, low + 1)
    )
    # Where the source is a step itself, the next one has no say, measured or not.
    between = np.where(part == 0, below, below * (1 - part) + above * part)
    return np.where(inside, between, np.nan).astype(values.dtype)

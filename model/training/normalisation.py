"""Brings measurements onto one scale, by what the training trials alone say."""

from dataclasses import dataclass

import numpy as np

from model.features.dataset import TrialSet

#: Pictures, evenly spread over all, that tell the colours well enough: all of them may be more than the memory holds.
_ENOUGH = 1000


@dataclass(frozen=True)
class Normalisation:
    """Means and standard deviations over the training trials: of colour channels (3) in [0, 1], eye columns (E), gaze
    axes (2).
    """

    face_mean: tuple[float, ...]
    face_sd: tuple[float, ...]
    eye_mean: tuple[float, ...]
    eye_sd: tuple[float, ...]
    gaze_mean: tuple[float, ...]
    gaze_sd: tuple[float, ...]


def fit_normalisation(train: TrialSet) -> Normalisation:
    """A column that nobody measured, or that never changes, gets mean 0 or its value, and deviation 1."""
    used = np.unique(train.faces[train.faces >= 0])
    if len(used) > _ENOUGH:
        used = used[np.linspace(0, len(used) - 1, _ENOUGH).round().astype(np.int64)]
    return Normalisation(
        *_mean_sd(train.pictures[used].astype(np.float32) / 255.0), *_mean_sd(train.eye), *_mean_sd(train.gaze)
    )


def _mean_sd(values: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    columns = values.reshape(-1, values.shape[-1]).astype(np.float64)
    means, deviations = [], []
    for column in columns.T:
        known = column[np.isfinite(column)]
        deviation = float(known.std()) if len(known) else 0.0
        means.append(float(known.mean()) if len(known) else 0.0)
        deviations.append(deviation if deviation > 1e-8 else 1.0)
    return tuple(means), tuple(deviations)

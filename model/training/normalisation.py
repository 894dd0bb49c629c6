"""Brings measurements onto one scale, by what the training trials alone say."""

from dataclasses import dataclass

import numpy as np

from model.features.dataset import TrialSet


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
    faces = train.faces[train.face_valid].reshape(-1, 3).astype(np.float32) / 255.0
    return Normalisation(*_mean_sd(faces), *_mean_sd(train.eye), *_mean_sd(train.gaze))


def _mean_sd(values: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    columns = values.reshape(-1, values.shape[-1]).astype(np.float64)
    means, deviations = [], []
    for column in columns.T:
        known = column[np.isfinite(column)]
        deviation = float(known.std()) if len(known) else 0.0
        means.append(float(known.mean()) if len(known) else 0.0)
        deviations.append(deviation if deviation > 1e-8 else 1.0)
    return tuple(means), tuple(deviations)

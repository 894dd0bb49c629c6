"""A straight line through many readings, some of which are wrong.

Theil–Sen through a few good readings gives the start (Sen, 1968); reweighted least squares with Tukey's biweight gives
the line (Beaton and Tukey, 1974). The weights are one over the squared uncertainty of each reading.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]

#: Clocks of computers run within about 100 parts in a million of each other: what is assumed of a slope until the
#: readings span long enough to tell it better.
_USUAL_SLOPE = 1e-4
#: Theil–Sen looks at every pair of so many readings.
_STARTING_READINGS = 64
#: No reading is believed to be better than this, in ms.
_LEAST_UNCERTAINTY = 0.002
_BIWEIGHT, _MAD_TO_SIGMA = 4.685, 1.4826
#: Rounds end when the line moves by less than a nanosecond.
_ROUNDS, _SETTLED = 40, 1e-6


class RobustLine(NamedTuple):
    """y = level + slope · x. `weights`: (N,) from 0 for a rejected reading to 1."""

    level: float
    slope: float
    weights: Values


def robust_line(x: Values, y: Values, uncertainty: Values) -> RobustLine:
    """x, y, uncertainty: (N,), N ≥ 1, all in ms; x ascends from near zero, y is near zero."""
    sigma = np.hypot(uncertainty, _LEAST_UNCERTAINTY)
    level, slope = _start(x, y, sigma)
    weights = np.ones(len(x))
    for _ in range(_ROUNDS):
        residual = (y - level - slope * x) / sigma
        scale = max(_MAD_TO_SIGMA * float(np.median(np.abs(residual))), 1e-3)
        weights = np.clip(1 - (residual / (_BIWEIGHT * scale)) ** 2, 0, None) ** 2
        new_level, new_slope = _weighted(x, y, weights / (sigma * scale) ** 2)
        moved = abs(new_level - level) + abs(new_slope - slope) * float(np.ptp(x))
        level, slope = new_level, new_slope
        if moved < _SETTLED:
            break
    return RobustLine(level, slope, weights)


def _start(x: Values, y: Values, sigma: Values) -> tuple[float, float]:
    chosen = _best_of_blocks(sigma, _STARTING_READINGS)
    xs, ys = x[chosen], y[chosen]
    first, second = np.triu_indices(len(xs), 1)
    apart = xs[second] - xs[first]
    # Readings close together say nothing of a slope, and would outvote those that do.
    far = apart > 0.1 * float(np.ptp(xs)) if len(xs) > 1 else np.zeros(0, bool)
    if not far.any():
        return float(np.median(ys)), 0.0
    slope = float(np.median((ys[second] - ys[first])[far] / apart[far]))
    noise = float(np.median(np.abs(ys - np.median(ys - slope * xs) - slope * xs)))
    if abs(slope) > _USUAL_SLOPE and noise > abs(slope) * float(np.ptp(xs)):
        slope = 0.0  # the readings are too near each other to tell
    return float(np.median(ys - slope * xs)), slope


def _best_of_blocks(sigma: Values, blocks: int) -> NDArray[np.intp]:
    """The least uncertain reading of each block of readings that follow each other."""
    if len(sigma) <= blocks:
        return np.arange(len(sigma))
    edges = np.linspace(0, len(sigma), blocks + 1).astype(int)
    return np.array([a + int(np.argmin(sigma[a:b])) for a, b in pairwise(edges)])


def _weighted(x: Values, y: Values, weights: Values) -> tuple[float, float]:
    """Least squares around the weighted middle, with the usual slope as one more observation of it."""
    total = float(weights.sum())
    middle_x, middle_y = float(weights @ x) / total, float(weights @ y) / total
    off = x - middle_x
    slope = float(weights @ (off * (y - middle_y))) / (float(weights @ off**2) + 1 / _USUAL_SLOPE**2)
    return middle_y - slope * middle_x, slope

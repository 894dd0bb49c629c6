"""Intervals over participants: what would the figure be with other people of the same kind?

Trials of one person are alike, so that resampling trials gives intervals that are too narrow. Each measure is a
function of sums that can be added up over participants, which makes thousands of resamples one matrix product.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95

Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval (percentiles of the bootstrap over participants).

    NaN where there is no such figure, as the correlation with an answer that never changes.
    """

    value: float
    low: float
    high: float


class Resampling:
    """The same draws of participants for everything that is compared."""

    def __init__(self, participants: np.ndarray, seed: int) -> None:
        """`participants` (N,): whose trial each row is."""
        self.people, self._whose = np.unique(participants, return_inverse=True)
        count = len(self.people)
        weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
        self._weights = weights.astype(np.float64)  # products of whole numbers are a hundred times slower
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def per_participant(self, sums_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """(P, ...): `sums_of` applied to the row numbers of each participant."""
        return np.stack([sums_of(np.flatnonzero(self._whose == person)) for person in range(len(self.people))])

    def estimate(self, sums: np.ndarray, measure: Measure) -> Estimate:
        """Of a measure of sums (P, ...)."""
        return _estimate(measure(sums.sum(axis=0)), measure(self._resampled(sums)))

    def estimates(self, sums: np.ndarray, measure: Measure) -> list[Estimate]:
        """Of a measure that gives several figures of sums (P, ...), in its last axis."""
        values, draws = measure(sums.sum(axis=0)), measure(self._resampled(sums))
        return [_estimate(value, draws[:, place]) for place, value in enumerate(values)]

    def difference(self, ours: np.ndarray, theirs: np.ndarray, measure: Measure) -> Estimate:
        """Of measure(ours) - measure(theirs), paired: both on the same people in every draw."""
        return _estimate(
            measure(ours.sum(axis=0)) - measure(theirs.sum(axis=0)),
            measure(self._resampled(ours)) - measure(self._resampled(theirs)),
        )

    def _resampled(self, sums: np.ndarray) -> np.ndarray:
        """(RESAMPLES, ...). Several measures in a row are taken of the same sums, which are then drawn once."""
        if self._last is None or self._last[0] is not sums:
            self._last = sums, np.tensordot(self._weights, sums, axes=1)
        return self._last[1]


def _estimate(value: np.ndarray, draws: np.ndarray) -> Estimate:
    """Draws in which there is no such figure (a class that none of the drawn people showed) are left out."""
    told = draws[~np.isnan(draws)]
    if not np.isfinite(value) or not len(told):
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.quantile(told, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))

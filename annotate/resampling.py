"""Many figures at once with their intervals: sums over participants, drawn anew by one product of matrices.

annotate.intervals calls a function for every draw, which suits any statistic and takes seconds for hundreds of them.
Most figures of a page are ratios of sums over trials (a mean, a share, a rate). A draw of whole participants counts
each of them 0, 1, 2 … times, so the sums of all draws are the counts times the participants' own sums. The draws are
those of annotate.intervals: both give the same interval.

Shapes: N rows (trials), C clusters (participants; or trials, where one participant is looked at), D draws, K figures.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from annotate.intervals import LEAST_PARTICIPANTS, Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """Figures as they are (`values`, K) and as they are in each draw (`draws`, D × K); NaN where not defined.

    `clusters` (K): how many participants each figure rests on. Sums and differences are taken draw by draw, so the
    interval of a difference knows that both came from the same people. With `left_out_in_turn` the draws are those of
    a jackknife: draw i is without cluster i.
    """

    values: Floats
    draws: Floats
    clusters: Ints
    left_out_in_turn: bool = False

    def __sub__(self, other: "Drawn") -> "Drawn":
        return Drawn(
            self.values - other.values,
            self.draws - other.draws,
            np.minimum(self.clusters, other.clusters),
            self.left_out_in_turn,
        )

    def intervals(self, level: float = 0.95) -> list[Interval | None]:
        """One a figure; None where the figure is not defined; without bounds below three participants."""
        if self.left_out_in_turn:
            low, high = _jackknife(self.values, self.draws, (1 + level) / 2)
        else:
            low, high = _quantiles(self.draws, ((1 - level) / 2, (1 + level) / 2))
        return [
            _interval(value, below, above, clusters, level)
            for value, below, above, clusters in zip(
                self.values.tolist(), low.tolist(), high.tolist(), self.clusters.tolist(), strict=True
            )
        ]


class Resampling:
    """Draws of whole clusters, to be used for any number of figures.

    `cluster_of_row` (N): the cluster of each row, 0 … `clusters` - 1. For the draws of annotate.intervals give clusters
    in the order in which that module sorts them.
    """

    _left_out_in_turn = False

    def __init__(self, cluster_of_row: Ints, clusters: int, *, draws: int = 1000, seed: int = 0) -> None:
        self.cluster_of_row = cluster_of_row
        self.clusters = clusters
        chosen = np.random.default_rng(seed).integers(0, max(clusters, 1), size=(draws, clusters))
        offsets = np.arange(draws)[:, None] * clusters
        counts = np.bincount((chosen + offsets).ravel(), minlength=draws * clusters)
        #: How often each cluster is in each draw, (D, C).
        self.counts: Floats = counts.reshape(draws, clusters).astype(np.float64)

    def of_rows(self, rows: Ints) -> "Resampling":
        """The same draws for a table whose row i belongs to what row `rows`[i] of this one belongs to."""
        same = copy(self)
        same.cluster_of_row = self.cluster_of_row[rows]
        return same

    def sums(self, values: Floats) -> Floats:
        """The clusters' own sums, (C, K), of `values` (N, K)."""
        return self.grouped_sums(values, np.zeros(len(self.cluster_of_row), dtype=np.int64), 1)

    def grouped_sums(self, values: Floats, group_of_row: Ints, groups: int) -> Floats:
        """The clusters' own sums in each group, of `values` (N, K): (C, K · G), all groups of the first column first.

        A row with a negative group is left out.
        """
        inside = np.flatnonzero(group_of_row >= 0)
        if len(inside) < len(values):
            values, group_of_row = values[inside], group_of_row[inside]
        cells = self.cluster_of_row[inside] * groups + group_of_row
        sums = np.zeros((values.shape[1], self.clusters * groups))
        for column, place in zip(np.ascontiguousarray(values.T), sums, strict=True):
            place[:] = np.bincount(cells, weights=column, minlength=self.clusters * groups)
        columns = len(sums)  # said and not left to be found out: there may be no cluster
        return sums.reshape(columns, self.clusters, groups).transpose(1, 0, 2).reshape(self.clusters, columns * groups)

    def ratios(self, numerators: Floats, denominators: Floats) -> Drawn:
        """Σ numerator / Σ denominator over rows, both (N, K), denominators ≥ 0; undefined where the latter sum to 0."""
        return self.ratios_of_sums(self.sums(numerators), self.sums(denominators))

    def grouped_ratios(self, numerators: Floats, denominators: Floats, group_of_row: Ints, groups: int) -> Drawn:
        """The ratios of each group, from (N, K) and (N): K · G figures, all groups of the first ratio first."""
        return self.ratios_of_sums(
            self.grouped_sums(numerators, group_of_row, groups), self.grouped_sums(denominators, group_of_row, groups)
        )

    def ratios_of_sums(self, numerators: Floats, denominators: Floats) -> Drawn:
        """As `ratios`, from the clusters' own sums, (C, K)."""
        return Drawn(
            _divide(numerators.sum(0), denominators.sum(0)),
            _divide(self.counts @ numerators, self.counts @ denominators),
            (denominators > 0).sum(0),
            self._left_out_in_turn,
        )

    def statistic(self, of: Callable[[Floats], Floats], values: Floats) -> Drawn:
        """One figure that follows from sums: `of` takes sums of the columns of `values` (N, S), as (D, S), to (D).

        The first column says by a value above 0 that a row counts.
        """
        sums = self.sums(values)
        return Drawn(
            of(sums.sum(0, keepdims=True)),
            of(self.counts @ sums)[:, None],
            (sums[:, :1] > 0).sum(0),
            self._left_out_in_turn,
        )


class LeavingOut(Resampling):
    """Not draws: each cluster left out in turn, for clusters too few to be drawn, such as raters.

    The delete-one jackknife (Efron and Tibshirani, 1993, chapter 11) with Student's quantile.
    """

    _left_out_in_turn = True

    def __init__(self, cluster_of_row: Ints, clusters: int) -> None:
        super().__init__(cluster_of_row, clusters, draws=0)
        self.counts = 1.0 - np.eye(clusters)


def own_intervals(
    numerators: Floats, denominators: Floats, group_of_row: Ints, groups: int, less: Sequence[tuple[int, int]] = ()
) -> list[list[Interval | None]]:
    """For each group on its own: the ratios of its rows, (N, K), with intervals over *its rows*, each left out in turn.

    `less`: pairs of columns; the difference of both ratios is another figure. Gives a list of figures (the K ratios,
    then the differences), each with one interval a group, whose `participants` counts the rows it rests on. All groups
    at once: leaving out row i of a ratio gives (Σ n - nᵢ) / (Σ d - dᵢ).
    """
    wholes, parts, active = [], [], []
    for numerator, denominator in zip(numerators.T, denominators.T, strict=True):
        over, under = (
            np.bincount(group_of_row, weights=column, minlength=groups).astype(np.float64, copy=False)
            for column in (numerator, denominator)
        )
        wholes.append(_divide(over, under))
        parts.append(_divide(over[group_of_row] - numerator, under[group_of_row] - denominator))
        active.append(denominator > 0)
    for one, other in less:
        wholes.append(wholes[one] - wholes[other])
        parts.append(parts[one] - parts[other])
        active.append(active[one] | active[other])
    return [
        _own(whole, part, used, group_of_row, groups) for whole, part, used in zip(wholes, parts, active, strict=True)
    ]


def _own(
    whole: Floats, part: Floats, used: NDArray[np.bool_], group_of_row: Ints, groups: int
) -> list[Interval | None]:
    used = used & np.isfinite(part)
    group, left = group_of_row[used], part[used]
    n = np.bincount(group, minlength=groups)
    mean = np.bincount(group, weights=left, minlength=groups) / np.maximum(n, 1)
    squares = np.bincount(group, weights=(left - mean[group]) ** 2, minlength=groups)
    reach = _student(0.975, np.maximum(n - 1, 1)) * np.sqrt(squares * (n - 1) / np.maximum(n, 1))
    low = np.where(n >= LEAST_PARTICIPANTS, whole - reach, np.nan)
    return [
        _interval(value, below, 2 * value - below, many, 0.95)
        for value, below, many in zip(whole.tolist(), low.tolist(), n.tolist(), strict=True)
    ]


def student_quantile(p: float, df: int) -> float:
    """Student's t, by the expansion around the normal quantile (Abramowitz and Stegun 26.7.5); 3 % low at two df."""
    return float(_student(p, np.array([df]))[0])


def _student(p: float, df: Ints) -> Floats:
    z = NormalDist().inv_cdf(p)
    quantile: Floats = z + (
        (z**3 + z) / (4 * df)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    )
    return quantile


def one_interval(drawn: Drawn) -> Interval | None:
    """The interval of the only figure."""
    (interval,) = drawn.intervals()
    return interval


def join(parts: Sequence[Drawn]) -> Drawn:
    """Figures of the same draws, side by side."""
    return Drawn(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.draws for part in parts], axis=1),
        np.concatenate([part.clusters for part in parts]),
    )


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    # Sums of weights that should be 0 may be off by rounding.
    defined = denominator > 1e-9
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=defined)


def _jackknife(values: Floats, draws: Floats, p: float) -> tuple[Floats, Floats]:
    left_out = len(draws)
    if left_out < LEAST_PARTICIPANTS:
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    variance = (left_out - 1) / left_out * ((draws - draws.mean(0)) ** 2).sum(0)
    reach = student_quantile(p, left_out - 1) * np.sqrt(variance)
    return values - reach, values + reach


def _quantiles(draws: Floats, levels: tuple[float, float]) -> tuple[Floats, Floats]:
    """Column quantiles, linear as numpy's, with undefined draws left out; numpy's own nanquantile loops in Python."""
    defined = np.isfinite(draws).sum(0)
    if draws.size and (defined == len(draws)).all():
        low, high = np.quantile(draws, levels, axis=0)
        return low, high
    ordered = np.sort(draws, axis=0)  # NaN at the end
    columns = np.arange(draws.shape[1])
    last = np.maximum(defined - 1, 0)
    found: list[Floats] = []
    for level in levels:
        place = level * last
        below = np.floor(place).astype(np.int64)
        low, high = ordered[below, columns], ordered[np.minimum(below + 1, last), columns]
        found.append(np.where(defined > 0, low + (high - low) * (place - below), np.nan))
    return found[0], found[1]


def _interval(value: float, low: float, high: float, clusters: int, level: float) -> Interval | None:
    if not np.isfinite(value):
        return None
    if clusters < LEAST_PARTICIPANTS or not np.isfinite(low):
        return Interval(value, None, None, clusters, level)
    return Interval(value, low, high, clusters, level)

"""Would other raters have found the same? Figures with intervals over participants and raters.

Raters are few, and each leans somewhere on the scale. Where ER and FER were rated by different people, the leaning of
those few is part of the difference, and no number of trials takes it out. So each rater is left out in turn, apart for
the two instruments (the delete-one jackknife of Efron and Tibshirani, 1993, chapter 11), and the variances over
participants, over ER raters and over FER raters are added. That counts what is left over more than once, which errs on
the side of a wider interval (Owen, 2007, 'The pigeonhole bootstrap', Annals of Applied Statistics 1, 386-411).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotate.gap.answers import BothAnswered, Floats, Ints
from annotate.gap.pairs import distances, pairs_between, pairs_within
from annotate.resampling import student_quantile

#: Fewer tell nothing about other raters.
LEAST_RATERS = 3
FIGURES = ("valence", "arousal", "distance above", "differ above")


@dataclass(frozen=True)
class OverRaters:
    """A figure with an interval over participants and raters; bounds are None below three raters of an instrument."""

    value: float | None
    low: float | None
    high: float | None
    er_raters: int
    fer_raters: int


def over_raters(
    both: BothAnswered, participant_variance: dict[str, float], level: float = 0.95
) -> dict[str, OverRaters]:
    """The FIGURES; `participant_variance` is the variance of each over draws of participants."""
    sides = (both.er, both.fer)
    paired = _Paired(both)
    whole = paired.figures()
    raters = [np.unique(side.rater) for side in sides]
    variance = {name: participant_variance[name] for name in FIGURES}
    enough = all(len(one) >= LEAST_RATERS for one in raters)
    if enough:
        for side, mine in enumerate(raters):
            without = [paired.figures(side, rater) for rater in mine.tolist()]
            n = len(without)
            for name in FIGURES:
                values = np.array([one[name] for one in without])
                variance[name] += (n - 1) / n * float(((values - values.mean()) ** 2).sum())
    reach = student_quantile((1 + level) / 2, min(len(one) for one in raters) - 1) if enough else np.nan
    return {name: _around(whole[name], reach * variance[name] ** 0.5, raters) for name in FIGURES}


def _around(value: float, reach: float, raters: list[Ints]) -> OverRaters:
    counts = (len(raters[0]), len(raters[1]))
    if not np.isfinite(value):
        return OverRaters(None, None, None, *counts)
    if not np.isfinite(reach):
        return OverRaters(value, None, None, *counts)
    return OverRaters(value, value - reach, value + reach, *counts)


class _Sums:
    """Sums over each trial's rows (answers, or pairs of them) of two columns, from which raters can be taken away."""

    def __init__(self, trial: Ints, raters: Sequence[tuple[int, Ints]], columns: Floats, trials: int) -> None:
        """`raters`: side (0 ER, 1 FER) and the rater of each row (R); a pair has two. `columns`: (R, 2)."""
        self._trial, self._raters, self._columns, self._trials = trial, raters, columns, trials
        self._total, self._many = self._add(np.arange(len(trial)))
        self._whole = _divided(self._total, self._many)

    def _add(self, rows: Ints) -> tuple[Floats, Floats]:
        trial = self._trial[rows]
        many = np.bincount(trial, minlength=self._trials).astype(np.float64)
        sums = [np.bincount(trial, weights=column, minlength=self._trials) for column in self._columns[rows].T]
        return np.stack(sums, axis=1), many

    def means(self, side: int, rater: int | None) -> Floats:
        """(T, 2): each trial's means without the rows of this rater of this side; NaN where nothing is left."""
        mine = [of_row == rater for its_side, of_row in self._raters if its_side == side]
        if rater is None or not mine:
            return self._whole
        taken, many = self._add(np.flatnonzero(mine[0] if len(mine) == 1 else mine[0] | mine[1]))
        return _divided(self._total - taken, self._many - many)


def _divided(total: Floats, many: Floats) -> Floats:
    return np.divide(total, many[:, None], out=np.full(total.shape, np.nan), where=many[:, None] > 0)


class _Paired:
    """The figures without any one rater."""

    def __init__(self, both: BothAnswered) -> None:
        er, fer, trials = both.er, both.fer, len(both)
        self._places = [
            _Sums(side.trial, [(number, side.rater)], side.place, trials) for number, side in enumerate((er, fer))
        ]
        self._pairs = [
            _Sums(
                pairs.trial,
                [(left, one.rater[pairs.one]), (right, other.rater[pairs.other])],
                np.stack([distances(pairs, one, other), one.seven[pairs.one] != other.seven[pairs.other]], axis=1),
                trials,
            )
            for pairs, one, other, left, right in (
                (pairs_between(er, fer), er, fer, 0, 1),
                (pairs_within(er), er, er, 0, 0),
                (pairs_within(fer), fer, fer, 1, 1),
            )
        ]

    def figures(self, side: int = 0, rater: int | None = None) -> dict[str, float]:
        """The FIGURES, without one rater of one side."""
        felt, shown = (places.means(side, rater) for places in self._places)
        between, two_er, two_fer = (pairs.means(side, rater) for pairs in self._pairs)
        figures = np.concatenate([_mean(shown - felt), _mean(between - (two_er + two_fer) / 2)])
        return dict(zip(FIGURES, figures.tolist(), strict=True))


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values).all(1)
    return values[known].mean(0) if known.any() else np.full(values.shape[1], np.nan)

"""Would other raters have found the same? Figures with intervals over participants and raters.

Raters are few, and each leans somewhere on the scale. Where ER and FER were rated by different people, the leaning of
those few is part of the difference, and no number of trials takes it out. So each rater is left out in turn, apart for
the two instruments (the delete-one jackknife of Efron and Tibshirani, 1993, chapter 11), and the variances over
participants, over ER raters and over FER raters are added. That counts what is left over more than once, which errs on
the side of a wider interval (Owen, 2007, 'The pigeonhole bootstrap', Annals of Applied Statistics 1, 386-411).
"""

from dataclasses import dataclass

import numpy as np

from annotate.gap.answers import BothAnswered, Floats, Ints, Side
from annotate.gap.pairs import Pairs, distances, pairs_between, pairs_within
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
    pairs = _Paired(both)
    everybody: tuple[Floats, Floats] = tuple(np.ones(len(side.trial)) for side in sides)  # type: ignore[assignment]  # two
    whole = pairs.figures(everybody)
    raters = [np.unique(side.rater) for side in sides]
    variance = {name: participant_variance[name] for name in FIGURES}
    enough = all(len(one) >= LEAST_RATERS for one in raters)
    if enough:
        for place, side in enumerate(sides):
            without = []
            for rater in raters[place]:
                kept = list(everybody)
                kept[place] = (side.rater != rater).astype(np.float64)
                without.append(pairs.figures((kept[0], kept[1])))
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


class _Paired:
    """All pairs once; a rater is left out by weights of 0."""

    def __init__(self, both: BothAnswered) -> None:
        self._both = both
        er, fer = both.er, both.fer
        self._pairs: list[tuple[Pairs, Side, Side, int, int, Floats, Floats]] = []
        for pairs, one, other, left, right in (
            (pairs_between(er, fer), er, fer, 0, 1),
            (pairs_within(er), er, er, 0, 0),
            (pairs_within(fer), fer, fer, 1, 1),
        ):
            unlike = (one.seven[pairs.one] != other.seven[pairs.other]).astype(np.float64)
            self._pairs.append((pairs, one, other, left, right, distances(pairs, one, other), unlike))

    def figures(self, kept: tuple[Floats, Floats]) -> dict[str, float]:
        """The FIGURES with only the answers whose weight in `kept` (N of ER, N of FER) is 1."""
        between, two_er, two_fer = (self._means(one, kept) for one in self._pairs)
        shift = self._mean_place(self._both.fer, kept[1]) - self._mean_place(self._both.er, kept[0])
        above = between - (two_er + two_fer) / 2
        figures = np.concatenate([_mean(shift), _mean(above)])
        return dict(zip(FIGURES, figures.tolist(), strict=True))

    def _means(self, one: tuple[Pairs, Side, Side, int, int, Floats, Floats], kept: tuple[Floats, Floats]) -> Floats:
        pairs, _one, _other, left, right, apart, unlike = one
        weight = kept[left][pairs.one] * kept[right][pairs.other]
        return self._per_trial(pairs.trial, weight, (apart, unlike))

    def _mean_place(self, side: Side, kept: Floats) -> Floats:
        return self._per_trial(side.trial, kept, (side.place[:, 0], side.place[:, 1]))

    def _per_trial(self, trial: Ints, weight: Floats, columns: tuple[Floats, Floats]) -> Floats:
        """(T, 2): weighted means of both columns, NaN where nothing is left."""
        trials = len(self._both)
        total = np.bincount(trial, weights=weight, minlength=trials)
        sums = [np.bincount(trial, weights=weight * column, minlength=trials) for column in columns]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total[:, None] > 0, np.stack(sums, axis=1) / total[:, None], np.nan)


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values).all(1)
    return values[known].mean(0) if known.any() else np.full(values.shape[1], np.nan)

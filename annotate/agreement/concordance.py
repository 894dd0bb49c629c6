"""Lin's concordance correlation coefficient (CCC): how near two raters' numbers lie to being the same.

ccc = 2 s_xy / (s_x² + s_y² + (m_x - m_y)²), moments with 1/n (Lin 1989, Biometrics 45, 255-268): the correlation,
lessened by any difference of scale or level. 1 is identity. It is not defined where neither varies nor differs.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, Floats, Integers, comparable, compared, mean_of_others, pairs
from annotate.intervals import Interval, over_many_sums, over_sums

#: Two raters who share fewer trials are not compared as a pair: so few points make a figure of chance.
LEAST_SHARED = 10


def mean_pairwise_ccc(answers: Answers, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """The mean CCC of all pairs of raters, each pair weighing as many trials as both answered.

    Where every rater answered every trial this is the plain mean. Pairs with fewer than LEAST_SHARED trials are out.
    Few trials make a pair's CCC a little low (chance in the means counts as a difference of level), and a draw repeats
    some of them; so the interval is centred.
    """
    answers = compared(answers)
    one, other = pairs(answers)
    once = answers.rater[one] < answers.rater[other]
    one, other = one[once], other[once]
    couple = answers.rater[one] * answers.raters + answers.rater[other]
    _, place, shared = np.unique(couple, return_inverse=True, return_counts=True)
    enough = shared >= LEAST_SHARED
    if not enough.any():
        return None
    number = np.cumsum(enough) - 1
    kept = enough[place]
    sums = _moments(answers, answers.value, one[kept], other[kept], number[place[kept]], int(enough.sum()))
    return over_sums(sums, partial(_weighted_mean, int(enough.sum())), centred=True, draws=draws, seed=seed)


def ccc_with_others(
    answers: Answers, group: Integers, groups: int, *, draws: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """For each group of answers the CCC of these with the mean of the other raters' answers to the same trials.

    `group` (N,): 0 … groups - 1, such as the rater's number; -1: in none. A group of fewer than LEAST_SHARED answers
    gives None.
    """
    kept, group = comparable(answers, group)
    own = np.nonzero(group >= 0)[0]
    numbers = np.bincount(group[own], minlength=groups)
    both = np.concatenate([kept.value, mean_of_others(kept, kept.value)])
    sums = _moments(kept, both, own, own + len(kept.value), group[own], groups)
    present = sums.reshape(kept.participants, 6, groups)[:, 0, :] > 0
    found = over_many_sums(sums, partial(_each, groups), present=present, draws=draws, seed=seed)
    return [one if number >= LEAST_SHARED else None for one, number in zip(found, numbers, strict=True)]


def concordance(x: Floats, y: Floats) -> float:
    """Of two raters, (n,) each. NaN where it is not defined."""
    sums = np.array([[len(x), x.sum(), y.sum(), (x**2).sum(), (y**2).sum(), (x * y).sum()]])
    return float(_each(1, sums)[0, 0])


def _moments(answers: Answers, value: Floats, one: Integers, other: Integers, group: Integers, groups: int) -> Floats:
    """(P, 6 * groups): n, x, y, x², y², xy summed per participant over pairs of places in `value`, by group."""
    x, y = value[one], value[other]
    place = answers.participant[one] * groups + group
    size = answers.participants * groups
    return np.hstack(
        [
            np.bincount(place, weights=part, minlength=size).reshape(answers.participants, groups)
            for part in (np.ones_like(x), x, y, x**2, y**2, x * y)
        ]
    )


def _each(groups: int, sums: NDArray[Any]) -> NDArray[Any]:
    """(D, 6 * groups) to (D, groups)."""
    n, x, y, xx, yy, xy = np.moveaxis(sums.reshape(len(sums), 6, groups), 1, 0)
    n = np.where(n > 0, n, np.nan)
    x, y = x / n, y / n
    apart = xx / n - x**2 + yy / n - y**2 + (x - y) ** 2
    possible = apart > 1e-12
    return np.where(possible, 2 * (xy / n - x * y) / np.where(possible, apart, 1), np.nan)


def _weighted_mean(couples: int, sums: NDArray[Any]) -> NDArray[Any]:
    each = _each(couples, sums)
    weight = np.where(np.isfinite(each), sums[:, :couples], 0.0)
    total = weight.sum(axis=1)
    added = (weight * np.nan_to_num(each)).sum(axis=1)
    return np.where(total > 0, added / np.where(total > 0, total, 1), np.nan)

"""One rater, or one rater's week, against the others: the share of Krippendorff's alpha that is theirs, and their bias.

The observed disagreement D_o is a mean over answers, of how far each lies from the others' answers to the same trial.
Taken over one group of answers only, and measured by the same expected disagreement D_e, it gives that group's own
alpha: 1 - D_o(group) / D_e. Weighed by the number of answers, the alphas of all raters have the alpha of all as their
mean (it follows from Krippendorff 2011, step by step).
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, Floats, Integers, comparable, mean_of_others, pairs, per_trial
from annotate.intervals import Interval, over_many_sums


def alpha_with_others(
    answers: Answers, classes: int, group: Integers, groups: int, *, draws: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """For each group of answers the nominal alpha of these with the other raters' answers to the same trials.

    Values are 0 … classes - 1. `group` (N,): 0 … groups - 1, such as the rater's number; -1: in none. None for a group
    without an answer that can be compared.
    """
    kept, group = comparable(answers, group)
    apart = _disagreement(kept)
    counted, disagreeing = _by_group(kept, group, groups, np.ones_like(apart), apart)
    marginals = kept.sums(np.ones_like(kept.value), by=kept.value.astype(np.int64), groups=classes)
    return over_many_sums(
        np.hstack([counted, disagreeing, marginals]),
        partial(_alphas, groups),
        present=counted > 0,
        draws=draws,
        seed=seed,
    )


def alpha_change(
    answers: Answers,
    classes: int,
    group: Integers,
    groups: int,
    later: NDArray[np.bool_],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> list[Interval | None]:
    """For each group: by how much its `alpha_with_others` is higher in its later answers than in its earlier ones.

    `later` (N,). None where either part has nothing to compare.
    """
    kept, halves = comparable(answers, np.where(group >= 0, group + groups * later, -1))
    apart = _disagreement(kept)
    counted, disagreeing = _by_group(kept, halves, 2 * groups, np.ones_like(apart), apart)
    marginals = kept.sums(np.ones_like(kept.value), by=kept.value.astype(np.int64), groups=classes)

    def change(sums: NDArray[Any]) -> NDArray[Any]:
        each = _alphas(2 * groups, sums)
        return each[:, groups:] - each[:, :groups]

    return over_many_sums(
        np.hstack([counted, disagreeing, marginals]),
        change,
        present=(counted[:, :groups] > 0) | (counted[:, groups:] > 0),
        draws=draws,
        seed=seed,
    )


def class_bias(
    answers: Answers, classes: int, group: Integers, groups: int, *, draws: int = 1000, seed: int = 0
) -> list[list[Interval | None]]:
    """For each group and class: how much oftener these answers are that class than the others' to the same trials.

    A difference of shares, -1 to 1; 0.08: eight points oftener.
    """
    kept, group = comparable(answers, group)
    columns = []
    for each in range(classes):
        said = (kept.value == each).astype(float)
        columns.append(said - mean_of_others(kept, said))
    counted, *over = _by_group(kept, group, groups, np.ones_like(kept.value), *columns)
    found = over_many_sums(
        np.hstack([counted, *over]),
        partial(_means, groups),
        present=np.tile(counted > 0, classes),
        draws=draws,
        seed=seed,
    )
    return [[found[each * groups + one] for each in range(classes)] for one in range(groups)]


def mean_bias(
    answers: Answers, group: Integers, groups: int, *, draws: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """For each group: how far these numbers lie above the mean of the others' to the same trials."""
    kept, group = comparable(answers, group)
    counted, over = _by_group(
        kept, group, groups, np.ones_like(kept.value), kept.value - mean_of_others(kept, kept.value)
    )
    return over_many_sums(
        np.hstack([counted, over]), partial(_means, groups), present=counted > 0, draws=draws, seed=seed
    )


def _disagreement(answers: Answers) -> Floats:
    """(N,): the share of the other raters who said otherwise of the same trial."""
    one, other = pairs(answers)
    differs = (answers.value[one] != answers.value[other]).astype(float)
    total = np.bincount(one, weights=differs, minlength=len(answers.value)).astype(float)
    return total / (per_trial(answers) - 1) if len(total) else total


def _by_group(answers: Answers, group: Integers, groups: int, *parts: Floats) -> list[Floats]:
    inside = group >= 0
    own = answers.where(inside)
    return [own.sums(part[inside], by=group[inside], groups=groups) for part in parts]


def _alphas(groups: int, sums: NDArray[Any]) -> NDArray[Any]:
    counted, apart, marginals = sums[:, :groups], sums[:, groups : 2 * groups], sums[:, 2 * groups :]
    total = marginals.sum(axis=1, keepdims=True)
    expected = (total**2 - (marginals**2).sum(axis=1, keepdims=True)) / np.maximum(total * (total - 1), 1)
    possible = (counted > 0) & (expected > 1e-12)
    observed = apart / np.where(counted > 0, counted, 1)
    return np.where(possible, 1 - observed / np.where(expected > 1e-12, expected, 1), np.nan)


def _means(groups: int, sums: NDArray[Any]) -> NDArray[Any]:
    """(D, groups + F * groups): the numbers first, then F sums: to (D, F * groups) means."""
    counted = np.tile(sums[:, :groups], (sums.shape[1] - groups) // groups)
    return np.where(counted > 0, sums[:, groups:] / np.where(counted > 0, counted, 1), np.nan)

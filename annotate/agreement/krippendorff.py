"""Krippendorff's alpha: agreement beyond chance among any number of raters, with answers missing.

alpha = 1 - D_o / D_e, the observed disagreement between answers to the same trial over the one expected if answers
were dealt to trials at random (Krippendorff 2004, Content Analysis, chapter 11; Krippendorff 2011, Computing
Krippendorff's alpha-reliability). 1 is perfect, 0 is chance, below 0 raters disagree systematically. Trials with one
answer say nothing about agreement and are left out. Where all answers are the same value, nothing could have
disagreed, and alpha is not defined.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, Floats, Integers, comparable, pairs, per_trial, runs
from annotate.intervals import Interval, over_many_sums

Scale = Literal["nominal", "ordinal", "interval"]


def alpha_nominal(answers: Answers, classes: int, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Classes without an order: two answers are the same or not. Values are 0 … classes - 1."""
    return alphas("nominal", answers, *_one_group(answers), classes=classes, draws=draws, seed=seed)[0]


def alpha_ordinal(answers: Answers, levels: int, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Levels in order: two answers differ by how many answers lie between them. Values are 0 … levels - 1."""
    return alphas("ordinal", answers, *_one_group(answers), classes=levels, draws=draws, seed=seed)[0]


def alpha_interval(answers: Answers, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Numbers: two answers differ by the square of their distance."""
    return alphas("interval", answers, *_one_group(answers), draws=draws, seed=seed)[0]


def alphas(
    scale: Scale,
    answers: Answers,
    group: Integers,
    groups: int,
    *,
    classes: int = 1,
    draws: int = 1000,
    seed: int = 0,
) -> list[Interval | None]:
    """The alpha of each group of trials, such as those of a week.

    `group` (N,): 0 … groups - 1, the same for all answers to a trial. `classes`: of the nominal and ordinal scales.
    """
    answers, group = comparable(answers, group)
    if scale == "interval":
        sums = _interval_sums(answers, group, groups)
    else:
        sums = _coincidences(answers, classes, group, groups)
    present = answers.sums(np.ones_like(answers.value), by=group, groups=groups) > 0
    statistic = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval}[scale]
    shape = sums.shape[2:]

    def each(drawn: NDArray[Any]) -> NDArray[Any]:
        return statistic(drawn.reshape(-1, *shape)).reshape(len(drawn), groups)

    flat = sums.reshape(answers.participants, groups * int(np.prod(shape)))
    return over_many_sums(flat, each, present=present, draws=draws, seed=seed)


def _one_group(answers: Answers) -> tuple[Integers, int]:
    return np.zeros(len(answers.value), dtype=np.int64), 1


def _coincidences(answers: Answers, classes: int, group: Integers, groups: int) -> Floats:
    """(P, groups, classes, classes): how often one value meets another in a trial.

    A trial of m answers has m(m - 1) ordered pairs, each of which counts 1/(m - 1), so that it weighs m in all.
    """
    one, other = pairs(answers)
    value = answers.value.astype(np.int64)
    place = ((answers.participant[one] * groups + group[one]) * classes + value[one]) * classes + value[other]
    weight = 1.0 / (per_trial(answers)[one] - 1)
    shape = (answers.participants, groups, classes, classes)
    return np.bincount(place, weights=weight, minlength=int(np.prod(shape))).reshape(shape).astype(float)


def _nominal(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, V, V) to (D,)."""
    counts = sums.sum(axis=2)
    total = counts.sum(axis=1)
    observed = total - np.trace(sums, axis1=1, axis2=2)
    expected = total**2 - (counts**2).sum(axis=1)
    return _alpha(observed, expected, total)


def _ordinal(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, V, V) to (D,). The ordinal distance is that of mid-ranks, which follow from the draw's own answers."""
    counts = sums.sum(axis=2)
    total = counts.sum(axis=1)
    ranks = np.cumsum(counts, axis=1) - counts / 2
    squares = (counts * ranks**2).sum(axis=1)
    met = ((sums @ ranks[:, :, None])[:, :, 0] * ranks).sum(axis=1)
    return _alpha(2 * (squares - met), 2 * (total * squares - (counts * ranks).sum(axis=1) ** 2), total)


def _interval_sums(answers: Answers, group: Integers, groups: int) -> Floats:
    """(P, groups, 4): disagreement within trials, how many answers, their sum, their squares' sum."""
    # Over the ordered pairs of a trial of m answers the squared distances add up to 2 m Σx² - 2 (Σx)².
    trial, counts = runs(answers.trial)
    middle = answers.value - answers.value.mean() if len(trial) else answers.value
    within = 2 * counts[trial] * (middle - _trial_means(trial, middle)[trial]) ** 2 / (counts[trial] - 1)
    flat = answers.sums(within, np.ones_like(middle), middle, middle**2, by=group, groups=groups)
    return np.moveaxis(flat.reshape(answers.participants, 4, groups), 1, 2)


def _trial_means(trial: Integers, value: Floats) -> Floats:
    return np.bincount(trial, weights=value) / np.bincount(trial) if len(trial) else value


def _interval(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, 4) to (D,)."""
    within, total, added, squares = np.moveaxis(sums, 1, 0)
    return _alpha(within, 2 * (total * squares - added**2), total)


def _alpha(observed: NDArray[Any], expected: NDArray[Any], total: NDArray[Any]) -> NDArray[Any]:
    """1 - (observed / n) / (expected / (n (n - 1))); NaN where nothing could have disagreed."""
    possible = expected > 1e-12 * np.maximum(total, 1) ** 2
    return np.where(possible, 1 - (total - 1) * observed / np.where(possible, expected, 1), np.nan)

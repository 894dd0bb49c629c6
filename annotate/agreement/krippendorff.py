"""Krippendorff's alpha: agreement beyond chance among any number of raters, with answers missing.

alpha = 1 - D_o / D_e, the observed disagreement between answers to the same trial over the one expected if answers
were dealt to trials at random (Krippendorff 2004, Content Analysis, chapter 11; Krippendorff 2011, Computing
Krippendorff's alpha-reliability). 1 is perfect, 0 is chance, below 0 raters disagree systematically. Trials with one
answer say nothing about agreement and are left out. Where all answers are the same value, nothing could have
disagreed, and alpha is not defined.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, Floats, compared, pairs, per_trial
from annotate.intervals import Interval, over_sums


def alpha_nominal(answers: Answers, classes: int, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Classes without an order: two answers are the same or not. Values are 0 … classes - 1."""
    return _categorical(answers, classes, nominal_from_coincidences, draws, seed)


def alpha_ordinal(answers: Answers, levels: int, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Levels in order: two answers differ by how many answers lie between them. Values are 0 … levels - 1."""
    return _categorical(answers, levels, ordinal_from_coincidences, draws, seed)


def alpha_interval(answers: Answers, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Numbers: two answers differ by the square of their distance."""
    answers = compared(answers)
    return over_sums(interval_sums(answers), interval_from_sums, draws=draws, seed=seed)


def coincidences(answers: Answers, classes: int) -> Floats:
    """(P, classes, classes): per participant, how often one value meets another in a trial.

    A trial of m answers has m(m - 1) ordered pairs, each of which counts 1/(m - 1), so that it weighs m in all.
    """
    one, other = pairs(answers)
    value = answers.value.astype(np.int64)
    place = (answers.participant[one] * classes + value[one]) * classes + value[other]
    weight = 1.0 / (per_trial(answers)[one] - 1)
    counted = np.bincount(place, weights=weight, minlength=answers.participants * classes * classes)
    return counted.reshape(answers.participants, classes, classes).astype(float)


def nominal_from_coincidences(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, V, V) to (D,)."""
    counts = sums.sum(axis=2)
    total = counts.sum(axis=1)
    observed = total - np.trace(sums, axis1=1, axis2=2)
    expected = total**2 - (counts**2).sum(axis=1)
    return _alpha(observed, expected, total)


def ordinal_from_coincidences(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, V, V) to (D,). The ordinal distance is that of mid-ranks, which follow from the draw's own answers."""
    counts = sums.sum(axis=2)
    total = counts.sum(axis=1)
    ranks = np.cumsum(counts, axis=1) - counts / 2
    squares = (counts * ranks**2).sum(axis=1)
    met = np.einsum("dv,dvw,dw->d", ranks, sums, ranks, optimize=True)
    return _alpha(2 * (squares - met), 2 * (total * squares - (counts * ranks).sum(axis=1) ** 2), total)


def interval_sums(answers: Answers) -> Floats:
    """(P, 4) of compared answers: disagreement within trials, how many answers, their sum, their squares' sum."""
    one, other = pairs(answers)
    apart = (answers.value[one] - answers.value[other]) ** 2 / (per_trial(answers)[one] - 1)
    within = np.bincount(answers.participant[one], weights=apart, minlength=answers.participants)
    rest = answers.sums(np.ones_like(answers.value), answers.value, answers.value**2)
    return np.column_stack([within, rest])


def interval_from_sums(sums: NDArray[Any]) -> NDArray[Any]:
    """(D, 4) to (D,)."""
    within, total, added, squares = np.moveaxis(sums, 1, 0)
    return _alpha(within, 2 * (total * squares - added**2), total)


def _categorical(
    answers: Answers, classes: int, statistic: Callable[[NDArray[Any]], NDArray[Any]], draws: int, seed: int
) -> Interval | None:
    answers = compared(answers)
    flat = coincidences(answers, classes).reshape(answers.participants, classes * classes)
    return over_sums(flat, partial(_unflattened, statistic, classes), draws=draws, seed=seed)


def _unflattened(statistic: Callable[[NDArray[Any]], NDArray[Any]], classes: int, sums: NDArray[Any]) -> NDArray[Any]:
    return statistic(sums.reshape(-1, classes, classes))


def _alpha(observed: NDArray[Any], expected: NDArray[Any], total: NDArray[Any]) -> NDArray[Any]:
    """1 - (observed / n) / (expected / (n (n - 1))); NaN where nothing could have disagreed."""
    possible = expected > 1e-12 * np.maximum(total, 1) ** 2
    return np.where(possible, 1 - (total - 1) * observed / np.where(possible, expected, 1), np.nan)

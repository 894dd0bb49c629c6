"""Fleiss' kappa: agreement beyond chance on classes, where every trial has the same number of answers.

kappa = (P - P_e) / (1 - P_e), the share of agreeing pairs of answers over what the classes' shares alone would give
(Fleiss 1971, Psychological Bulletin 76, 378-382). The raters need not be the same people from trial to trial, but
each trial needs the same number of them. Where they differ, only trials with the commonest number of answers (the
greater of two that are equally common) are counted: see `equally_often`. Alpha needs no such choice, and comes to the
same as trials grow many.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, compared, per_trial, runs
from annotate.intervals import Interval, over_sums


def fleiss_kappa(answers: Answers, classes: int, *, draws: int = 1000, seed: int = 0) -> Interval | None:
    """Values are 0 … classes - 1. None where it is not defined: no trial was answered twice, or all answers agree."""
    answers = equally_often(answers)
    if not len(answers.value):
        return None
    raters = int(per_trial(answers)[0])
    table = _table(answers, classes)
    agreeing = ((table**2).sum(axis=1) - raters) / (raters * (raters - 1))
    person = answers.participant[::raters]
    parts = np.column_stack([np.ones(len(table)), agreeing, table])
    sums = np.zeros((answers.participants, parts.shape[1]))
    np.add.at(sums, person, parts)
    return over_sums(sums, _kappa, draws=draws, seed=seed)


def equally_often(answers: Answers) -> Answers:
    """The answers to those trials that have the commonest number of answers, two or more."""
    answers = compared(answers)
    if not len(answers.value):
        return answers
    number, counts = runs(answers.trial)
    trials = np.bincount(counts)
    commonest = np.flatnonzero(trials == trials.max())[-1]
    return compared(answers.where(counts[number] == commonest))


def _table(answers: Answers, classes: int) -> NDArray[Any]:
    """(trials, classes): how many raters said which class."""
    place = answers.trial * classes + answers.value.astype(np.int64)
    return np.bincount(place, minlength=answers.trials * classes).reshape(-1, classes).astype(float)


def _kappa(sums: NDArray[Any]) -> NDArray[Any]:
    trials, agreeing, counts = sums[:, 0], sums[:, 1], sums[:, 2:]
    shares = counts / counts.sum(axis=1, keepdims=True)
    chance = (shares**2).sum(axis=1)
    possible = chance < 1 - 1e-12
    return np.where(possible, (agreeing / trials - chance) / np.where(possible, 1 - chance, 1), np.nan)

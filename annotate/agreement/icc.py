"""Intraclass correlations ICC(2,1) and ICC(2,k): how reliable one rater's number, and the mean of k raters', is.

Shrout and Fleiss (1979, Psychological Bulletin 86, 420-428), case 2: trials and raters are both drawn at random, and
absolute agreement is asked for, so a rater who is always higher counts as error. With s_t, s_r, s_e the variances of
trials, raters and the rest: ICC(2,1) = s_t / (s_t + s_r + s_e), ICC(2,k) = s_t / (s_t + (s_r + s_e) / k).

Where not every rater answered every trial, the mean squares of the complete table do not exist. The variances are then
estimated by Henderson's method 1 (Henderson 1953, Biometrics 9, 226-252; Searle, Casella and McCulloch 1992, Variance
Components, section 5.3): the sums of squares are set equal to their expectations under the design as it is. In a
complete table that gives exactly the figures of Shrout and Fleiss. k is the harmonic mean of the answers a trial.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, compared, runs
from annotate.intervals import Interval, over_many_sums


@dataclass(frozen=True)
class Icc:
    """ICC(2,1), ICC(2,k) and the k that it stands for; None where it is not defined."""

    single: Interval | None
    average: Interval | None
    k: float


def icc(answers: Answers, *, draws: int = 1000, seed: int = 0) -> Icc:
    """Both correlations of numbers. Estimates of variance may be negative by chance, and so may these."""
    answers = compared(answers)
    if not len(answers.value):
        return Icc(None, None, float("nan"))
    sums = _sums(answers)
    single, average = over_many_sums(sums, partial(_both, answers.raters), draws=draws, seed=seed)
    totals = sums.sum(axis=0)
    return Icc(single, average, float(totals[1] / totals[3]))


def _sums(answers: Answers) -> NDArray[Any]:
    """(P, 6 + 2R): answers, trials, answers squared per trial, 1/answers per trial, squares, squares of trials' means,
    then per rater the number of answers and their sum.
    """
    trial, counts = runs(answers.trial)
    numbers = counts[trial]
    mean = (np.bincount(trial, weights=answers.value) / counts)[trial]
    one = np.ones_like(answers.value)
    return np.hstack(
        [
            answers.sums(one, one / numbers, numbers.astype(float), one / numbers**2, answers.value**2, mean**2),
            answers.sums(one, answers.value, by=answers.rater, groups=answers.raters),
        ]
    )


def _both(raters: int, sums: NDArray[Any]) -> NDArray[Any]:
    """(D, 6 + 2R) to (D, 2)."""
    answers, trials, of_trials, inverse, squares, between_trials = np.moveaxis(sums[:, :6], 1, 0)
    own, added = sums[:, 6 : 6 + raters], sums[:, 6 + raters :]
    present = (own > 0).sum(axis=1)
    between_raters = (added**2 / np.where(own > 0, own, 1)).sum(axis=1)
    grand = added.sum(axis=1) ** 2 / answers
    per_trials, per_raters = of_trials / answers, (own**2).sum(axis=1) / answers
    coefficients = np.stack(
        [
            np.stack([answers - per_trials, trials - per_raters, trials - 1], axis=1),
            np.stack([present - per_trials, answers - per_raters, present - 1], axis=1),
            np.stack([per_trials - present, per_raters - trials, answers - trials - present + 1], axis=1),
        ],
        axis=1,
    )
    found = np.stack(
        [between_trials - grand, between_raters - grand, squares - between_trials - between_raters + grand], axis=1
    )
    variances = _solved(coefficients, found)
    k = trials / inverse  # 1/m summed over a trial's m answers is 1, so `inverse` sums 1/m over trials
    of_trial, rest = variances[:, 0], variances[:, 1] + variances[:, 2]
    return np.stack([_share(of_trial, rest), _share(of_trial, rest / k)], axis=1)


def _solved(coefficients: NDArray[Any], found: NDArray[Any]) -> NDArray[Any]:
    """(D, 3, 3) and (D, 3) to (D, 3); NaN where the design does not tell the three apart."""
    scale = np.abs(coefficients).max(axis=(1, 2), keepdims=True)
    regular = np.abs(np.linalg.det(coefficients / scale)) > 1e-12
    safe = np.where(regular[:, None, None], coefficients, np.eye(3))
    return np.where(regular[:, None], np.linalg.solve(safe, found[:, :, None])[:, :, 0], np.nan)


def _share(part: NDArray[Any], rest: NDArray[Any]) -> NDArray[Any]:
    whole = part + rest
    possible = whole > 1e-15
    return np.where(possible, part / np.where(possible, whole, 1), np.nan)

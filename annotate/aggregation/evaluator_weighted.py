"""The evaluator-weighted mean of numbers: raters who go with the others count for more.

Grimm and Kroschel (2005, Evaluation of natural emotions using self assessment manikins, ASRU) weigh each evaluator by
the correlation of their ratings with the mean of the ratings. Here the mean is that of the others, so that nobody is
compared with themselves, and a correlation below 0 weighs 0.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, comparable, mean_of_others

#: From fewer trials shared with others a rater's correlation is chance: they weigh as much as the others do on average.
LEAST_SHARED = 10


def rater_weights(answers: Answers) -> NDArray[Any]:
    """(R,): what each rater's numbers weigh, 0 to 1.

    A rater whose numbers never vary (or who saw only trials in which the others' never do) has no correlation and
    weighs 0. If nobody shares enough trials, all weigh 1.
    """
    shared, rater = comparable(answers, answers.rater)
    others = mean_of_others(shared, shared.value)
    numbers = np.bincount(rater, minlength=answers.raters)
    correlation = _correlation(shared.value, others, rater, answers.raters)
    known = numbers >= LEAST_SHARED
    weight = np.clip(correlation, 0.0, 1.0)
    usual = float(weight[known].mean()) if known.any() else 1.0
    return np.where(known, weight, usual)


def weighted_means(answers: Answers, weights: NDArray[Any]) -> NDArray[Any]:
    """(T,): the weighted mean of each trial, trials numbered from 0; the plain mean where all of them weigh nothing."""
    own = weights[answers.rater]
    total = np.bincount(answers.trial, weights=own)
    plain = np.bincount(answers.trial, weights=answers.value) / np.bincount(answers.trial)
    weighed = np.bincount(answers.trial, weights=own * answers.value) / np.where(total > 0, total, 1)
    return np.where(total > 0, weighed, plain)


def _correlation(x: NDArray[Any], y: NDArray[Any], group: NDArray[Any], groups: int) -> NDArray[Any]:
    """(groups,): Pearson's, 0 where it is not defined."""

    def mean(part: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(group, weights=part, minlength=groups) / np.maximum(np.bincount(group, minlength=groups), 1)

    x, y = x - mean(x)[group], y - mean(y)[group]
    spread = np.sqrt(mean(x * x) * mean(y * y))
    return np.where(spread > 1e-12, mean(x * y) / np.where(spread > 1e-12, spread, 1), 0.0)

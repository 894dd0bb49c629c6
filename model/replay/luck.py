"""How far orders lie apart by luck alone: what the queue's order has to be compared with.

Resampling people says how it may go with other people. It knows nothing of the lots: networks that were trained on two
random halves of the labels differ too, and always in the same way. So random order is drawn twice in every course. Let
d_c be by how much the first draw is ahead of the second in one of C courses, and a_c by how much the queue's order is
ahead of the mean of both. If the score of any order has variance s² by luck, d_c has 2 s² around 0 and a_c has 3/2 s²
around what choosing is worth; for normal luck they are independent, as the queue has lots of its own. So

    s² = ( Σ d_c² / 2 + Σ (a_c - mean a)² / (3/2) ) / (2 C - 1),      mean a has variance 3/2 · s² / C,

and its 95 % reach is that deviation times Student's t of 2 C - 1 degrees of freedom. Courses of several seeds share
their people, whose luck the interval over people holds already: that is counted twice, on the safe side.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.evaluation.intervals import Estimate

#: 97.5 % quantiles for one to four degrees of freedom, where the series below is not good enough.
_STUDENT = (12.7062, 4.3027, 3.1824, 2.7764)
_NORMAL = 1.959964


def reach_of_luck(apart: Sequence[float], ahead: Sequence[float]) -> float:
    """How far the mean of `ahead` may lie from what choosing is worth, by the luck of the lots, in 19 of 20 replays.

    `apart`: of each course, the first random draw minus the second; `ahead`: the queue's order minus their mean.
    """
    count, off = len(apart), np.subtract(ahead, np.mean(ahead))
    freedom = 2 * count - 1
    variance = (float(np.square(apart).sum()) / 2 + float(np.square(off).sum()) / 1.5) / freedom
    return student(freedom) * float(np.sqrt(1.5 * variance / count))


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t (expansion in 1/ν: Abramowitz and Stegun 26.7.5)."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z, v = _NORMAL, float(freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def widened(estimate: Estimate, reach: float) -> Estimate:
    """The interval over people, and the luck of the lots beside it; independent, so their squares add up."""
    low, high = (float(np.hypot(estimate.value - end, reach)) for end in (estimate.low, estimate.high))
    return replace(estimate, low=estimate.value - low, high=estimate.value + high)

"""Intervals over participants: how far a figure would move if other people had taken part.

Trials of one participant are alike, so whole participants are drawn, with replacement: the percentile bootstrap of
Efron and Tibshirani (1993, chapter 13).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Row = TypeVar("Row")
#: Fewer tell nothing about other participants.
LEAST_PARTICIPANTS = 3


@dataclass(frozen=True)
class Interval:
    """A figure with its interval; `low` and `high` are None where there are too few participants to tell."""

    value: float
    low: float | None
    high: float | None
    participants: int
    level: float = 0.95


def over_participants(
    rows: Mapping[Hashable, Sequence[Row]],
    statistic: Callable[[Sequence[Row]], float | None],
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """`statistic` of all rows, with the interval from `draws` draws of whole participants.

    `rows`: participant to their rows. `statistic` gives None where it is not defined; draws for which it is not are
    left out. None where it is not defined on the rows themselves. The same rows and seed give the same interval.
    """
    people = sorted(rows, key=str)
    value = statistic([row for person in people for row in rows[person]])
    if value is None:
        return None
    if len(people) < LEAST_PARTICIPANTS:
        return Interval(value, None, None, len(people), level)
    chosen = np.random.default_rng(seed).integers(0, len(people), size=(draws, len(people)))
    drawn = [statistic([row for index in draw for row in rows[people[index]]]) for draw in chosen]
    return _interval(value, drawn, len(people), level)


def _interval(value: float, drawn: Iterable[float | None], participants: int, level: float) -> Interval:
    defined = [one for one in drawn if one is not None and np.isfinite(one)]
    if not defined:
        return Interval(value, None, None, participants, level)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), participants, level)

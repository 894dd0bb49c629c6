"""Intervals over participants: how far a figure would move if other people had taken part.

Trials of one participant are alike, so whole participants are drawn, with replacement: the percentile bootstrap of
Efron and Tibshirani (1993, chapter 13).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Row = TypeVar("Row")
Person = TypeVar("Person", bound=Hashable)
#: Fewer tell nothing about other participants.
LEAST_PARTICIPANTS = 3
#: How many numbers one block of draws may hold, so that many raters need no gigabytes.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Interval:
    """A figure with its interval; `low` and `high` are None where there are too few participants to tell."""

    value: float
    low: float | None
    high: float | None
    participants: int
    level: float = 0.95


def over_participants(
    rows: Mapping[Person, Sequence[Row]],
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
    drawn = [
        statistic([row for index in draw for row in rows[people[index]]]) for draw in _chosen(len(people), draws, seed)
    ]
    return _interval(value, drawn, len(people), level)


def over_sums(
    sums: NDArray[Any],
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    centred: bool = False,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """As `over_participants`, for a statistic that follows from sums over participants: a thousand draws at once.

    `sums` (P, S): what each participant adds to S sums. `statistic` takes (D, S), the sums of D draws, and gives (D,),
    NaN where it is not defined. The same participants, in the order of their names, and seed give the same interval
    as `over_participants`. `centred`: for a statistic that is lower by construction where trials are repeated, as in
    every draw; the draws are then moved until their median is the figure of all.
    """
    values = statistic(sums.sum(axis=0, keepdims=True))
    if not centred or len(sums) < LEAST_PARTICIPANTS or not np.isfinite(values[0]):
        return over_many_sums(sums, lambda drawn: statistic(drawn)[:, None], draws=draws, level=level, seed=seed)[0]
    drawn = _drawn(sums, statistic, draws, seed)
    moved = drawn + (values[0] - np.nanmedian(drawn))
    return _interval(float(values[0]), moved.tolist(), len(sums), level)


def over_many_sums(
    sums: NDArray[Any],
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    present: NDArray[np.bool_] | None = None,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[Interval | None]:
    """As `over_sums`, for a statistic that gives F figures at once: (D, S) to (D, F).

    `present` (P, F): which participants have a part in which figure; None: all in all. A figure in which fewer than
    LEAST_PARTICIPANTS have a part gets no interval.
    """
    values = statistic(sums.sum(axis=0, keepdims=True))[0]
    people = np.full(len(values), len(sums)) if present is None else present.sum(axis=0)
    ends = _ends(_drawn(sums, statistic, draws, seed), level) if len(sums) >= LEAST_PARTICIPANTS else None
    found: list[Interval | None] = []
    for figure, (value, own) in enumerate(zip(values.tolist(), people.tolist(), strict=True)):
        low, high = (None, None) if ends is None or own < LEAST_PARTICIPANTS else ends[figure]
        found.append(Interval(value, low, high, own, level) if np.isfinite(value) else None)
    return found


def _ends(drawn: NDArray[Any], level: float) -> list[tuple[float | None, float | None]]:
    """Of each column of (D, F): the quantiles of the draws in which it is defined."""
    quantiles = [(1 - level) / 2, (1 + level) / 2]
    whole = np.isfinite(drawn).all(axis=0)
    lows, highs = np.quantile(np.where(whole, drawn, 0.0), quantiles, axis=0)
    found: list[tuple[float | None, float | None]] = list(zip(lows.tolist(), highs.tolist(), strict=True))
    for column in np.nonzero(~whole)[0]:
        defined = drawn[np.isfinite(drawn[:, column]), column]
        ends = np.quantile(defined, quantiles).tolist() if len(defined) else [None, None]
        found[column] = (ends[0], ends[1])
    return found


def _drawn(
    sums: NDArray[Any], statistic: Callable[[NDArray[Any]], NDArray[Any]], draws: int, seed: int
) -> NDArray[Any]:
    people, width = sums.shape
    chosen = _chosen(people, draws, seed)
    # How often each participant was drawn: the sums of a draw are these weights times what each adds.
    shifted = (chosen + people * np.arange(draws)[:, None]).ravel()
    weights = np.bincount(shifted, minlength=draws * people).reshape(draws, people).astype(float)
    block = max(1, _BLOCK // max(1, width))
    return np.concatenate([statistic(weights[start : start + block] @ sums) for start in range(0, draws, block)])


def _chosen(people: int, draws: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, people, size=(draws, people))


def _interval(value: float, drawn: Iterable[float | None], participants: int, level: float) -> Interval:
    defined = [one for one in drawn if one is not None and np.isfinite(one)]
    if not defined:
        return Interval(value, None, None, participants, level)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), participants, level)

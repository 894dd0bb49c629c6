"""Distances between single answers to the same trial: of two instruments, and of two raters of one instrument."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.gap.answers import Floats, Ints, Side


class Pairs(NamedTuple):
    """P pairs of answers: `trial` (P), and the places of both answers in their sides."""

    trial: Ints
    one: Ints
    other: Ints


def pairs_between(er: Side, fer: Side) -> Pairs:
    """Every ER answer with every FER answer of the same trial."""
    repeats = fer.raters[er.trial]
    one = np.repeat(np.arange(len(er.trial)), repeats)
    trial = er.trial[one]
    return Pairs(trial, one, fer.first[trial] + _count_up(repeats))


def pairs_within(side: Side) -> Pairs:
    """Every answer with every later one of the same instrument and trial: each pair of raters once."""
    place_in_trial = np.arange(len(side.trial)) - side.first[side.trial]
    repeats = side.raters[side.trial] - place_in_trial - 1
    one = np.repeat(np.arange(len(side.trial)), repeats)
    return Pairs(side.trial[one], one, one + 1 + _count_up(repeats))


def distances(pairs: Pairs, one: Side, other: Side) -> Floats:
    """(P): how far apart two answers lie in the plane of valence and arousal, 0 to √8."""
    apart = one.place[pairs.one] - other.place[pairs.other]
    return np.hypot(apart[:, 0], apart[:, 1])


def mean_per_trial(pairs: Pairs, values: Floats, trials: int) -> Floats:
    """(T): the mean of `values` (P) over each trial's pairs, NaN where it has none."""
    many = np.bincount(pairs.trial, minlength=trials).astype(np.float64)
    total = np.bincount(pairs.trial, weights=values, minlength=trials)
    return np.divide(total, many, out=np.full(trials, np.nan), where=many > 0)


def _count_up(repeats: NDArray[np.int64]) -> Ints:
    """0 … n-1 for each n of `repeats`, one after the other."""
    ends = np.cumsum(repeats)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - repeats, repeats)

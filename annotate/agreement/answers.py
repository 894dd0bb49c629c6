"""What all statistics of agreement begin with: which rater said which value of which trial of which participant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """N answers to one question, in arrays of shape (N,), by trial and rater, so each trial's answers are side by side.

    `value`: a number, or the place of a class in its list. `trial`: any whole numbers. `rater`: 0 … `raters` - 1.
    `participant`: whose trial it is, 0 … `participants` - 1 in the order of their names.
    """

    value: Floats
    trial: Integers
    rater: Integers
    participant: Integers
    raters: int
    participants: int

    @property
    def trials(self) -> int:
        """How many trials there are."""
        return len(runs(self.trial)[1])

    @property
    def raters_present(self) -> int:
        """How many raters gave one of these answers."""
        return len(np.unique(self.rater))

    def where(self, kept: NDArray[np.bool_]) -> "Answers":
        """Those of the answers for which `kept` (N,) holds; raters and participants keep their numbers."""
        return Answers(
            self.value[kept],
            self.trial[kept],
            self.rater[kept],
            self.participant[kept],
            self.raters,
            self.participants,
        )

    def sums(self, *parts: NDArray[Any], by: ArrayLike | None = None, groups: int = 1) -> Floats:
        """(P, len(parts) * groups): the sum of each part over each participant's answers, per group of answers.

        Parts have shape (N,); `by` (N,) is the group of each answer, 0 … groups - 1.
        """
        place = self.participant if by is None else self.participant * groups + np.asarray(by)
        size = self.participants * groups
        return np.hstack(
            [
                np.bincount(place, weights=part, minlength=size).reshape(self.participants, groups).astype(float)
                for part in parts
            ]
        )


def from_arrays(value: ArrayLike, trial: ArrayLike, rater: ArrayLike, participant: ArrayLike) -> Answers:
    """Answers from arrays (N,) in any order. Numbers of raters are kept, those of participants made consecutive.

    A rater's second answer to a trial would count twice, so there must be none: raises ValueError.
    """
    trials = np.asarray(trial, dtype=np.int64)
    raters = np.asarray(rater, dtype=np.int64)
    order = np.lexsort((raters, trials))
    trials, raters = trials[order], raters[order]
    if len(order) and bool(np.any((np.diff(trials) == 0) & (np.diff(raters) == 0))):
        raise ValueError("a rater has two answers to one trial: give the one that stands")
    people, participants = np.unique(np.asarray(participant)[order], return_inverse=True)
    values = np.asarray(value, dtype=float)[order]
    return Answers(values, trials, raters, participants.astype(np.int64), int(raters.max(initial=-1)) + 1, len(people))


def from_table(table: ArrayLike, participants: ArrayLike | None = None) -> Answers:
    """Answers from a table (trials, raters) of numbers, NaN where a rater gave none.

    `participants` (trials,): whose trial it is; None: every trial is another participant's.
    """
    values = np.asarray(table, dtype=float)
    trial, rater = np.nonzero(~np.isnan(values))
    people = np.arange(len(values)) if participants is None else np.asarray(participants)
    return from_arrays(values[trial, rater], trial, rater, people[trial])


def runs(trial: Integers) -> tuple[Integers, Integers]:
    """Of trials side by side: the number of each answer's trial (N,), from 0, and how many answers each has (T,)."""
    if not len(trial):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first = np.concatenate([[True], trial[1:] != trial[:-1]])
    starts = np.flatnonzero(first)
    return np.cumsum(first) - 1, np.diff(np.append(starts, len(trial)))


def compared(answers: Answers) -> Answers:
    """The answers to trials that two raters or more answered, with participants and trials numbered anew."""
    number, counts = runs(answers.trial)
    kept = counts[number] >= 2
    present = np.zeros(answers.participants, dtype=bool)
    present[answers.participant[kept]] = True
    return Answers(
        answers.value[kept],
        runs(number[kept])[0],
        answers.rater[kept],
        (np.cumsum(present) - 1)[answers.participant[kept]],
        answers.raters,
        int(present.sum()),
    )


def per_trial(answers: Answers) -> Integers:
    """(N,): how many answers the trial of each answer has."""
    number, counts = runs(answers.trial)
    return counts[number]


def pairs(answers: Answers) -> tuple[Integers, Integers]:
    """All ordered pairs of two answers to one trial, as places in the arrays."""
    _, counts = runs(answers.trial)
    start = np.cumsum(counts) - counts
    first, second = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for size in np.flatnonzero(np.bincount(counts)).tolist() if len(counts) else []:
        left, right = np.nonzero(~np.eye(size, dtype=bool))
        begin = start[counts == size][:, None]
        first.append((begin + left).ravel())
        second.append((begin + right).ravel())
    return np.concatenate(first), np.concatenate(second)


def comparable(answers: Answers, group: ArrayLike) -> tuple[Answers, Integers]:
    """`compared`, and what is left of `group` (N,) beside it."""
    groups = np.asarray(group, dtype=np.int64)
    return compared(answers), groups[per_trial(answers) >= 2]


def mean_of_others(answers: Answers, value: Floats) -> Floats:
    """(N,): for each answer the mean of `value` (N,) over the other raters' answers to that trial.

    Every trial has two answers or more.
    """
    trial, counts = runs(answers.trial)
    return (np.bincount(trial, weights=value)[trial] - value) / (counts[trial] - 1) if len(value) else value

"""The networks of a replay: those that are measured, and those whose doubt orders what is hidden."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from model.features.dataset import TrialSet
from model.recipe import Recipe
from model.replay.uncovering import Course
from model.replay.visibility import as_shown, with_labels
from model.training.jobs import Job
from model.training.split import Split, check_disjoint, splits_of

#: 'start', where all orders begin; 'choice', what came of the queue's order; 'chance' and 'again', of two draws of
#: random order; 'all', with every label of the training people; 'judge', which says what it is unsure of among people
#: that it never saw.
Role = Literal["start", "choice", "chance", "again", "all", "judge"]
DRAWS: tuple[Role, Role] = ("chance", "again")
ORDERS: tuple[Role, ...] = ("choice", *DRAWS)


@dataclass(frozen=True)
class Task:
    """One network: what for, in which course (by its number), at which point, with what `shown` (N, 2)."""

    role: Role
    course: int
    point: int
    shown: np.ndarray
    job: Job


def measured(trials: TrialSet, course: Course, shown: np.ndarray, recipe: Recipe, device: str) -> Job:
    """A network that is trained as `duchenne train` would if `shown` were all labels of the training people, and is
    asked of those who are held out. Whoever chooses the epoch is one of the training people.
    """
    held_out = np.zeros_like(shown)
    held_out[course.held_out] = True
    splits = splits_of(with_labels(trials, shown | held_out), None, course.seed)
    split = next(split for split in splits if split.fold == course.fold)
    return Job(recipe, _uncovered(trials, course, split, shown, split.test), course.seed, device)


def judges(trials: TrialSet, course: Course, shown: np.ndarray, recipe: Recipe, device: str) -> list[Job]:
    """As many networks as the product would train folds, each asked of the hidden labels of training people whom it
    never saw: so a prediction file is made. Nobody who is held out is on any side of them.
    """
    dealt = replace(with_labels(trials, shown), fold=course.deal)
    jobs = []
    for split in splits_of(dealt, None, course.seed):
        asked = np.flatnonzero((course.pool & ~shown).any(axis=1) & (course.deal == split.fold))
        if len(asked):
            jobs.append(Job(recipe, _uncovered(trials, course, split, shown, asked), course.seed, device))
    return jobs


def _uncovered(trials: TrialSet, course: Course, split: Split, shown: np.ndarray, asked: np.ndarray) -> Split:
    """The split in rows of `in_three_states`. Raises LeakError where somebody is asked or tested who was seen."""
    for strangers in (asked, course.held_out):
        check_disjoint(trials, replace(split, test=strangers))
    return Split(split.fold, as_shown(split.train, shown), as_shown(split.validation, shown), asked)

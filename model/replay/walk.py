"""Walks all courses of a replay at once: trains, asks, uncovers, and trains again."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotate.scales import Instrument
from model.features.dataset import TrialSet
from model.predicted import Predictions
from model.progress import Progress
from model.recipe import Recipe
from model.replay.choosing import queue_value, uncertainty_of
from model.replay.networks import DRAWS, Role, Task, judges, measured
from model.replay.record import ChoiceTold, FitTold
from model.replay.uncovering import Course
from model.training.jobs import Job, Outcome, epochs_of
from model.training.kept_fits import weights_digest

#: Jobs and where their epochs are told, to outcomes by number and how many of them lay finished.
Train = Callable[[list[Job], Progress], tuple[dict[int, Outcome], int]]


@dataclass
class Walk:
    """All courses side by side, from point to point. `said`: by role, point and course, of the held-out people."""

    trials: TrialSet
    courses: list[Course]
    recipe: Recipe
    device: str
    strictly: bool
    train: Train
    progress: Progress
    said: dict[tuple[Role, int, int], Predictions] = field(default_factory=dict)
    fits: list[FitTold] = field(default_factory=list)
    choices: list[ChoiceTold] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    recalled: int = 0
    _done: int = 0

    def to_the_end(self) -> None:
        """What nothing has to be known for is trained at once: the start, all of random order, and all labels."""
        points = self.courses[0].points
        shown = [course.start() for course in self.courses]
        tasks = [task for number, course in enumerate(self.courses) for task in self._without_choice(number, course)]
        doubt = self._fitted([*tasks, *self._judges(0, shown)])
        for point in range(1, points):
            for number, course in enumerate(self.courses):
                shown[number] = self._chosen(number, course, shown[number], point, doubt[number])
            chosen = [self._measured("choice", number, point, each) for number, each in enumerate(shown)]
            doubt = self._fitted([*chosen, *(self._judges(point, shown) if point < points - 1 else [])])
        self.progress(self._total, self._total)

    def _without_choice(self, number: int, course: Course) -> list[Task]:
        return [
            self._measured("start", number, 0, course.start()),
            *(
                self._measured(role, number, point, course.by_lot(point, draw))
                for draw, role in enumerate(DRAWS)
                for point in range(1, course.points)
            ),
            self._measured("all", number, course.points, course.pool),
        ]

    def _measured(self, role: Role, number: int, point: int, shown: np.ndarray) -> Task:
        job = measured(self.trials, self.courses[number], shown, self.recipe, self.device)
        return Task(role, number, point, shown, job)

    def _judges(self, point: int, shown: Sequence[np.ndarray]) -> list[Task]:
        return [
            Task("judge", number, point, shown[number], job)
            for number, course in enumerate(self.courses)
            for job in judges(self.trials, course, shown[number], self.recipe, self.device)
        ]

    def _chosen(self, number: int, course: Course, shown: np.ndarray, point: int, doubt: np.ndarray) -> np.ndarray:
        after = course.by_value(shown, point, queue_value(doubt, strictly=self.strictly))
        self.choices += _told_choices(course, shown, after, point, doubt)
        return after

    def _fitted(self, tasks: list[Task]) -> dict[int, np.ndarray]:
        """Train them; by course, what its judges are unsure of."""
        begun = self._done
        outcomes, recalled = self.train(
            [task.job for task in tasks], lambda done, _: self.progress(min(begun + done, self._total), self._total)
        )
        self._done += sum(epochs_of(task.job) for task in tasks)
        self.recalled += recalled
        self.jobs += [task.job for task in tasks]
        asked: dict[int, list[tuple[np.ndarray, Predictions]]] = {number: [] for number in range(len(self.courses))}
        for number, task in enumerate(tasks):
            outcome = outcomes[number]
            self.fits.append(_told_fit(self.trials, self.courses[task.course], task, outcome))
            if task.role == "judge":
                asked[task.course].append((task.job.split.test, outcome.said))
            else:
                self.said[task.role, task.point, task.course] = outcome.said
        return {number: uncertainty_of(len(self.trials), said) for number, said in asked.items()}

    @property
    def _total(self) -> int:
        """Epochs of all networks, at most: some stop early."""
        per_course = [
            2 + 3 * (each.points - 1) + (each.points - 1) * (int(each.deal.max()) + 1) for each in self.courses
        ]
        schedule = self.recipe.schedule
        return sum(per_course) * schedule.epochs * (2 if schedule.refit else 1)


def _told_choices(
    course: Course, shown: np.ndarray, after: np.ndarray, point: int, doubt: np.ndarray
) -> list[ChoiceTold]:
    told = []
    by_lot, start = course.by_lot(point), course.start()
    for place, instrument in enumerate(Instrument):
        hidden = (course.pool & ~shown)[:, place]
        if not hidden.any() or not course.sizes[place, point]:
            continue
        of_hidden = doubt[hidden, place]
        uncovered = (after & ~start)[:, place]
        told.append(
            ChoiceTold(
                seed=course.seed,
                fold=course.fold,
                point=point,
                instrument=str(instrument),
                hidden=int(hidden.sum()),
                low=round(float(of_hidden.min()), 6),
                high=round(float(of_hidden.max()), 6),
                bands=len(np.unique(queue_value(of_hidden, strictly=False))),
                shared=round(float(by_lot[uncovered, place].mean()), 6),
            )
        )
    return told


def _told_fit(trials: TrialSet, course: Course, task: Task, outcome: Outcome) -> FitTold:
    split, count = task.job.split, len(trials)
    train, validation, asked = (
        len(np.unique(trials.participant[rows % count])) for rows in (split.train, split.validation, split.test)
    )
    which = [trials.trial[task.shown[:, place]].tolist() for place in range(task.shown.shape[1])]
    return FitTold(
        role=task.role,
        seed=course.seed,
        fold=course.fold,
        point=task.point,
        labels=(len(which[0]), len(which[1])),
        labels_sha256=hashlib.sha256(json.dumps([sorted(each) for each in which]).encode()).hexdigest(),
        train=train,
        validation=validation,
        asked=asked,
        weights_sha256=weights_digest(outcome.weights),
        best_epoch=outcome.kept_epoch,
        epochs=len(outcome.history),
        seconds=round(outcome.seconds, 3),
    )

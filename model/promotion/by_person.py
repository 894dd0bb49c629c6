"""For whom a model is better and for whom it is worse, person by person.

A dozen trials of one person prove nothing, so there is no interval, and nothing is decided by this: it says where to
look.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.features.dataset import load_trials
from model.features.store import FeatureStore
from model.progress import Progress, quiet
from model.promotion.entry import MAJORITY, Entry
from model.promotion.evidence import gather
from model.promotion.judged import right_by_majority, right_by_model, truth_of
from model.training.run_folder import load_model


@dataclass(frozen=True)
class Person:
    """One participant whom neither model had seen, known by one of their trials: whoever withdraws is then on no page.

    `answers`: how many answers of raters the models had to meet, at most two a trial; `challenger` and `other`: how
    many of them each met, a fraction where several networks judged.
    """

    trial: str
    answers: int
    challenger: float
    other: float

    @property
    def gained(self) -> float:
        """Answers that the challenger met more than the other; below 0 where it is worse."""
        return self.challenger - self.other


def people_compared(
    models_root: Path, decision: Entry, snapshot_folder: Path, store: FeatureStore, progress: Progress = quiet
) -> tuple[Person, ...]:
    """Of the comparison that a decision rests on, whoever lost most first; nobody where nothing was compared.

    Features must have been computed. `progress` counts networks of the challenger. Raises ModelFolderError.
    """
    if decision.comparison is None or decision.challenger is None:
        return ()
    challenger = load_model(models_root / decision.challenger)
    trials = load_trials(snapshot_folder, store)
    trials = trials.take(trials.labelled)
    against = decision.comparison.against
    other = (
        right_by_majority(challenger, trials)
        if against == MAJORITY
        else right_by_model(load_model(models_root / against), trials)
    )
    evidence = gather(trials.participant, truth_of(trials), right_by_model(challenger, trials, progress), other)
    sums = (evidence.shown, evidence.challenger, evidence.other)
    people = [
        Person(str(trials.trial[np.argmax(trials.participant == name)]), int(answers), float(ours), float(theirs))
        for name, answers, ours, theirs in zip(
            evidence.participant, *(each.sum(axis=(1, 2)) for each in sums), strict=True
        )
    ]
    return tuple(sorted(people, key=lambda person: (person.gained, person.trial)))

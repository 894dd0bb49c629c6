"""Labels shuffled within each participant: whatever a pipeline still finds out then, it finds out by a leak.

What stays as it was: who was recorded, what the trials look like, and how often each person was given each label. What
goes is the tie between a trial and its label. So nobody can do better than chance on people never seen.
"""

from dataclasses import fields, replace

import numpy as np

from model.features.dataset import Targets, TrialSet


def shuffled_labels(trials: TrialSet, *, seed: int) -> TrialSet:
    """The same trials with their labels dealt out anew, by `seed`.

    ER and FER of a trial travel together, among trials of a participant that are rated under the same instruments; so
    who is trained on and tested stays the same. A trial may get its own label back, as chance has it.
    """
    rng = np.random.default_rng(seed)
    rated = trials.er.labelled + 2 * trials.fer.labelled
    source = np.arange(len(trials))
    for person in np.unique(trials.participant):
        for kind in (1, 2, 3):
            rows = np.flatnonzero((trials.participant == person) & (rated == kind))
            source[rows] = rng.permutation(rows)
    return replace(trials, er=_dealt(trials.er, source), fer=_dealt(trials.fer, source))


def _dealt(targets: Targets, source: np.ndarray) -> Targets:
    return Targets(**{each.name: getattr(targets, each.name)[source] for each in fields(targets)})

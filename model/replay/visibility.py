"""Trials some of whose labels are hidden again: a network is trained on those that have been uncovered, and no others.

A label is one trial under one instrument, so a trial has four states. Three of them can be trained on: both labels are
there, ER alone, FER alone. Workers read each trial once in each of the three (`in_three_states`), and a split says by
its row numbers what is uncovered: nothing else has to travel, and a kept fit is known by the same words as any other.

`shown` (N, 2) bool, here and elsewhere: which labels are uncovered, ER and FER in the order of Instrument.
"""

from dataclasses import fields, replace

import numpy as np

from annotate.scales import Instrument
from model.features.dataset import Targets, TrialSet


def labels_of(trials: TrialSet) -> np.ndarray:
    """(N, 2) bool: which labels there are."""
    return np.column_stack([trials.targets(instrument).labelled for instrument in Instrument])


def with_labels(trials: TrialSet, shown: np.ndarray) -> TrialSet:
    """The same trials; whatever is not shown is as if nobody had rated it."""
    er, fer = (_hidden(trials.targets(each), ~shown[:, place]) for place, each in enumerate(Instrument))
    return replace(trials, er=er, fer=fer)


def in_three_states(trials: TrialSet) -> TrialSet:
    """(3N): every trial as it was rated, then without its FER label, then without its ER label."""
    alone = [np.ones((len(trials), 2), dtype=bool) for _ in range(3)]
    alone[1][:, 1] = alone[2][:, 0] = False
    return with_labels(trials.take(np.tile(np.arange(len(trials)), 3)), np.concatenate(alone))


def names_of_states(trials: TrialSet) -> np.ndarray:
    """(3N,): what a fit is told by, instead of the trial's id alone."""
    return np.concatenate([trials.trial, *(np.char.add(trials.trial, f" {alone} alone") for alone in Instrument)])


def as_shown(rows: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Row numbers into `in_three_states` of trials `rows`, each of which has at least one label shown."""
    er, fer = shown[rows].T
    return rows + len(shown) * np.where(er & fer, 0, np.where(er, 1, 2))


def _hidden(targets: Targets, rows: np.ndarray) -> Targets:
    """NaN, and for classes -1, in `rows` (N,) bool."""
    found = {}
    for each in fields(targets):
        values = getattr(targets, each.name).copy()
        values[rows] = -1 if values.dtype.kind == "i" else np.nan
        found[each.name] = values
    return Targets(**found)

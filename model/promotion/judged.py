"""How right a model is about trials of people whom it never saw, one network at a time."""

import numpy as np

from model.baselines.majority import majority
from model.features.dataset import TrialSet
from model.predicted import Predictions
from model.progress import Progress, quiet
from model.promotion.evidence import INSTRUMENTS
from model.training.fit import predict_trials
from model.training.run_folder import LoadedModel
from model.training.run_record import FoldRecord


def truth_of(trials: TrialSet) -> np.ndarray:
    """(N, 2) hard class numbers by the raters under ER and FER, -1 on a tie or without a label."""
    return np.stack([trials.targets(instrument).hard_seven for instrument in INSTRUMENTS], axis=1)


def right_by_model(model: LoadedModel, trials: TrialSet, progress: Progress = quiet) -> np.ndarray:
    """(N, 2) the share of the networks that never saw the participant which name the raters' class; NaN where all did.

    Each network by itself, and not their mean as when serving: of people who came after its training all networks of
    a champion are unseen, of those it was tested on only one is. A mean of five against one network would be no fair
    comparison; the share of five is.
    """
    hits, judges = np.zeros((len(trials), len(INSTRUMENTS))), np.zeros((len(trials), 1))
    for number, (fold, network) in enumerate(zip(model.record.folds, model.networks, strict=True)):
        progress(number, len(model.networks))
        rows = np.flatnonzero(~_seen(fold, trials))
        if len(rows):
            mine = trials.take(rows)
            hits[rows] += _right(predict_trials(network, fold.normalisation, model.record.recipe, mine), mine)
            judges[rows] += 1
    progress(len(model.networks), len(model.networks))
    return np.where(judges > 0, hits / np.maximum(judges, 1), np.nan)


def right_by_majority(model: LoadedModel, trials: TrialSet) -> np.ndarray:
    """The same of the baseline, which learned from the people whom the model's networks learned from."""
    hits, judges = np.zeros((len(trials), len(INSTRUMENTS))), np.zeros((len(trials), 1))
    for fold in model.record.folds:
        seen = _seen(fold, trials)
        rows = np.flatnonzero(~seen)
        if len(rows):
            hits[rows] += _right(majority(trials.take(seen), len(rows)), trials.take(rows))
            judges[rows] += 1
    return np.where(judges > 0, hits / np.maximum(judges, 1), np.nan)


def _seen(fold: FoldRecord, trials: TrialSet) -> np.ndarray:
    """(N,) bool. Whoever chose the epoch is known to the weights too, as in model.prediction."""
    people, whose = np.unique(trials.participant, return_inverse=True)
    return np.isin(people, [*fold.train, *fold.validation])[whose]


def _right(said: Predictions, trials: TrialSet) -> np.ndarray:
    answers = np.stack([said[instrument].seven.argmax(axis=1) for instrument in INSTRUMENTS], axis=1)
    return np.asarray(answers == truth_of(trials), dtype=np.float64)

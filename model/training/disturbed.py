"""The curves of robustness of a run: each trial is judged by the network of its fold, which never saw its person."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from annotate.snapshot.store import read_table
from model.evaluation.robustness import Curve, Predict, curves, disturbances
from model.features.dataset import TrialSet
from model.network import build_network
from model.predicted import Predictions, joined, tempered
from model.training.fit import predict_trials
from model.training.jobs import Job, Outcome

#: More trials would say it little better and take an evening: each is judged some fifteen times by every model.
MOST_TRIALS = 200


def disturbed(
    snapshot: Path, trials: TrialSet, fits: list[tuple[Job, Outcome]], names: list[str], seed: int
) -> tuple[Curve, ...]:
    """Of the recipes `names`, on at most MOST_TRIALS of the trials that `fits` tested, drawn by `seed`."""
    rows = np.concatenate([job.split.test for job, _ in fits if job.recipe.name == names[0]])
    drawn = np.random.default_rng(seed).permutation(rows)[:MOST_TRIALS]
    # Fold by fold, as the answers come.
    chosen = trials.take(rows[np.isin(rows, drawn)])
    models = {name: _predict([(job, out) for job, out in fits if job.recipe.name == name]) for name in names}
    return curves(chosen, models, disturbances(_durations_s(snapshot, chosen)), seed)


def _predict(fits: list[tuple[Job, Outcome]]) -> Predict:
    networks = [_network(job, outcome) for job, outcome in fits]

    def predict(given: TrialSet) -> Predictions:
        said = []
        for (job, outcome), network in zip(fits, networks, strict=True):
            mine = given.take(given.fold == job.split.fold)
            if len(mine):
                raw = predict_trials(network, outcome.normalisation, job.recipe, mine)
                said.append(tempered(raw, outcome.temperatures))
        return joined(said)

    return predict


def _network(job: Job, outcome: Outcome) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        network = build_network(job.recipe.architecture)
    network.load_state_dict({name: torch.from_numpy(weights) for name, weights in outcome.weights.items()})
    return network.eval()


def _durations_s(snapshot: Path, trials: TrialSet) -> np.ndarray:
    lasts = {row["trial"]: row["duration_ms"] / 1000 for row in read_table(snapshot, "trials")}
    return np.array([lasts[trial] for trial in trials.trial.tolist()])

"""Products of training, as torch counts them."""

import tempfile
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from model.network import build_network
from model.recipe import Recipe
from model.speed.made_up import made_up_trials
from model.training.fit import learn_from, optimiser_of
from model.training.normalisation import fit_normalisation
from model.training.prepared import prepare


def flop_a_sample(recipe: Recipe) -> float:
    """Of one sample in one step of training, forth and back."""
    with tempfile.TemporaryDirectory(prefix="duchenne-counted-") as scratch:
        trials = made_up_trials(Path(scratch), recipe.schedule.batch, recipe.architecture.faces)
        prepared = prepare(trials, fit_normalisation(trials), recipe.architecture)
        network = build_network(recipe.architecture).train()
        optimiser = optimiser_of(network, recipe.schedule)
        batch, targets = prepared.batch(torch.arange(recipe.schedule.batch), recipe.architecture.faces)
        with FlopCounterMode(display=False) as counter:
            learn_from(network, optimiser, batch, targets, recipe)
    return counter.get_total_flops() / recipe.schedule.batch

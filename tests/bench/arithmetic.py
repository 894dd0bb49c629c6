"""Products of training."""

import tempfile
from pathlib import Path

from model.recipe import Recipe
from model.speed.arithmetic import flop_of_step
from model.speed.made_up import made_up_trials
from model.training.normalisation import fit_normalisation
from model.training.prepared import prepare


def flop_a_sample(recipe: Recipe) -> float:
    """Of one sample in one step of training, forth and back."""
    with tempfile.TemporaryDirectory(prefix="duchenne-counted-") as scratch:
        trials = made_up_trials(Path(scratch), recipe.schedule.batch, recipe.architecture.faces)
        prepared = prepare(trials, fit_normalisation(trials), recipe.architecture)
        return flop_of_step(recipe, prepared) / recipe.schedule.batch

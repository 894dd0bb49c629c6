"""Training: loading, an epoch beside one written the way of the publication's program, and all seven protocols.

Ours and the peer take turns; what is told are medians over the turns. Both train the network of `emert_paper` on this
CPU. An epoch is 1,042 samples. Pictures, eye rows and labels of both are made up.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from duchenne.console import bar
from model.network import build_network
from model.recipe import Recipe
from model.recipes import recipe_named
from model.speed.made_up import made_up_trials
from model.speed.measured import EPOCHS, FACES_A_TRIAL, FOLDS, TRIALS_AN_EPOCH, training_speed
from model.training.fit import learn_from, optimiser_of, train_step
from model.training.memory import memory_kept
from model.training.normalisation import fit_normalisation
from model.training.prepared import Prepared, prepare
from model.training.threads import threads, threads_of
from tests.bench.arithmetic import flop_a_sample
from tests.bench.figure import Figure
from tests.bench.research_loader import ResearchTraining, write_samples

TITLE = "training: 8 faces of 112 px through ResNet-18, eyes beside them, batches of 16, this CPU"
CPU = torch.device("cpu")
TRIALS, TURNS, OUR_STEPS, THEIR_STEPS, ALONE = 48, 3, 6, 4, 3
_PEER = "written as published"
#: Batches that the peer's two processes have begun before, or go on to load after, those that are timed.
_FILLING, _AHEAD = 2, 4
#: Of the published way: 3 classes, 7 classes, valence and arousal, intensity, a model each.
_PUBLISHED_MODELS = 4


def run() -> list[Figure]:
    recipe = recipe_named("emert_paper")
    with tempfile.TemporaryDirectory(prefix="duchenne-training-") as scratch, bar("steps") as progress:
        speed = training_speed(recipe, CPU, steps=1, trials=TRIALS)
        trials = made_up_trials(Path(scratch) / "map", TRIALS, FACES_A_TRIAL)
        ours = _Ours(recipe, prepare(trials, fit_normalisation(trials), recipe.architecture))
        write_samples(Path(scratch) / "samples", TRIALS)
        peer = ResearchTraining(Path(scratch) / "samples", recipe)
        loaded = next(peer.batches(1))
        epochs: dict[str, list[float]] = {"ours": [], "peer": []}
        alone: dict[str, list[float]] = {"ours": [], "peer": []}
        for turn in range(TURNS):
            progress(turn, TURNS)
            epochs["ours"].append(ours.trained(OUR_STEPS))
            epochs["peer"].append(_peer_trained(peer))
            alone["ours"].append(ours.stepped(ALONE))
            alone["peer"].append(_mean_s(lambda: peer.step(loaded), ALONE))
    steps = TRIALS_AN_EPOCH / recipe.schedule.batch
    our_s, their_s = (steps * statistics.median(epochs[who]) for who in ("ours", "peer"))
    our_step_s, their_step_s = (statistics.median(alone[who]) for who in ("ours", "peer"))
    return [
        Figure("loading, faces as bytes", speed.loaded_samples_per_s, "samples/s", least=3000, note="one process"),
        Figure("loading and normalising", speed.normalised_samples_per_s, "samples/s"),
        Figure("an epoch", our_s, "s", their_s, _PEER, most=their_s / 4, note=_spread(epochs["ours"], epochs["peer"])),
        Figure(
            "a step without loading", our_step_s, "s", their_step_s, _PEER, note=_spread(alone["ours"], alone["peer"])
        ),
        *_arithmetic(),
    ]


class _Ours:
    """A fit that nothing else runs beside, as the product does it."""

    def __init__(self, recipe: Recipe, prepared: Prepared) -> None:
        self.recipe, self.prepared = recipe, prepared
        torch.manual_seed(0)
        self.network = build_network(recipe.architecture).train()
        self.optimiser = optimiser_of(self.network, recipe.schedule)
        self.generator = torch.Generator().manual_seed(0)
        self.threads = threads_of(recipe, 1, 1, CPU)

    def trained(self, steps: int) -> float:
        """Seconds a step, from the map on disk to the new weights."""

        def step() -> None:
            rows = torch.randperm(len(self.prepared), generator=self.generator)[: self.recipe.schedule.batch]
            train_step(self.network, self.optimiser, self.prepared, rows, self.recipe, self.generator)

        with threads(self.threads), memory_kept():
            return _mean_s(step, steps)

    def stepped(self, steps: int) -> float:
        """Seconds a step on one batch that is there."""
        batch, targets = self.prepared.batch(torch.arange(self.recipe.schedule.batch), self.recipe.architecture.faces)
        with threads(self.threads), memory_kept():
            return _mean_s(lambda: learn_from(self.network, self.optimiser, batch, targets, self.recipe), steps)


def _mean_s(work: Callable[[], object], times: int) -> float:
    work()
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def _peer_trained(peer: ResearchTraining) -> float:
    """Seconds a step in the midst of an epoch: both loading processes are at work before the first and after the last
    step that is timed.
    """
    batches = peer.batches(_FILLING + THEIR_STEPS + _AHEAD)
    for _ in range(_FILLING):
        peer.step(next(batches))
    begun = time.perf_counter()
    for _ in range(THEIR_STEPS):
        peer.step(next(batches))
    took_s = time.perf_counter() - begun
    del batches  # ends its processes
    gc.collect()
    return took_s / THEIR_STEPS


def _spread(ours: list[float], theirs: list[float]) -> str:
    """Of the turns' ratios: how far the disturbances of the machine reach."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    return f"peer/ours {min(ratios):.3g}–{max(ratios):.3g} in {len(ratios)} turns"


def _arithmetic() -> list[Figure]:
    """Of all epochs of all folds, had no run stopped early: the products of a training step, forth and back, as torch
    counts them.
    """
    published = _pflop("emert_paper", EPOCHS) * _PUBLISHED_MODELS
    name, ours = "4 models, 200 epochs", recipe_named("emert").schedule
    return [
        Figure(
            "arithmetic of all protocols, recipe emert",
            _pflop("emert", ours.epochs * (2 if ours.refit else 1)),
            "PFLOP",
            published,
            name,
            most=published / 8,
            note=f"1 model, 2 × {ours.epochs} epochs, as it trains anew",
        ),
        Figure(
            "arithmetic of all protocols, recipe emert_paper",
            _pflop("emert_paper", EPOCHS),
            "PFLOP",
            published,
            name,
            note="1 model, 200 epochs",
        ),
    ]


def _pflop(name: str, epochs: int) -> float:
    """Of one model in all folds; every epoch counts all 1,042 samples, also where some of them only validate."""
    return flop_a_sample(recipe_named(name)) * TRIALS_AN_EPOCH * epochs * FOLDS / 1e15

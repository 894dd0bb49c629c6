"""All seven protocols by one network, beside the published way: a model for each target and 200 epochs of each.

Both at the sizes of `emert_small`, on a planted gap: 20 simulated people, five folds of people never seen. A score is
no worse where it lies at most two points, three of 140 trials, below the other.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from annotate.media_store import MediaStore
from duchenne.console import bar
from model.evaluation.evaluate import Table
from model.evaluation.intervals import Estimate
from model.evaluation.protocols import PROTOCOLS
from model.features.dataset import TrialSet
from model.predicted import Predictions, joined
from model.recipe import Architecture, Augmentation, LossWeights, Recipe, Schedule
from model.recipes import recipe_named
from model.training.jobs import Job, Outcome
from model.training.planned import Asked, Planned, planned
from model.training.trainer import Here
from tests.bench.arithmetic import flop_a_sample
from tests.bench.figure import Figure
from tests.bench.planted_gap_bench import CLASSES, FOLDS, PEOPLE
from tests.model.conftest import Lab

TITLE = "all seven protocols: one network beside four, each for 200 epochs (20 simulated people, 140 trials, 5 folds)"
OURS, WORKERS = "emert_small", 2
_PEER = "4 models, 200 epochs"
_NO_WORSE = 0.02
#: What each of the four models of the published way learns, and which measures are its own.
_TARGETS = {
    "three": ("three_uar",),
    "seven": ("seven_uar",),
    "valence_arousal": ("valence_ccc", "arousal_ccc"),
    "intensity": ("intensity_ccc",),
}


@dataclass(frozen=True)
class _Trained:
    """One recipe on all folds: its answers to all trials, and what they cost."""

    said: Predictions
    flop: float
    seconds: float


def run() -> list[Figure]:
    recipes = (recipe_named(OURS), *(published(target) for target in _TARGETS))
    with tempfile.TemporaryDirectory(prefix="duchenne-protocols-") as scratch:
        planned_fits = _planned(Path(scratch), recipes)
        with bar("networks (epochs)") as progress:
            outcomes = dict(Here(WORKERS).train(planned_fits, progress).outcomes)
        fits = [(job, outcomes[number]) for number, job in enumerate(planned_fits.jobs)]
        ours, *theirs = (_trained(recipe, fits) for recipe in recipes)
        tested = planned_fits.trials.take(np.concatenate([split.test for split in planned_fits.splits[0]]))
        peers = dict(zip(_TARGETS, theirs, strict=True))
        return [_arithmetic(ours, theirs), _time(ours, theirs), *_scores(tested, ours, peers)]


def published(target: str) -> Recipe:
    """The published network, losses and schedule for one target, at the sizes of ours."""
    sizes = recipe_named(OURS).architecture
    weights = {each: float(each == target) for each in _TARGETS}
    if target == "intensity":
        weights |= {"invariant": 0.3, "specific": 0.1}
    return Recipe(
        name=f"published_{target}",
        says=f"EMERT as published, for {target}, small",
        architecture=Architecture(
            faces=sizes.faces, face_pixels=sizes.face_pixels, face_width=sizes.face_width, face_stem=sizes.face_stem,
            token_width=sizes.token_width, projection_hidden=sizes.projection_hidden,
            projection_width=sizes.projection_width, heads=sizes.heads, head_width=sizes.head_width,
        ),
        losses=LossWeights(**weights),
        schedule=Schedule(),
        augmentation=Augmentation(),
    )  # fmt: skip


def _planned(scratch: Path, recipes: tuple[Recipe, ...]) -> Planned:
    lab = Lab(
        scratch, participants=PEOPLE, classes=tuple(range(CLASSES)), folds=FOLDS, calm_frames=5, shown_by_lot=True
    )
    snapshot, store = lab.snapshot(), lab.store()
    store.compute(snapshot, MediaStore(lab.media))
    asked = Asked(
        owner="bench", snapshot=snapshot, features=lab.features, face_extractor=store.face_extractor, recipes=recipes,
        seeds=(0,), folds=None, device="cpu", at_once=WORKERS,
    )  # fmt: skip
    return planned(asked, store, torch.device("cpu"))


def _trained(recipe: Recipe, fits: list[tuple[Job, Outcome]]) -> _Trained:
    own = [(job.split, outcome) for job, outcome in fits if job.recipe is recipe]
    samples = 0
    for split, outcome in own:
        samples += len(split.train) * len(outcome.history)
        if recipe.schedule.refit:
            samples += (len(split.train) + len(split.validation)) * outcome.kept_epoch
    return _Trained(
        joined([outcome.said for _, outcome in own]),
        flop_a_sample(recipe) * samples,
        sum(outcome.seconds for _, outcome in own),
    )


def _arithmetic(ours: _Trained, theirs: list[_Trained]) -> Figure:
    peer = sum(each.flop for each in theirs) / 1e12
    return Figure("arithmetic of training", ours.flop / 1e12, "TFLOP", peer, _PEER, most=peer / 8)


def _time(ours: _Trained, theirs: list[_Trained]) -> Figure:
    return Figure("time of training, both cores", ours.seconds, "s", sum(each.seconds for each in theirs), _PEER)


def _scores(tested: TrialSet, ours: _Trained, peers: dict[str, _Trained]) -> list[Figure]:
    figures = []
    for protocol in PROTOCOLS:
        rated = np.flatnonzero(tested.targets(protocol.instrument).labelled)
        table = Table(tested, protocol.instrument, rated, seed=0)
        figures += [
            _score(protocol.name, table, measure, ours, peers[target])
            for target, measures in _TARGETS.items()
            for measure in measures
            if measure in protocol.measures
        ]
    return figures


def _score(protocol: str, table: Table, measure: str, ours: _Trained, peer: _Trained) -> Figure:
    mine, yours = ([each.said[table.instrument]] for each in (ours, peer))
    peers = table.mean(yours, measure).value
    return Figure(
        f"{protocol}, {measure.replace('_', ' ')}",
        table.mean(mine, measure).value,
        "",
        peers,
        _PEER,
        least=peers - _NO_WORSE,
        note=_paired(table.difference(mine, yours, measure)),
    )


def _paired(difference: Estimate) -> str:
    return f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}], paired"

"""The golden loss curve: whoever changes a loss, its weight, the schedule, a draw or the network changes it, and
should know it: also TRAINING_VERSION, which keeps apart what was trained before and after.

The numbers were taken on an x86-64 CPU; with instructions from SSE to AVX-512 they stay the same within 2e-7. What is
seen in them is tried too: each part is changed here, by a little, and must be seen.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from annotate.scales import Instrument
from model.emert import disentangle
from model.emert.batch import Answer
from model.emert.losses import TargetTensors, total_loss
from model.features.dataset import TrialSet, load_trials
from model.recipe import Augmentation, LossWeights, Recipe, Schedule
from model.recipes import RECIPES
from model.training import fit as fitting
from model.training.fit import fit
from model.training.split import Split, splits_of
from tests.model.conftest import Lab, tiny_recipe
from tests.model.test_training import media_of

#: A thousand times what other instructions change; the least that a change below changes is five times this.
TOLERANCE = 2e-4
TRAIN = [7.51106, 6.83337, 6.58107]
VALIDATION = [5.72635, 5.12992, 4.86698]


def golden_recipe() -> Recipe:
    """Every part counts enough to be seen, and each differently."""
    tiny = tiny_recipe()
    return replace(
        tiny,
        architecture=replace(tiny.architecture, pool="modalities", eye_summary=True, eye_bypass=True),
        losses=LossWeights(
            task=0.9, invariant=0.5, specific=0.7, seven=1.1, three=0.8, valence_arousal=2.0, intensity=3.0
        ),
        schedule=Schedule(
            epochs=3, batch=4, learning_rate=5e-3, weight_decay=0.5, decoupled=True, warmup_epochs=1, clip_gradient=0.5
        ),
        augmentation=Augmentation(
            light=0.1, shift_pixels=1, flip=0.5, drop_faces=0.3, drop_eyes=0.3, eye_noise=0.05, eye_shift=0.2
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrialSet, Split]:
    lab = Lab(tmp_path_factory.mktemp("lab"), participants=8)
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    return trials, splits_of(trials, 1, seed=0)[0]


def curve(recipe: Recipe, known: tuple[TrialSet, Split]) -> np.ndarray:
    """(2, epochs)"""
    history = fit(recipe, *known, seed=0).history
    return np.array([[epoch.train for epoch in history], [epoch.validation for epoch in history]])


def is_golden(found: np.ndarray, epochs: int = len(TRAIN)) -> bool:
    """By the first so many epochs."""
    golden = [TRAIN[:epochs], VALIDATION[:epochs]]
    return found.shape == (2, epochs) and np.allclose(found, golden, rtol=TOLERANCE, atol=0)


def test_the_curve_is_the_golden_one(known: tuple[TrialSet, Split]) -> None:
    found = curve(golden_recipe(), known)
    assert is_golden(found), found.tolist()


SCHEDULE: dict[str, Any] = {
    "epochs": 4, "batch": 5, "learning_rate": 4.8e-3, "weight_decay": 0.0, "decoupled": False, "warmup_epochs": 0,
    "clip_gradient": None,
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULE)
def test_another_schedule_has_another_curve(known: tuple[TrialSet, Split], name: str) -> None:
    golden = golden_recipe()
    assert not is_golden(curve(replace(golden, schedule=replace(golden.schedule, **{name: SCHEDULE[name]})), known))


def first_epoch(recipe: Recipe, known: tuple[TrialSet, Split]) -> np.ndarray:
    """Which is the same however many follow."""
    return curve(replace(recipe, schedule=replace(recipe.schedule, epochs=1)), known)


def test_every_weight_of_a_loss_is_seen_when_it_is_a_tenth_more(known: tuple[TrialSet, Split]) -> None:
    golden = golden_recipe()
    assert is_golden(first_epoch(golden, known), epochs=1)
    for name in ("task", "invariant", "specific", "seven", "three", "valence_arousal", "intensity"):
        losses = replace(golden.losses, **{name: 1.1 * getattr(golden.losses, name)})
        assert not is_golden(first_epoch(replace(golden, losses=losses), known), epochs=1), name


def test_every_random_change_of_a_batch_is_seen_when_it_is_lost(known: tuple[TrialSet, Split]) -> None:
    golden = golden_recipe()
    for name in ("light", "shift_pixels", "flip", "drop_faces", "drop_eyes", "eye_noise", "eye_shift"):
        augmentation = replace(golden.augmentation, **{name: 0})
        assert not is_golden(first_epoch(replace(golden, augmentation=augmentation), known), epochs=1), name


def constant(optimiser: torch.optim.Optimizer, schedule: Schedule, epoch: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = schedule.learning_rate


def loss_of_fer(answer: Answer, targets: dict[Instrument, TargetTensors], weights: LossWeights) -> torch.Tensor:
    """ER is forgotten."""
    nothing = TargetTensors(*(torch.full_like(each, math.nan) for each in vars(targets[Instrument.ER]).values()))
    return total_loss(answer, {**targets, Instrument.ER: nothing}, weights)


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [
        (fitting, "_set_learning_rate", constant),
        (fitting, "total_loss", loss_of_fer),
        (disentangle, "reverse_gradient", lambda x, strength=1.0: x),
    ],
    ids=["no schedule", "one instrument", "a gradient that is not reversed"],
)
def test_code_that_was_changed_gives_another_curve(
    known: tuple[TrialSet, Split], monkeypatch: pytest.MonkeyPatch, where: object, name: str, instead: object
) -> None:
    monkeypatch.setattr(where, name, instead)
    assert not is_golden(curve(golden_recipe(), known))


def test_the_published_weights_of_the_losses() -> None:
    """The golden recipe has weights of its own, and so have recipes of ours."""
    assert LossWeights() == LossWeights(
        task=1.0, invariant=0.01, specific=0.01, seven=1.0, three=1.0, valence_arousal=1.0, intensity=1.0,
        similarity=0.0, difference=0.0, reconstruction=0.0,
    )  # fmt: skip
    found = {name: make().losses for name, make in RECIPES.items()}
    assert {name for name, losses in found.items() if losses == LossWeights()} == {"emert_paper", "face_only_paper"}

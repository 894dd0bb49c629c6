"""The network: what is missing stays out, what is reversed is reversed."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from annotate.scales import Instrument
from model.emert.batch import Answer, Batch, InstrumentAnswer
from model.emert.disentangle import Disentangle, reverse_gradient
from model.emert.losses import (
    TargetTensors,
    discriminator_losses,
    instrument_loss,
    masked_smooth_l1,
    soft_cross_entropy,
)
from model.features.fixation_maps import MAP_PX, PARTS
from model.features.gaze import EYE_COLUMNS, STEPS
from model.network import build_network
from model.recipe import Architecture, Kind, LossWeights
from model.recipes import emert, emert_paper, emert_small
from tests.model.conftest import tiny_recipe

TINY = tiny_recipe().architecture


def some_batch(trials: int = 3, faces: int = TINY.faces, pixels: int = TINY.face_pixels) -> Batch:
    draw = torch.Generator().manual_seed(7)
    return Batch(
        faces_BTCHW=torch.randn(trials, faces, 3, pixels, pixels, generator=draw),
        face_mask_BT=torch.ones(trials, faces, dtype=torch.bool),
        eye_BSE=torch.randn(trials, STEPS, len(EYE_COLUMNS), generator=draw),
        eye_mask_BS=torch.ones(trials, STEPS, dtype=torch.bool),
        gaze_BSX=torch.randn(trials, STEPS, 2, generator=draw),
        gaze_mask_BS=torch.ones(trials, STEPS, dtype=torch.bool),
        maps_BPCHW=torch.randn(trials, PARTS, 1, MAP_PX, MAP_PX, generator=draw),
        map_mask_BP=torch.ones(trials, PARTS, dtype=torch.bool),
    )


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return build_network(TINY).eval()


def flat(answer: Answer) -> torch.Tensor:
    """(B, 25) all answers side by side."""
    er, fer = answer.instruments[Instrument.ER], answer.instruments[Instrument.FER]
    assert fer.intensity is not None
    parts = [er.seven, er.three, er.valence_arousal, fer.seven, fer.three, fer.valence_arousal, fer.intensity[:, None]]
    return torch.cat(parts, dim=1)


def test_reversed_gradient_is_the_negative_one_and_the_value_stays() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    weights = torch.randn(4, 3)
    y = reverse_gradient(x, 0.5)
    (y * weights).sum().backward()
    assert torch.equal(y, x)
    assert x.grad is not None
    assert torch.allclose(x.grad, -0.5 * weights)


def test_the_discriminator_is_helped_by_the_specific_and_fooled_by_the_invariant() -> None:
    """Each gradient against finite differences of its loss: the projections that all modalities share climb it."""
    torch.manual_seed(3)
    part = Disentangle(3, 4, 5, 6).double()
    tokens = [torch.randn(2, 3, 4, dtype=torch.float64) for _ in range(3)]
    masks = [torch.ones(2, 3, dtype=torch.bool) for _ in range(3)]
    masks[1][0, 1:] = masks[2][1] = False

    def losses() -> tuple[torch.Tensor, torch.Tensor]:
        return discriminator_losses(part(tokens, masks)[2])

    for which, submodule, sign in (
        (0, "invariant", -1.0),
        (0, "discriminator", 1.0),
        (1, "specific.1", 1.0),
        (1, "discriminator", 1.0),
    ):
        weights = next(part.get_submodule(submodule).parameters())
        (told,) = torch.autograd.grad(losses()[which], weights)
        expected, step = torch.zeros_like(weights), 1e-6
        with torch.no_grad():
            for place in np.ndindex(*weights.shape):
                ahead, behind = (_moved(weights, place, by, losses)[which] for by in (step, -step))
                expected[place] = sign * (ahead - behind) / (2 * step)
        assert expected.abs().max() > 1e-3
        assert torch.allclose(told, expected, atol=1e-7), submodule


def _moved(
    weights: torch.Tensor, place: tuple[int, ...], by: float, losses: Callable[[], tuple[torch.Tensor, torch.Tensor]]
) -> tuple[torch.Tensor, torch.Tensor]:
    before = weights[place].clone()
    weights[place] += by
    found = losses()
    weights[place] = before
    return found


@pytest.mark.parametrize("kind", ["emert", "eyes-only", "late-fusion", "tfn", "lmf", "mult", "misa"])
def test_maps_are_heard_by_every_network_that_is_given_eyes(kind: Kind) -> None:
    torch.manual_seed(0)
    network = build_network(replace(TINY, kind=kind, maps="heat")).train()
    batch = some_batch(4)
    answer = network(batch)
    (flat(answer).square().sum()).backward()
    of_maps = [p for name, p in network.named_parameters() if "maps." in name]
    assert of_maps
    assert all(p.grad is not None for p in of_maps)
    with torch.no_grad():
        before = flat(network.eval()(batch))
        batch.map_mask_BP[1] = False
        after = flat(network(batch))
    assert torch.allclose(before[[0, 2, 3]], after[[0, 2, 3]], atol=1e-5)
    assert not torch.allclose(before[1], after[1], atol=1e-6)
    batch.map_mask_BP[:] = False
    assert torch.isfinite(flat(network(batch))).all()


@pytest.mark.parametrize("modality", ["face_mask_BT", "eye_mask_BS", "gaze_mask_BS", "map_mask_BP"])
def test_a_modality_that_one_trial_lacks_changes_no_other_trial(modality: str) -> None:
    torch.manual_seed(0)
    network = build_network(replace(TINY, maps="heat")).eval()
    batch = some_batch()
    with torch.no_grad():
        whole = flat(network(batch))
        getattr(batch, modality)[1] = False
        lacking = flat(network(batch))
    assert torch.allclose(whole[[0, 2]], lacking[[0, 2]], atol=1e-6)
    assert not torch.allclose(whole[1], lacking[1], atol=1e-4)
    assert torch.isfinite(lacking).all()


def test_what_lies_under_a_mask_is_never_read(network: nn.Module) -> None:
    batch = some_batch()
    batch.face_mask_BT[0, 1] = False
    batch.eye_mask_BS[0, 3:9] = False
    batch.gaze_mask_BS[0, :] = False
    with torch.no_grad():
        before = flat(network(batch))
        batch.faces_BTCHW[0, 1] = 1e3
        batch.eye_BSE[0, 3:9] = 1e3
        batch.gaze_BSX[0, :] = 1e3
        after = flat(network(batch))
    assert torch.allclose(before, after, atol=1e-5)


def test_every_recipes_network_learns_in_every_part() -> None:
    for architecture in (TINY, replace(TINY, maps="heat"), emert_small().architecture, emert().architecture):
        torch.manual_seed(0)
        network = build_network(architecture).train()
        answer = network(some_batch(4, architecture.faces, architecture.face_pixels))
        said = answer.discriminated
        (flat(answer).square().sum() + said.invariant_BMM.square().sum() + said.specific_BMM.square().sum()).backward()
        idle = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
        assert idle == []


def test_the_published_sizes() -> None:
    architecture = emert_paper().architecture
    network = build_network(architecture).eval()
    faces = network.get_submodule("faces")
    with torch.no_grad():
        tokens = faces(torch.zeros(1, 8, 3, 112, 112), torch.ones(1, 8, dtype=torch.bool))
    assert tokens.shape == (1, 8, 128)
    assert network.get_parameter("fusion.positions_KD").shape == (72, 32)
    assert faces.get_submodule("resnet").features == 512
    assert sum(p.numel() for p in faces.get_submodule("resnet").parameters()) == 11_176_512


def test_soft_cross_entropy_is_torchs_own_and_skips_rows_without_label() -> None:
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(1), requires_grad=True)
    shares = torch.randn(5, 7, generator=torch.Generator().manual_seed(2)).softmax(dim=1)
    expected = nn.functional.cross_entropy(logits[[0, 1, 3]], shares[[0, 1, 3]])
    shares[[2, 4]] = math.nan
    loss = soft_cross_entropy(logits, shares)
    loss.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert logits.grad is not None
    assert torch.equal(logits.grad[[2, 4]], torch.zeros(2, 7))


def test_smooth_l1_is_torchs_own_and_a_missing_label_pulls_nowhere() -> None:
    values = torch.tensor([0.2, -0.5, 2.5], requires_grad=True)
    targets = torch.tensor([0.1, math.nan, 0.4])
    loss = masked_smooth_l1(values, targets, span=3.0)
    loss.backward()
    expected = nn.functional.smooth_l1_loss(torch.tensor([0.2, 2.5]) / 3, torch.tensor([0.1, 0.4]) / 3)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert values.grad is not None
    assert values.grad[1] == 0


def test_a_batch_without_any_label_costs_nothing() -> None:
    answer = InstrumentAnswer(torch.randn(2, 7), torch.randn(2, 3), torch.randn(2, 2), torch.randn(2))
    nothing = TargetTensors(*(torch.full(shape, math.nan) for shape in ((2, 7), (2, 3), (2, 2), (2,))))
    assert instrument_loss(answer, nothing, LossWeights()) == 0.0


def test_pooling_by_modality_bears_a_modality_that_is_not_there() -> None:
    architecture = Architecture(**{**TINY.__dict__, "pool": "modalities", "eye_summary": True})
    torch.manual_seed(0)
    network = build_network(architecture).eval()
    batch = some_batch()
    batch.gaze_mask_BS[:] = False
    with torch.no_grad():
        assert torch.isfinite(flat(network(batch))).all()

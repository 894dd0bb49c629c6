"""Where training runs. No GPU is needed here: what a GPU changes in the way through the code is tried on the CPU."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from annotate.scales import Instrument
from model.emert.losses import TargetTensors, total_loss
from model.errors import DeviceError
from model.network import NETWORKS, build_network
from model.recipe import Kind
from model.recipes import RECIPES
from model.speed.made_up import made_up_trials
from model.training import device as devices
from model.training import fit, prepared
from model.training.device import device_named, has_room_for, mixed_precision, told_if_lost
from model.training.normalisation import fit_normalisation
from tests.model.conftest import tiny_recipe
from tests.model.test_networks import some_batch


def test_a_device_is_named_and_what_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: False)
    assert device_named("auto") == device_named("cpu") == torch.device("cpu")
    with pytest.raises(DeviceError, match=r"device 'cuda:1': torch .* sees 0 GPUs here.*cpu always works"):
        device_named("cuda:1")
    for name in ("gpu", "cuda:first", "cpu:0", ""):
        with pytest.raises(DeviceError, match="expected auto, cpu, cuda"):
            device_named(name)
    monkeypatch.setattr(devices.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(devices.torch.cuda, "device_count", lambda: 1)
    assert device_named("auto") == torch.device("cuda")
    assert device_named("cuda:0") == torch.device("cuda:0")
    with pytest.raises(DeviceError, match="sees 1 GPUs"):
        device_named("cuda:1")


def test_a_gpu_that_fails_is_told_and_an_error_of_ours_is_not_taken_for_one() -> None:
    with pytest.raises(DeviceError, match=r"device cuda: CUDA error: the launch timed out\. What was trained"):
        fail_on(torch.device("cuda"))
    with pytest.raises(RuntimeError, match=r"^CUDA error"):
        fail_on(torch.device("cpu"))


def fail_on(device: torch.device) -> None:
    with told_if_lost(device):
        raise RuntimeError("CUDA error: the launch timed out\nCompile with ...")


def test_pictures_go_to_a_gpu_only_where_they_leave_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.torch.cuda, "mem_get_info", lambda device: (1000, 2000))
    gpu = torch.device("cuda")
    assert has_room_for(torch.zeros(600, dtype=torch.uint8), gpu)
    assert not has_room_for(torch.zeros(601, dtype=torch.uint8), gpu)
    assert not has_room_for(torch.zeros(1, dtype=torch.uint8), torch.device("cpu"))


def test_on_a_cpu_nothing_is_made_less_precise() -> None:
    with mixed_precision(torch.device("cpu")):
        assert torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_network_learns_in_mixed_precision(kind: Kind) -> None:
    """As on a GPU: products in bfloat16, weights, losses and gradients in float32."""
    torch.manual_seed(1)
    recipe = tiny_recipe()
    network = build_network(replace(recipe.architecture, kind=kind))
    batch = some_batch(4)
    batch.face_mask_BT[0] = False
    batch.eye_mask_BS[1] = False
    targets = {
        i: TargetTensors(torch.eye(7)[:4], torch.eye(3)[[0, 1, 2, 0]], torch.zeros(4, 2), torch.ones(4))
        for i in Instrument
    }
    weights = next((make().losses for make in RECIPES.values() if make().architecture.kind == kind), recipe.losses)
    with torch.autocast("cpu", torch.bfloat16):
        loss = total_loss(network(batch), targets, weights)
    loss.backward()
    assert loss.dtype == torch.float32
    for parameter in network.parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all()
    with torch.no_grad():
        precise = float(total_loss(network(batch), targets, weights))
    assert loss.item() == pytest.approx(precise, rel=0.3)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("face_input", ["picture", "change"])
def test_a_step_runs_wholly_where_it_is_sent(
    kind: Kind, face_input: Literal["picture", "change"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On torch's device without memory: what was left behind on the CPU does not go together with what is there, as on
    a GPU.
    """
    elsewhere = torch.device("meta")
    monkeypatch.setattr(prepared, "has_room_for", lambda pictures, device: True)
    monkeypatch.setattr(fit, "mixed_precision", lambda device: nullcontext())
    # Nothing is known there but shapes: let every face be seen.
    monkeypatch.setattr(torch.Tensor, "nonzero", lambda mask: torch.arange(mask.numel(), device=mask.device)[:, None])
    tiny = tiny_recipe()
    recipe = replace(
        tiny,
        architecture=replace(tiny.architecture, kind=kind, face_input=face_input),
        augmentation=replace(tiny.augmentation, flip=0.5, eye_shift=0.1),
    )
    made_up = made_up_trials(tmp_path, 4, 10)
    trials = prepared.prepare(made_up, fit_normalisation(made_up), recipe.architecture).on(elsewhere)
    network = build_network(recipe.architecture).to(elsewhere)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)  # ours in one pass is written for real devices
    loss = fit.train_step(network, optimiser, trials, torch.arange(4), recipe, torch.Generator().manual_seed(0))
    assert loss.device == trials.pictures.device == elsewhere
    assert trials.faces.device == torch.device("cpu")


def test_a_batch_as_bytes_is_the_same_batch(tmp_path: Path) -> None:
    architecture = replace(tiny_recipe().architecture, face_pixels=112)
    made_up = made_up_trials(tmp_path, 4, 10)
    made_up.faces[1] = -1
    trials = prepared.prepare(made_up, fit_normalisation(made_up), architecture)
    rows = torch.tensor([2, 0, 1])
    loaded, _ = trials.loaded(rows, 2, torch.Generator().manual_seed(3))
    batch, _ = trials.batch(rows, 2, torch.Generator().manual_seed(3))
    assert loaded.faces_BTCHW.dtype == torch.uint8
    seen = loaded.face_mask_BT
    assert seen.tolist() == [[True] * 2, [True] * 2, [False] * 2]
    mean, sd = (
        torch.tensor(values)[:, None, None] for values in (trials.normalisation.face_mean, trials.normalisation.face_sd)
    )
    expected = (loaded.faces_BTCHW[seen] / 255 - mean) / sd
    assert torch.allclose(batch.faces_BTCHW[seen], expected, atol=1e-5)
    assert not batch.faces_BTCHW[~seen].any()
    assert torch.equal(batch.eye_BSE, loaded.eye_BSE)

"""Where training runs. No GPU is needed here: what a GPU changes in the way through the code is tried on the CPU."""

from dataclasses import replace

import pytest
import torch

from annotate.scales import Instrument
from model.emert.losses import TargetTensors, total_loss
from model.errors import DeviceError
from model.network import NETWORKS, build_network
from model.recipe import Kind
from model.recipes import RECIPES
from model.training import device as devices
from model.training.device import device_named, has_room_for, mixed_precision, told_if_lost
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

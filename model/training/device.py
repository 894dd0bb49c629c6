"""Where training runs: a CPU, or a CUDA GPU in mixed precision."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.errors import DeviceError

#: Of a GPU's free memory, this share may be taken by pictures; the rest is for the network's work.
PICTURES_SHARE = 0.6


def device_named(name: str) -> torch.device:
    """'cpu', 'cuda', 'cuda:1', or 'auto' for the first GPU that is there, else the CPU. Raises DeviceError."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()) or (kind == "cpu" and number):
        raise DeviceError(f"device {name!r}: expected auto, cpu, cuda, or cuda: and a number.")
    if kind == "cuda" and (not torch.cuda.is_available() or int(number or 0) >= torch.cuda.device_count()):
        there = torch.cuda.device_count() if torch.cuda.is_available() else 0
        raise DeviceError(
            f"device {name!r}: torch {torch.__version__} sees {there} GPUs here. Install a build of torch for this "
            "machine's driver, or name another device: cpu always works."
        )
    return torch.device(name)


def name_of(device: torch.device) -> str:
    """As a report tells it: 'cpu', or which kind of GPU; not its number, which changes nothing."""
    return f"{device.type} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def device_of_process(name: str, local_rank: int) -> torch.device:
    """The device of one of several processes on a machine: each a GPU of its own while there are enough, else they take
    turns. Raises DeviceError.
    """
    place = device_named(name)
    if place.type != "cuda":
        return place
    if place.index is not None:
        raise DeviceError(
            f"device {name!r}: names one GPU, but several processes train here. Set device to cuda or auto, and each "
            "takes one of its own."
        )
    return torch.device("cuda", local_rank % torch.cuda.device_count())


@contextmanager
def mixed_precision(device: torch.device) -> Iterator[None]:
    """On a GPU products are in bfloat16, which has the range of float32, so that no loss need be scaled."""
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        yield


@contextmanager
def told_if_lost(device: torch.device) -> Iterator[None]:
    """A GPU that fails or vanishes becomes a DeviceError."""
    try:
        yield
    except RuntimeError as error:  # torch.AcceleratorError and torch.OutOfMemoryError are both of this kind
        if device.type != "cuda":
            raise
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DeviceError(
            f"device {device}: {said}. What was trained to its end before is kept: start again, on this device when it "
            "is well, or on cpu."
        ) from error


def has_room_for(pictures: torch.Tensor, device: torch.device) -> bool:
    """Whether all pictures may lie on the device for as long as is trained."""
    if device.type != "cuda":
        return False  # they lie in this memory, or on its disk, already
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return pictures.nbytes <= PICTURES_SHARE * free_bytes

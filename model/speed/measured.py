"""How quick training is on a machine: batches loaded, steps taken, and how much of what the machine can do that is."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch.utils.flop_counter import FlopCounterMode

from model.machine import this_machine
from model.network import build_network
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.speed.made_up import made_up_trials
from model.training.device import mixed_precision
from model.training.fit import optimiser_of, train_step
from model.training.normalisation import fit_normalisation
from model.training.prepared import Prepared, prepare

#: Pictures of a trial in the published data set, and how many of its trials are trained on in a fold.
FACES_A_TRIAL, TRIALS_AN_EPOCH = 300, 1042
_LOADED_BATCHES = 60
_PRODUCT = 2048


class TrainingSpeed(BaseModel):
    """One machine, one recipe. TFLOP are of the network's products, forth and back; `peak_tflop_per_s` is what a large
    product of matrices reaches here in the same precision.
    """

    model_config = ConfigDict(frozen=True)

    recipe: str
    device: str
    device_name: str
    precision: str
    threads: int
    torch: str
    batch: int
    faces_a_trial: int
    loaded_samples_per_s: float
    step_s: float
    epoch_s: float
    trials_an_epoch: int
    tflop_per_step: float
    tflop_per_s: float
    peak_tflop_per_s: float
    share_of_peak: float
    memory_mib: float


def training_speed(
    recipe: Recipe, device: torch.device, steps: int = 8, progress: Progress = quiet, trials: int = 64
) -> TrainingSpeed:
    """Measured on `trials` made-up ones in a temporary folder, after two steps that warm up.

    64 trials (0.7 GB) are more than a processor's cache holds and little enough for a laptop's disk.
    """
    with tempfile.TemporaryDirectory(prefix="duchenne-speed-") as scratch:
        made_up = made_up_trials(Path(scratch), trials, FACES_A_TRIAL)
        prepared = prepare(made_up, fit_normalisation(made_up), recipe.architecture).on(device)
        loaded_per_s = _loading(prepared, recipe, device)
        torch.manual_seed(0)
        network = build_network(recipe.architecture).to(device).train()
        tflop = _tflop_per_step(network, prepared, recipe)
        step_s = _stepping(network, prepared, recipe, device, steps, progress)
    peak = _peak_tflop_per_s(device)
    batches = -(-TRIALS_AN_EPOCH // recipe.schedule.batch)
    return TrainingSpeed(
        recipe=recipe.name,
        device=str(device),
        device_name=torch.cuda.get_device_name(device) if device.type == "cuda" else this_machine().cpu,
        precision="bfloat16 products" if device.type == "cuda" else "float32",
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        batch=recipe.schedule.batch,
        faces_a_trial=FACES_A_TRIAL,
        loaded_samples_per_s=loaded_per_s,
        step_s=step_s,
        epoch_s=step_s * batches,
        trials_an_epoch=TRIALS_AN_EPOCH,
        tflop_per_step=tflop,
        tflop_per_s=tflop / step_s,
        peak_tflop_per_s=peak,
        share_of_peak=tflop / step_s / peak,
        memory_mib=_memory_mib(device),
    )


def _loading(prepared: Prepared, recipe: Recipe, device: torch.device) -> float:
    """Samples a second, from the map to a normalised batch."""
    generator = torch.Generator().manual_seed(0)
    size = recipe.schedule.batch

    def load() -> None:
        rows = torch.randint(0, len(prepared), (size,), generator=generator)
        prepared.batch(rows, recipe.architecture.faces, generator)

    return size / _seconds(load, device, warm=5, times=_LOADED_BATCHES)


def _stepping(
    network: torch.nn.Module, prepared: Prepared, recipe: Recipe, device: torch.device, steps: int, progress: Progress
) -> float:
    """Seconds a step, loading and augmentation included."""
    generator = torch.Generator().manual_seed(0)
    optimiser = optimiser_of(network, recipe.schedule)
    done = 0

    def step() -> None:
        nonlocal done
        rows = torch.randperm(len(prepared), generator=generator)[: recipe.schedule.batch]
        train_step(network, optimiser, prepared, rows, recipe, generator)
        done += 1
        progress(done, steps + 2)

    return _seconds(step, device, warm=2, times=steps)


def _seconds(work: Callable[[], object], device: torch.device, warm: int, times: int) -> float:
    """Of one of `times`, on the average."""
    for _ in range(warm):
        work()
    _wait(device)
    begun = time.perf_counter()
    for _ in range(times):
        work()
    _wait(device)
    return (time.perf_counter() - begun) / times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _tflop_per_step(network: torch.nn.Module, prepared: Prepared, recipe: Recipe) -> float:
    """Twice the products of the way forth make the way back."""
    rows = torch.arange(min(recipe.schedule.batch, len(prepared)))
    batch, _ = prepared.batch(rows, recipe.architecture.faces)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter, mixed_precision(prepared.device):
        network(batch)
    return 3 * counter.get_total_flops() / 1e12


def _peak_tflop_per_s(device: torch.device) -> float:
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    size = 4 * _PRODUCT if device.type == "cuda" else _PRODUCT
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best_s = min(_seconds(lambda: torch.mm(left, right), device, warm=2, times=4) for _ in range(3))
    return 2 * float(size) ** 3 / best_s / 1e12


def _memory_mib(device: torch.device) -> float:
    """The most that was ever held, of the device or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    import resource  # not on every system

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

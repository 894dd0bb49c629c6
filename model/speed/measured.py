"""How quick training is on a machine: batches loaded, steps taken, and how much of what the machine can do that is."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict

from model.machine import this_machine
from model.network import build_network
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.speed.arithmetic import flop_of_step
from model.speed.made_up import made_up_trials
from model.training.fit import optimiser_of, train_step
from model.training.memory import memory_kept
from model.training.normalisation import fit_normalisation
from model.training.prepared import Prepared, prepare
from model.training.threads import threads, threads_of

#: Pictures of a trial in the published data set, and how many of its 1,303 trials are trained on in a fold.
FACES_A_TRIAL, TRIALS_AN_EPOCH = 300, 1042
#: The published schedule.
FOLDS, EPOCHS = 5, 200
_LOADED_BATCHES = 60
_PRODUCT = 2048


class TrainingSpeed(BaseModel):
    """One machine, one recipe. TFLOP are of the network's products, forth and back; `peak_tflop_per_s` is what a large
    product of matrices reaches here in the same precision.

    `loaded_samples_per_s`: faces as bytes, as they lie in the map, with the eye rows; `normalised_samples_per_s`: ready
    for the network. `projected_run_s` was not measured: all folds and epochs of the published schedule, one after the
    other, at the measured `step_s`, without scoring.
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
    pictures_on_device: bool
    loaded_samples_per_s: float
    normalised_samples_per_s: float
    step_s: float
    epoch_s: float
    trials_an_epoch: int
    projected_folds: int
    projected_epochs: int
    projected_run_s: float
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
        on_device = prepared.pictures.device.type == device.type
        count = threads_of(recipe, 1, 1, device)
        with threads(count), memory_kept():
            loaded_per_s, normalised_per_s = (
                _samples_per_s(get, prepared, recipe, device) for get in (prepared.loaded, prepared.batch)
            )
            step_s = _stepping(prepared, recipe, device, steps, progress)
            memory_mib = _memory_mib(device)
            # Only now: what counts takes memory and a step of its own.
            tflop = flop_of_step(recipe, prepared) / 1e12
            peak = _peak_tflop_per_s(device)
    batches = -(-TRIALS_AN_EPOCH // recipe.schedule.batch)
    return TrainingSpeed(
        recipe=recipe.name,
        device=str(device),
        device_name=torch.cuda.get_device_name(device) if device.type == "cuda" else this_machine().cpu,
        precision="bfloat16 products" if device.type == "cuda" else "float32",
        threads=count,
        torch=torch.__version__,
        batch=recipe.schedule.batch,
        faces_a_trial=FACES_A_TRIAL,
        pictures_on_device=on_device,
        loaded_samples_per_s=loaded_per_s,
        normalised_samples_per_s=normalised_per_s,
        step_s=step_s,
        epoch_s=step_s * batches,
        trials_an_epoch=TRIALS_AN_EPOCH,
        projected_folds=FOLDS,
        projected_epochs=EPOCHS,
        projected_run_s=step_s * batches * EPOCHS * FOLDS,
        tflop_per_step=tflop,
        tflop_per_s=tflop / step_s,
        peak_tflop_per_s=peak,
        share_of_peak=tflop / step_s / peak,
        memory_mib=memory_mib,
    )


def _samples_per_s(get: Callable[..., object], prepared: Prepared, recipe: Recipe, device: torch.device) -> float:
    """Of random batches, each by one call of `get`."""
    generator = torch.Generator().manual_seed(0)
    size = recipe.schedule.batch

    def load() -> None:
        rows = torch.randint(0, len(prepared), (size,), generator=generator)
        get(rows, recipe.architecture.faces, generator)

    return size / _seconds(load, device, warm=5, times=_LOADED_BATCHES)


def _stepping(prepared: Prepared, recipe: Recipe, device: torch.device, steps: int, progress: Progress) -> float:
    """Seconds a step, loading and augmentation included. A batch is whole also where there are fewer trials."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    network = build_network(recipe.architecture).to(device).train()
    optimiser = optimiser_of(network, recipe.schedule)
    done = 0

    def step() -> None:
        nonlocal done
        rows = torch.randint(0, len(prepared), (recipe.schedule.batch,), generator=generator)
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

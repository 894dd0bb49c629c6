"""One process's share of a run: whatever nobody else has taken, fit by fit, each kept on the disk."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch

from model.errors import SharingError
from model.features.store import FeatureStore
from model.training.device import device_of_process
from model.training.jobs import Outcome, epochs_of, run_job
from model.training.kept_fits import KeptFits
from model.training.planned import Planned, planned
from model.training.sharing import Sharing


def join(folder: Path, by: str, local_rank: int = 0) -> tuple[Sharing, Planned]:
    """What is shared out in `folder`, as this process sees it. `local_rank`: which of those on this machine it is.

    Raises SharingError, DeviceError, and what model.training.planned raises.
    """
    sharing = Sharing(folder)
    asked = sharing.asked()
    device = device_of_process(asked.device, local_rank)
    run = planned(asked, FeatureStore(asked.features, asked.face_extractor), device)
    sharing.hold_to(run, by, device)
    return sharing, run


def train_share(sharing: Sharing, run: Planned, by: str, tell: Callable[[int, int], None]) -> None:
    """Until every fit of the run is in hands. `tell` is called with a fit's number and the number of its epochs that
    are done, and may raise to end it all.

    Raises SharingError where the disk does not keep a fit, DeviceError where a GPU fails.
    """
    while (number := sharing.take(len(run.jobs), by)) is not None:
        job = run.jobs[number]
        if torch.device(job.device).type == "cuda":
            torch.cuda.set_device(job.device)
        tell(number, 0)
        missing = run.kept.find(job) is None
        if missing:
            _keep(run, number, run_job(run.trials, job, partial(_tell_epochs, tell, number)))
        sharing.tell_done(number, trained=missing)


def _tell_epochs(tell: Callable[[int, int], None], number: int, done: int) -> None:
    if done >= 0:  # that it has ended is told by a file, once it is kept
        tell(number, done)


def _keep(run: Planned, number: int, outcome: Outcome) -> None:
    job = run.jobs[number]
    run.kept.keep(job, outcome)
    if run.kept.find(job) is None:  # alone one could go on without a disk; together one cannot
        raise SharingError(run.kept.notes[-1])


def gathered(run: Planned, kept: KeptFits) -> Iterator[tuple[int, Outcome]]:
    """What the processes have kept, in the order of the jobs. Raises SharingError where a fit is not there."""
    for number, job in enumerate(run.jobs):
        outcome = kept.find(job)
        if outcome is None:
            raise SharingError(
                f"{kept.mine / kept.key(job)}: is not there, though a process finished it ({job.recipe.name}, fold "
                f"{job.split.fold}, seed {job.seed}). What is there is kept: the same command trains the rest."
            )
        yield number, outcome


def epochs_done(sharing: Sharing, run: Planned) -> tuple[int, int]:
    """Of finished fits, and of all."""
    epochs = [epochs_of(job) for job in run.jobs]
    return sum(epochs[number] for number in sharing.done()), sum(epochs)


def serve(folder: Path, by: str) -> None:
    """All that a job of a cluster does. What goes wrong is also told in the folder, to whoever waits for the job.

    Raises what `join` and `train_share` raise, and SharingError where nobody waits any more.
    """

    def still_wanted(*_: int) -> None:
        if not folder.is_dir():
            raise SharingError(f"{folder}: is gone, so whoever began this training waits for it no longer.")

    try:
        sharing, run = join(folder, by)
        train_share(sharing, run, by, still_wanted)
        sharing.tell_ended(by, "")
    except Exception as error:
        with contextlib.suppress(OSError):
            Sharing(folder).tell_ended(by, str(error))
        raise

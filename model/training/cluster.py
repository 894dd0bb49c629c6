"""Trains a run by the jobs of a cluster, each of which is a process that takes fits as long as there are any.

What is submitted is a command line, not a function of ours. submitit itself writes that command as a pickle for its
jobs and reads a pickle with their output: both lie in a folder that only its owner may enter, are written by this
program and its own jobs, and are deleted at the end. No pickle comes from anywhere else.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Literal

from model.errors import DeviceError, SharingError
from model.progress import Progress
from model.training.planned import Planned
from model.training.ranks import lost
from model.training.share import epochs_done, gathered
from model.training.sharing import Sharing
from model.training.trainer import Placed, Trained

_POLL_S = 1.0

#: 'local' runs the jobs as processes of this machine; it is there for tests and for trying.
Kind = Literal["slurm", "local"]


@dataclass(frozen=True)
class JobSize:
    """What each job is given. `partition`, `account` empty: the cluster's own choice. `gpus`: 0 or 1."""

    partition: str = ""
    account: str = ""
    gpus: int = 0
    cpus: int = 2
    memory_gib: float = 16.0
    hours: float = 12.0


class Cluster:
    """A trainer of so many jobs. `command` is completed by the folder of the run and the name of a job."""

    def __init__(self, jobs: int, size: JobSize, command: Sequence[str], kind: Kind = "slurm") -> None:
        self.at_once = jobs
        self._size, self._command, self._kind = size, list(command), kind

    def placed(self, device: str) -> Placed:
        """Raises SharingError where there is no cluster, and ModuleNotFoundError where submitit was not installed."""
        import_module("submitit")  # told before features are computed, which may take hours

        if self._kind == "slurm" and (missing := [name for name in ("sbatch", "srun") if shutil.which(name) is None]):
            raise SharingError(
                f"{' and '.join(missing)}: no such command here. --slurm is for a machine from which jobs of a Slurm "
                "cluster are submitted, usually its login node; elsewhere train without it."
            )
        if device.startswith("cuda:") or (device == "cuda" and not self._size.gpus):
            raise DeviceError(
                f"device {device!r}: what a job of the cluster gets is said by slurm_gpus, which is {self._size.gpus}. "
                "Set device to auto, and slurm_gpus to 1 for a GPU each."
            )
        name = "cuda" if device != "cpu" and self._size.gpus else "cpu"
        return Placed(name, name)

    def train(self, run: Planned, progress: Progress) -> Trained:
        """Raises SharingError where the cluster takes no jobs or one of them ends before its work is done."""
        device = self.placed(run.asked.device).device
        run = replace(run, asked=run.asked.model_copy(update={"device": device}))
        sharing = Sharing.begin(run)
        try:
            with self._jobs(sharing, min(self.at_once, len(run.jobs))) as jobs:
                while not _have_ended(jobs, sharing):
                    progress(*epochs_done(sharing, run))
                    time.sleep(_POLL_S)
            progress(*epochs_done(sharing, run))
            agreed, trained = sharing.agreed(), sharing.trained()
        finally:
            sharing.leave()
        kept = run.kept.of(agreed.arithmetic)
        recalled = len(run.jobs) - trained
        return Trained(gathered(run, kept), kept, agreed.arithmetic.device, agreed.machine, lambda: recalled)

    @contextmanager
    def _jobs(self, sharing: Sharing, count: int) -> Iterator[list[Any]]:
        """Submitted as one array; those that still work are cancelled where the block fails."""
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        try:
            jobs = self._submit(sharing, count)
        except (FailedJobError, FailedSubmissionError, OSError) as error:
            raise SharingError(
                f"The cluster did not take the jobs: {_last_line(str(error))}. Look at the settings slurm_… "
                "(docs/settings.md); nothing was trained."
            ) from error
        try:
            yield jobs
        except BaseException:
            for job in jobs:
                job.cancel(check=False)
            raise

    def _submit(self, sharing: Sharing, count: int) -> list[Any]:
        from submitit import AutoExecutor
        from submitit.helpers import CommandFunction

        size = self._size
        executor = AutoExecutor(folder=sharing.folder / "jobs", cluster=self._kind)
        executor.update_parameters(
            name="duchenne-train",
            timeout_min=max(1, round(60 * size.hours)),
            cpus_per_task=size.cpus,
            mem_gb=size.memory_gib,
            gpus_per_node=size.gpus or None,
            slurm_partition=size.partition or None,
            slurm_account=size.account or None,
        )
        with executor.batch():
            return [
                executor.submit(CommandFunction([*self._command, str(sharing.folder), str(number)]))
                for number in range(count)
            ]


def _have_ended(jobs: Sequence[Any], sharing: Sharing) -> bool:
    """Raises SharingError where one has without having done its work."""
    over = [job.done() for job in jobs]  # asked first: whoever is over has left its word before
    ended = sharing.ended()
    for number, job in enumerate(jobs):
        by = str(number)
        if why := ended.get(by):
            raise SharingError(f"Job {job.job_id} of the cluster could not go on: {why}")
        if over[number] and by not in ended:
            said = _last_line(job.stderr() or "")
            raise SharingError(
                lost(
                    f"Job {job.job_id} of the cluster ended in state {job.state} before its work was done"
                    f"{f' ({said})' if said else ''}; usual causes are its time (slurm_hours) and memory "
                    "(slurm_memory_gib)"
                )
            )
    return all(over)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""

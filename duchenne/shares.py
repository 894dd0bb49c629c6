"""Whether a training is one process's or shared: torchrun is known by the variables that it sets, a cluster is asked
for.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duchenne.console import tell_error
from duchenne.errors import FrontDoorError

if TYPE_CHECKING:
    from model.training.trainer import Trainer

#: Fits trained at once where nobody says how many.
WORKERS = 2
_ENDED = "the launcher ended this process, as it does when another one was killed"
_VARIABLES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


class LaunchError(FrontDoorError):
    """The launcher's variables make no sense, or something else was asked for at the same time."""


@dataclass(frozen=True)
class Launched:
    """This process among `size` that one launcher started."""

    rank: int
    local_rank: int
    size: int


def launched(environ: Mapping[str, str] = os.environ) -> Launched | None:
    """None where this process is alone. Raises LaunchError."""
    if environ.get("WORLD_SIZE", "1") == "1":
        return None
    if missing := [name for name in _VARIABLES if name not in environ]:
        raise LaunchError(
            f"WORLD_SIZE is {environ['WORLD_SIZE']}, but {', '.join(missing)} is not set. Start several processes with "
            "torchrun (docs/operating.md), or unset WORLD_SIZE."
        )
    try:
        rank, local_rank, size = (int(environ[name]) for name in _VARIABLES[:3])
    except ValueError as error:
        raise LaunchError(f"RANK, LOCAL_RANK, WORLD_SIZE: expected numbers: {error}. torchrun sets them.") from error
    return Launched(rank, local_rank, size)


@contextmanager
def trainer_of(workers: int | None = None, slurm: int | None = None) -> Iterator[Trainer | None]:
    """Who trains. None where another process leads: then this one has trained its share when the block begins, and
    there is nothing to do in it.

    `workers`: fits that this process trains at once, None for the usual. `slurm`: so many jobs of a cluster.
    """
    place = launched()
    if place is None:
        yield _on_cluster(slurm) if slurm else _here(workers)
        return
    if slurm or workers:
        asked = "--slurm" if slurm else "--workers"
        raise LaunchError(
            f"{asked} has no meaning under torchrun, whose processes train one network at a time each. Leave one out."
        )
    with _ended_by_launcher(), _one_of_many(place) as trainer:
        yield trainer


def _here(workers: int | None) -> Trainer:
    from model.training.trainer import Here

    return Here(workers or WORKERS)


def _on_cluster(jobs: int) -> Trainer:
    from duchenne.settings import load_settings
    from model.training.cluster import Cluster, JobSize

    values = load_settings().values
    size = JobSize(
        partition=values.slurm_partition,
        account=values.slurm_account,
        gpus=values.slurm_gpus,
        cpus=values.slurm_cpus,
        memory_gib=values.slurm_memory_gib,
        hours=values.slurm_hours,
    )
    return Cluster(jobs, size, (sys.executable, "-m", "duchenne", "train-share"))


@contextmanager
def _one_of_many(place: Launched) -> Iterator[Trainer | None]:
    """One error of one process ends all, and is told once."""
    # Of a store that is gone torch would print pages; it is told in a line. Read when torch is imported.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from model.errors import ProcessLostError
    from model.training.ranks import Ranks, lost, meet
    from model.training.torchrun import Together, lend_a_hand

    with Ranks(meet(), place.rank, place.size, socket.gethostname()) as ranks:
        try:
            if place.rank:
                lend_a_hand(ranks, place.local_rank)
                yield None
            else:
                together = Together(ranks, place.local_rank)
                yield together
                together.close()
        except (ProcessLostError, _EndedByLauncherError) as error:
            if ranks.speaks():
                tell_error(str(error) if isinstance(error, ProcessLostError) else lost(_ENDED))
            sys.exit(1)
        except KeyboardInterrupt:
            if place.rank == 0:
                raise
            sys.exit(1)
        except Exception as error:
            if ranks.end(str(error)):
                raise
            sys.exit(1)


class _EndedByLauncherError(BaseException):
    """SIGTERM: torchrun ends all when one process has ended."""


@contextmanager
def _ended_by_launcher() -> Iterator[None]:
    """Lets what is half-written be removed, and lets somebody say what happened."""

    def end(*_: object) -> None:
        raise _EndedByLauncherError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

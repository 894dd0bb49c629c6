"""Who trains the fits of a run: this process with its workers, several under torchrun, or a cluster's jobs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from model.machine import Machine, this_machine
from model.progress import Progress
from model.training.device import device_named, name_of
from model.training.jobs import Outcome
from model.training.kept_fits import KeptFits
from model.training.planned import Planned
from model.training.remaining import Remaining


@dataclass(frozen=True)
class Trained:
    """Number and outcome of each fit, to be taken once, and where they are kept until the report is written.

    `device` as reports tell it, and `machine`, are those that trained. `recalled`, after the last outcome: how many
    fits had been finished by a run that was interrupted.
    """

    outcomes: Iterator[tuple[int, Outcome]]
    kept: KeptFits
    device: str
    machine: Machine
    recalled: Callable[[], int]


@dataclass(frozen=True)
class Placed:
    """Where fits are trained: as torch names it, and as a report does."""

    device: str
    told: str


class Trainer(Protocol):
    """`at_once`: how many fits are trained at the same time."""

    at_once: int

    def placed(self, device: str) -> Placed:
        """`device` as in the settings. Raises DeviceError, before anything is computed."""
        ...

    def train(self, run: Planned, progress: Progress) -> Trained:
        """All fits of the run; `progress` counts epochs. Raises ModelError."""
        ...


class Here:
    """This machine alone, with so many workers."""

    def __init__(self, workers: int) -> None:
        self.at_once = workers

    def placed(self, device: str) -> Placed:
        place = device_named(device)
        return Placed(str(place), name_of(place))

    def train(self, run: Planned, progress: Progress) -> Trained:
        remaining = Remaining(run.jobs, run.kept)
        outcomes = remaining.outcomes(run.asked.snapshot, run.store, self.at_once, progress, run.change)
        told = self.placed(run.asked.device).told
        return Trained(outcomes, run.kept, told, this_machine(), lambda: remaining.recalled)

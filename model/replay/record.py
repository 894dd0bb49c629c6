"""What is written down of a replay: what went in, by what it is named, and how each network came about."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from model.machine import Machine
from model.recipe import Recipe
from model.replay.networks import Role
from model.strict import Sha256, SnapshotId, Strict
from model.training.fit_record import hashed, software

#: Raise this when the report tells other figures: replays made before keep their names and stay as they are.
REPORT_VERSION = 2


@dataclass(frozen=True)
class Plan:
    """All that decides what a replay finds. `folds` None: all of the snapshot's. `points`: at most so many numbers of
    labels. `strictly`: labels come by priority itself, not by its tenths. `device`: cpu, or which GPU.
    """

    snapshot: str
    snapshot_sha256: str
    recipe: Recipe
    seeds: tuple[int, ...]
    folds: int | None
    points: int
    strictly: bool
    extractors: tuple[str, ...]
    device: str

    @property
    def id(self) -> str:
        """'replay-' and 16 hex digits over the plan and the version of what carries it out."""
        return f"replay-{hashed({**asdict(self), **software(), 'report': REPORT_VERSION})[:16]}"


class FitTold(Strict):
    """One network. `labels` of ER and FER were uncovered, `labels_sha256` says which; `train`, `validation` and `asked`
    are numbers of participants. `seconds` of its training, beside the others that shared the machine.
    """

    role: Role
    seed: int
    fold: int
    point: int
    labels: tuple[int, int]
    labels_sha256: Sha256
    train: int
    validation: int
    asked: int
    weights_sha256: Sha256
    #: The one kept, be it the best or the last.
    best_epoch: int
    epochs: int
    seconds: float


class ChoiceTold(Strict):
    """What the queue's order saw before it uncovered the labels of `point`: how many were `hidden`, their uncertainty
    from `low` to `high`, and in how many `bands` of the queue they lay. `shared`: of the labels uncovered since the
    start, the share that the first draw of random order has uncovered by this point too.
    """

    seed: int
    fold: int
    point: int
    instrument: str
    hidden: int
    low: float
    high: float
    bands: int
    shared: float


class ReplayRecord(Strict):
    """Of report.json, what is no score. `points`: labels of ER and FER that are uncovered at each. `people`: how many
    train and validate together, and are held out, fold by fold. `workers` networks were trained at once; `recalled` of
    them had been finished by a replay that was interrupted.
    """

    format: Literal["duchenne-replay"] = "duchenne-replay"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^replay-[0-9a-f]{16}$")]
    snapshot: SnapshotId
    snapshot_sha256: Sha256
    simulated: bool
    recipe: Recipe
    seeds: tuple[int, ...]
    folds: tuple[int, ...]
    all_folds: bool
    asked_points: int
    strictly: bool
    points: tuple[tuple[int, int], ...]
    people: tuple[tuple[int, int], ...]
    fits: tuple[FitTold, ...]
    choices: tuple[ChoiceTold, ...]
    extractors: tuple[str, ...]
    warnings: tuple[str, ...]
    software: dict[str, str]
    machine: Machine
    device: str
    workers: int
    recalled: int
    created_utc: str

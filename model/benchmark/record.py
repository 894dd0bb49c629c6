"""What is written down of a benchmark: what went in, by what it is named, and how each network came about."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from model.machine import Machine
from model.recipe import Recipe
from model.strict import Sha256, SnapshotId, Strict
from model.training.fit_record import hashed, software

#: Raise this when the report tells other figures: benchmarks made before keep their names and stay as they are.
REPORT_VERSION = 1


@dataclass(frozen=True)
class Plan:
    """All that decides what a benchmark finds. `folds` None: all of the snapshot's. `shuffled`: the seed by which
    labels are shuffled, None where they are as they were rated. `device`: cpu, or which GPU.
    """

    snapshot: str
    snapshot_sha256: str
    recipes: tuple[Recipe, ...]
    seeds: tuple[int, ...]
    folds: int | None
    shuffled: int | None
    extractors: tuple[str, ...]
    device: str

    @property
    def id(self) -> str:
        """'benchmark-' and 16 hex digits over the plan and the version of what carries it out."""
        return f"benchmark-{hashed({**asdict(self), **software(), 'report': REPORT_VERSION})[:16]}"


class FitTold(Strict):
    """One network. `seconds` of its training, beside the others that shared the machine."""

    seed: int
    fold: int
    weights_sha256: Sha256
    #: The one kept, be it the best or the last.
    best_epoch: int
    epochs: int
    seconds: float


class RecipeTold(Strict):
    """`models`: by seed, the id that `duchenne train` gives a model of these very weights; empty where labels were
    shuffled.
    """

    recipe: Recipe
    parameters: int
    fits: tuple[FitTold, ...]
    models: dict[int, str]


class BenchmarkRecord(Strict):
    """Of report.json, what is no score. `folds`: the numbers of those that were tested. `workers` networks were trained
    at once; `recalled` of them had been finished by a benchmark that was interrupted.
    """

    format: Literal["duchenne-benchmark"] = "duchenne-benchmark"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^benchmark-[0-9a-f]{16}$")]
    snapshot: SnapshotId
    snapshot_sha256: Sha256
    simulated: bool
    shuffled: int | None
    folds: tuple[int, ...]
    all_folds: bool
    seeds: tuple[int, ...]
    recipes: tuple[RecipeTold, ...]
    extractors: tuple[str, ...]
    warnings: tuple[str, ...]
    software: dict[str, str]
    machine: Machine
    device: str
    workers: int
    recalled: int
    created_utc: str

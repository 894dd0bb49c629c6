"""What is written down of a run: who learned from what, how, and how it went."""

from typing import Annotated, Literal

from pydantic import Field

from model.predicted import Temperatures
from model.recipe import Recipe
from model.strict import ModelId, Sha256, SnapshotId, Strict
from model.training.normalisation import Normalisation

RECORD_FILE = "run.json"
REPORT_FILE = "report.html"
SCORES_FILE = "report.json"


class FoldRecord(Strict):
    """One network: who it learned from, who chose its epoch and temperatures, who tested it; its losses epoch by epoch.

    Records from before there were temperatures have none, and their networks speak as they did.
    """

    fold: int
    weights: Annotated[str, Field(pattern=r"^fold-\d+\.safetensors$")]
    sha256: Sha256
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    #: The one kept, be it the best or the last.
    best_epoch: int
    train_loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    normalisation: Normalisation
    temperatures: Temperatures = Temperatures()


class RunRecord(Strict):
    """run.json. `simulated` is true if any trial trained on was simulated."""

    format: Literal["duchenne-model"] = "duchenne-model"
    version: Literal[1] = 1
    id: ModelId
    recipe: Recipe
    snapshot: SnapshotId
    snapshot_sha256: Sha256
    seed: int
    simulated: bool
    eye_columns: tuple[str, ...]
    extractors: tuple[str, ...]
    folds: tuple[FoldRecord, ...]
    warnings: tuple[str, ...]
    software: dict[str, str]
    created_utc: str

"""What is written down of a run: who learned from what, how, and how it went."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from model.predicted import Temperatures
from model.recipe import Recipe
from model.training.normalisation import Normalisation

RECORD_FILE = "run.json"
REPORT_FILE = "report.html"
SCORES_FILE = "report.json"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FoldRecord(_Strict):
    """One network: who it learned from, who chose its epoch and temperatures, who tested it; its losses epoch by epoch.

    Records from before there were temperatures have none, and their networks speak as they did.
    """

    fold: int
    weights: Annotated[str, Field(pattern=r"^fold-\d+\.safetensors$")]
    sha256: Sha256
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    best_epoch: int
    train_loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    normalisation: Normalisation
    temperatures: Temperatures = Temperatures()


class RunRecord(_Strict):
    """run.json. `simulated` is true if any trial trained on was simulated."""

    format: Literal["duchenne-model"] = "duchenne-model"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^m[0-9a-f]{16}$")]
    recipe: Recipe
    snapshot: Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]
    snapshot_sha256: Sha256
    seed: int
    simulated: bool
    eye_columns: tuple[str, ...]
    extractors: tuple[str, ...]
    folds: tuple[FoldRecord, ...]
    warnings: tuple[str, ...]
    software: dict[str, str]
    created_utc: str

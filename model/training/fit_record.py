"""What a kept fit says of itself beside its arrays: fit.json, read strictly and believed by digest alone."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np
import torch
from pydantic import ConfigDict

from model.predicted import Temperatures
from model.strict import Sha256, Strict
from model.training.device import name_of
from model.training.fit import Epoch
from model.training.jobs import Job
from model.training.normalisation import Normalisation

#: Raise this by hand whenever a change of the code that trains (features into batches, draws, network, losses,
#: schedule, temperatures) changes what comes out: fits kept before are then trained again, not mixed with new ones.
TRAINING_VERSION = 2

RECORD_FILE, WEIGHTS_FILE, SAID_FILE = "fit.json", "weights.safetensors", "said.safetensors"


@dataclass(frozen=True)
class Circumstances:
    """What all fits of a run share: the snapshot as it is now, how its media were read, how its labels were taken."""

    snapshot_sha256: str
    extractors: tuple[str, ...]
    labels: str = "as rated"


@dataclass(frozen=True)
class Arithmetic:
    """What of a machine decides how it rounds: `device` as reports tell it, torch, the instructions of its CPU."""

    device: str
    torch: str
    instructions: str


def arithmetic_of(device: torch.device) -> Arithmetic:
    """Of this process, on one of its devices."""
    return Arithmetic(name_of(device), version("torch"), torch.backends.cpu.get_cpu_capability())


class FitRecord(Strict):
    """fit.json. `sha256` is of everything else in it, as it stands there without that field."""

    model_config = ConfigDict(ser_json_inf_nan="strings")

    format: Literal["duchenne-fit"] = "duchenne-fit"
    version: Literal[1] = 1
    key: Sha256
    weights_sha256: Sha256
    said_sha256: Sha256
    normalisation: Normalisation
    #: The one kept, be it the best or the last.
    best_epoch: int
    history: tuple[Epoch, ...]
    temperatures: Temperatures
    seconds: float
    sha256: str = ""

    def sealed(self) -> "FitRecord":
        return self.model_copy(update={"sha256": self.digest()})

    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json(exclude={"sha256"}).encode()).hexdigest()


def key_of(circumstances: Circumstances, job: Job, trial: np.ndarray, arithmetic: Arithmetic) -> str:
    """SHA-256 over all that decides what a fit gives. `trial` (N,): ids by row number, as the split counts them."""
    split = job.split
    made_of = {
        **asdict(circumstances),
        "recipe": asdict(job.recipe),
        "seed": job.seed,
        "threads": job.threads,
        "fold": split.fold,
        **{side: trial[getattr(split, side)].tolist() for side in ("train", "validation", "test")},
        "training": TRAINING_VERSION,
        **asdict(arithmetic),
    }
    return hashed(made_of)


def software() -> dict[str, str | int]:
    """What of this program and machine decides a fit: processors that know other instructions round otherwise."""
    return {
        "training": TRAINING_VERSION,
        "torch": version("torch"),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def hashed(made_of: dict[str, object] | Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(made_of, sort_keys=True, allow_nan=False).encode()).hexdigest()

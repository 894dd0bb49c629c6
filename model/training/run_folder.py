"""A model on disk: weights in safetensors, everything else in run.json. Written whole or not at all, read strictly.

<runs>/<model id>/run.json          RunRecord
<runs>/<model id>/fold-0.safetensors …
<runs>/<model id>/report.html, report.json
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import save
from safetensors.torch import load_file
from torch import nn

from annotate.arriving import arriving_folder, sweep
from model.disk import sync
from model.errors import ModelFolderError, RunNotKeptError
from model.features.dataset import TrialSet
from model.features.gaze import EYE_COLUMNS
from model.network import build_network
from model.recipe import Recipe
from model.training.jobs import Outcome
from model.training.run_record import RECORD_FILE, FoldRecord, RunRecord
from model.training.split import Split

#: How the names of folders begin in which runs and reports grow.
UNFINISHED = ".training-"


@dataclass(frozen=True)
class LoadedModel:
    """A record and its networks, in the order of `record.folds`, in evaluation mode."""

    record: RunRecord
    networks: tuple[nn.Module, ...]


def fold_record(weights: Path, split: Split, trials: TrialSet, outcome: Outcome) -> FoldRecord:
    """Save a fold's weights to `weights` and describe them."""
    # What is not contiguous would be stored in the order of memory and read in the order of its shape. (`copy` keeps a
    # scalar a scalar, which ascontiguousarray does not.)
    data = save({name: array.copy(order="C") for name, array in outcome.weights.items()})
    weights.write_bytes(data)
    train, validation, test = (
        tuple(sorted(set(trials.participant[rows].tolist()))) for rows in (split.train, split.validation, split.test)
    )
    return FoldRecord(
        fold=split.fold,
        weights=weights.name,
        sha256=hashlib.sha256(data).hexdigest(),
        train=train,
        validation=validation,
        test=test,
        best_epoch=outcome.kept_epoch,
        train_loss=tuple(epoch.train for epoch in outcome.history),
        validation_loss=tuple(epoch.validation for epoch in outcome.history),
        normalisation=outcome.normalisation,
        temperatures=outcome.temperatures,
    )


def model_id(folds: Sequence[FoldRecord], recipe: Recipe, snapshot_sha256: str) -> str:
    """'m' and 16 hex digits over weights, recipe and snapshot: the same run gives the same name."""
    return id_of_weights([fold.sha256 for fold in folds], recipe, snapshot_sha256)


def id_of_weights(digests: Sequence[str], recipe: Recipe, snapshot_sha256: str) -> str:
    """The same, of the digests of the weights' files alone, fold by fold."""
    made_of = [list(digests), asdict(recipe), snapshot_sha256]
    return "m" + hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def publish(partial: Path, record: RunRecord, runs_root: Path) -> Path:
    """Give the finished folder `partial` its record and its name. A model that is there already stays as it is."""
    (partial / RECORD_FILE).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return publish_as(record.id, partial, runs_root)


def publish_as(name: str, partial: Path, runs_root: Path) -> Path:
    """Bring a finished folder to the disk and give it its name; one of that name that is there already stays."""
    for path in (*partial.iterdir(), partial):
        sync(path)
    partial.chmod(0o755)
    folder = runs_root / name
    if not folder.exists():
        partial.rename(folder)
    return folder


@contextmanager
def growing(runs_root: Path) -> Iterator[Path]:
    """A folder in which a run grows before it has a name; it is gone when the block ends, unless it was published.

    Raises RunNotKeptError where the disk does not take the run.
    """
    try:
        with arriving_folder(runs_root, UNFINISHED) as partial:
            yield partial
    except OSError as error:
        raise RunNotKeptError(
            f"{runs_root}: what was trained could not be written ({error.strerror or error}), and nothing of it is "
            "left there. Make room, or set `models` to a folder that may be written to, then start again: networks "
            "that were finished are kept as long as there is room for them."
        ) from error


def sweep_unfinished(runs_root: Path) -> int:
    """Delete what runs that were killed have left; how many folders. What a process is still writing stays."""
    return sweep(runs_root.glob(f"{UNFINISHED}*"))


def read_record(folder: Path) -> RunRecord:
    """Raises ModelFolderError, naming file and field."""
    path = folder / RECORD_FILE
    try:
        record = RunRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelFolderError(f"{path}: cannot be read ({error.strerror}). Is this the folder of a model?") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise ModelFolderError(f"{path}, field {field}: {first['msg']}. Train again.") from error
    if record.eye_columns != EYE_COLUMNS:
        raise ModelFolderError(
            f"{path}, field eye_columns: this model was trained on other eye features than this program computes. "
            f"Train "
            "again."
        )
    return record


def find_model(runs_root: Path, model: str) -> Path:
    """The folder of a model by its id or an unambiguous beginning of it. Raises ModelFolderError."""
    there = sorted(folder.name for folder in runs_root.glob("m*") if folder.is_dir()) if runs_root.is_dir() else []
    found = [name for name in there if model and name.startswith(model)]
    if len(found) != 1:
        told = f"{len(found)} models begin with it" if found else "there is none"
        raise ModelFolderError(
            f"model {model!r} in {runs_root}: {told}. There are: {', '.join(there) or 'none at all'}."
        )
    return runs_root / found[0]


def load_model(folder: Path) -> LoadedModel:
    """The networks of a model. Weights come from safetensors alone and are believed by digest.

    Raises ModelFolderError.
    """
    record = read_record(folder)
    networks = tuple(_load_network(folder / fold.weights, fold, record.recipe) for fold in record.folds)
    return LoadedModel(record, networks)


def _load_network(path: Path, fold: FoldRecord, recipe: Recipe) -> nn.Module:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelFolderError(f"{path}: cannot be read ({error.strerror}). Train again.") from error
    if found != fold.sha256:
        raise ModelFolderError(
            f"{path}: has the digest {found[:12]}…, {RECORD_FILE} says {fold.sha256[:12]}…. These are not the weights "
            f"that "
            "this model was trained to; restore the folder from a backup, or train again."
        )
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ModelFolderError(
            f"{path}: is no safetensors file ({error}). Pickled weights are never loaded, since opening them runs "
            "whatever program they hold; train again."
        ) from error
    network = build_network(recipe.architecture)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelFolderError(
            f"{path}: holds weights of another network than recipe {recipe.name!r} describes "
            f"({str(error).splitlines()[1].strip()}). Train again."
        ) from error
    return network.eval()

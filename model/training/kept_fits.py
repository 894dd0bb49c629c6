"""Fits that are finished stay on disk until the run that they belong to has its report: a night that was killed goes
on with what it had.

<root>/<content digest of the snapshot>/<owner>/<key>/fit.json, weights.safetensors, said.safetensors

Weights know faces: nobody but the owner of the folder reads them, and they go with a withdrawal (`prune_fits`).
"""

import contextlib
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from annotate.arriving import arriving_folder, sweep
from annotate.scales import Instrument
from annotate.snapshot.store import list_snapshots, read_redaction
from model.disk import sync
from model.predicted import InstrumentPredictions, Predictions
from model.training.fit_record import (
    RECORD_FILE,
    SAID_FILE,
    WEIGHTS_FILE,
    Arithmetic,
    Circumstances,
    FitRecord,
    arithmetic_of,
    key_of,
)
from model.training.jobs import Job, Outcome

FOLDER = "fits"
#: A fit that nobody came back for in so many days is let go of.
KEPT_DAYS = 14
_UNFINISHED = ".keeping-"
#: Beside the kept fits of a run lies, while several processes train it, what they agree on (model.training.sharing).
SHARING = ".sharing-"
_DAY_S = 86_400.0
_FIELDS = ("seven", "three", "valence_arousal", "intensity")


class DamagedFitError(Exception):
    """A kept fit is not as it was written; it is trained again, so nobody but this folder sees this."""


class KeptFits:
    """The kept fits of one run, `owner`, on one snapshot. What other runs have kept is taken too, but left to them.

    `trial` (N,): trial ids by row number. `arithmetic`: of the machine that trains, where that is not this one.
    `notes` grows a sentence for each kept fit that could not be used.
    """

    def __init__(
        self,
        features_root: Path,
        owner: str,
        circumstances: Circumstances,
        trial: np.ndarray,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        self._place = features_root / FOLDER / circumstances.snapshot_sha256
        self.mine = self._place / owner
        self._circumstances, self._trial, self._arithmetic = circumstances, trial, arithmetic
        self.notes: list[str] = []

    def of(self, arithmetic: Arithmetic) -> "KeptFits":
        """The same run's, as another machine trained them."""
        return KeptFits(self._place.parents[1], self.mine.name, self._circumstances, self._trial, arithmetic)

    def key(self, job: Job) -> str:
        """Under which this very fit is kept, or will be."""
        arithmetic = self._arithmetic or arithmetic_of(torch.device(job.device))
        return key_of(self._circumstances, job, self._trial, arithmetic)

    def find(self, job: Job) -> Outcome | None:
        """The outcome that was kept of this very job; None where there is none, or only a damaged one."""
        key = self.key(job)
        # Our own first: others may let go of theirs at any moment.
        for folder in sorted(self._place.glob(f"*/{key}"), key=lambda found: found.parent != self.mine):
            try:
                return _read(folder, key)
            except FileNotFoundError:
                continue
            except (DamagedFitError, OSError) as error:
                self.notes.append(f"{folder}: is not as it was kept ({error}), so this network is trained again.")
        return None

    def keep(self, job: Job, outcome: Outcome) -> None:
        """On disk, whole or not at all, before this returns. A disk that does not take it stops no training."""
        folder = self.mine / self.key(job)
        try:
            with arriving_folder(self.mine, _UNFINISHED) as arriving:
                _write(arriving, folder.name, outcome)
                shutil.rmtree(folder, ignore_errors=True)
                arriving.rename(folder)
                sync(self.mine)
        except OSError as error:
            self.notes.append(
                f"{folder}: could not be kept ({error.strerror}); interrupted, it would be trained again."
            )

    def let_go(self, jobs: Iterable[Job]) -> None:
        """Delete what this run kept of these jobs: its report is written."""
        for job in jobs:
            shutil.rmtree(self.mine / self.key(job), ignore_errors=True)
        for folder in (self.mine, self._place, self._place.parent):
            with contextlib.suppress(OSError):  # somebody else has fits in it
                folder.rmdir()


def prune_fits(features_root: Path, snapshots_root: Path, now_s: float) -> int:
    """Delete kept fits of snapshots that are gone or were redacted since, and of runs that nobody came back for; how
    many. What a killed process was just keeping goes too. `now_s`: seconds since 1970.
    """
    place = features_root / FOLDER
    if not place.is_dir():
        return 0
    as_they_are = set()
    for header in list_snapshots(snapshots_root):
        redaction = read_redaction(snapshots_root / header.id)
        as_they_are.add(redaction.last.content_sha256 if redaction else header.content_sha256)
    gone = 0
    sweep(place.glob(f"*/*/{_UNFINISHED}*"))
    for folder in sorted([*place.glob("*/*/[!.]*"), *place.glob(f"*/*/{SHARING}*")]):
        stale = folder.parent.parent.name not in as_they_are
        if stale or now_s - _changed_s(folder, now_s) > KEPT_DAYS * _DAY_S:
            with contextlib.suppress(FileNotFoundError):  # its owner was just done with it
                shutil.rmtree(folder)
            gone += not folder.name.startswith(SHARING)
    for folder in (*place.glob("*/*"), *place.glob("*")):
        with contextlib.suppress(OSError):  # what is not empty stays
            folder.rmdir()
    return gone


def _changed_s(folder: Path, now_s: float) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return now_s


def weights_digest(weights: dict[str, np.ndarray]) -> str:
    """SHA-256 of the weights as a file: the same in a kept fit, in a model's folder and in a report."""
    return hashlib.sha256(_as_file(weights)).hexdigest()


def _write(folder: Path, key: str, outcome: Outcome) -> None:
    weights, said = _as_file(outcome.weights), _as_file(_arrays(outcome.said))
    record = FitRecord(
        key=key,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        said_sha256=hashlib.sha256(said).hexdigest(),
        normalisation=outcome.normalisation,
        best_epoch=outcome.kept_epoch,
        history=outcome.history,
        temperatures=outcome.temperatures,
        seconds=outcome.seconds,
    ).sealed()
    for name, data in ((WEIGHTS_FILE, weights), (SAID_FILE, said), (RECORD_FILE, record.model_dump_json().encode())):
        (folder / name).write_bytes(data)
        sync(folder / name)
    sync(folder)


def _read(folder: Path, key: str) -> Outcome:
    """Raises FileNotFoundError where there is nothing, and DamagedFitError."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    try:
        record = FitRecord.model_validate_json((folder / RECORD_FILE).read_bytes())
        weights, said = ((folder / name).read_bytes() for name in (WEIGHTS_FILE, SAID_FILE))
    except FileNotFoundError as error:
        raise DamagedFitError(f"{Path(error.filename).name} is missing") from error
    except ValidationError as error:
        raise DamagedFitError(f"{RECORD_FILE} cannot be read: {error.errors()[0]['msg']}") from error
    for name, found, told in (
        (RECORD_FILE, record.digest(), record.sha256),
        (RECORD_FILE, record.key, key),
        (WEIGHTS_FILE, hashlib.sha256(weights).hexdigest(), record.weights_sha256),
        (SAID_FILE, hashlib.sha256(said).hexdigest(), record.said_sha256),
    ):
        if found != told:
            raise DamagedFitError(f"{name} has another digest")
    try:
        return Outcome(
            load_arrays(weights), record.normalisation, record.best_epoch, record.history, record.temperatures,
            _predictions(load_arrays(said)), record.seconds,
        )  # fmt: skip
    except (SafetensorError, KeyError) as error:
        raise DamagedFitError(f"its arrays cannot be read: {error}") from error


def _as_file(arrays: dict[str, np.ndarray]) -> bytes:
    # What is not contiguous would be stored in the order of memory and read in the order of its shape.
    return bytes(save_arrays({name: array.copy(order="C") for name, array in arrays.items()}))


def _arrays(said: Predictions) -> dict[str, np.ndarray]:
    return {f"{instrument}.{name}": getattr(said[instrument], name) for instrument in Instrument for name in _FIELDS}


def _predictions(arrays: dict[str, np.ndarray]) -> Predictions:
    return {
        instrument: InstrumentPredictions(**{name: arrays[f"{instrument}.{name}"] for name in _FIELDS})
        for instrument in Instrument
    }

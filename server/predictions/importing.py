"""Importing a prediction file: once, whole, and apart from people's votes; from then on it is in service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from annotate.media_store import file_sha256
from annotate.prediction.file import read_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from server.db.audit import note
from server.db.engine import Database
from server.db.predictions import ModelPrediction, PredictionRun, run_in_service
from server.db.snapshots import Snapshot
from server.db.trials import Trial
from server.predictions.errors import (
    PredictionsDifferError,
    PredictionTwiceError,
    UnknownSnapshotError,
    UnknownTrialError,
)
from server.predictions.serving import put_in_service


@dataclass(frozen=True)
class ImportResult:
    """What became of one file. `tasks_reordered` counts open tasks whose priority or reason changed.

    'back in service': it had been imported, another had the last word since, and now it has it again.
    """

    model: str
    snapshot: str
    status: Literal["imported", "back in service", "already imported"]
    simulated: bool
    rows: int
    tasks_reordered: int


def import_predictions(
    database: Database, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> ImportResult:
    """Import the file at `path` and put the queue in a new order. The file that has the last word changes nothing.

    Raises the errors of server.predictions.errors and annotate's PredictionsUnreadableError, naming line and field;
    then nothing was imported.
    """
    header, predictions = read_predictions(path)
    digest = file_sha256(path)
    with database.transaction() as session:
        known = session.scalar(
            select(PredictionRun).where(
                PredictionRun.model == header.model, PredictionRun.snapshot_id == header.snapshot
            )
        )
        if known is not None:
            _refuse_other(path, known, digest)
            return _back_in_service(session, known, now())
        _refuse_unknown(session, path, header, predictions)
        run = _add_run(session, header, predictions, digest, now())
        changed = _put_in_service(session, run, "predictions.imported", run.imported_utc)
    return ImportResult(header.model, header.snapshot, "imported", header.simulated, len(predictions), changed)


def _back_in_service(session: Session, run: PredictionRun, now: datetime) -> ImportResult:
    rows = session.scalar(select(func.count()).where(ModelPrediction.run_id == run.id)) or 0
    latest = run_in_service(session)
    if latest and latest[0].id == run.id:
        return ImportResult(run.model, run.snapshot_id, "already imported", run.simulated, rows, 0)
    changed = _put_in_service(session, run, "predictions.back_in_service", now)
    return ImportResult(run.model, run.snapshot_id, "back in service", run.simulated, rows, changed)


def _put_in_service(session: Session, run: PredictionRun, action: str, now: datetime) -> int:
    changed = put_in_service(session, [run.id], now)
    note(session, action, run.model, now, actor_id=None, snapshot=run.snapshot_id, tasks_reordered=changed)
    return changed


def _refuse_other(path: Path, known: PredictionRun, digest: str) -> None:
    if known.file_sha256 != digest:
        raise PredictionsDifferError(
            f"{path}, line 1, field model: what {known.model} says of {known.snapshot_id} was imported on "
            f"{known.imported_utc:%Y-%m-%d %H:%M} UTC from a file with other content. A model's predictions are never "
            "replaced; train a new model, or keep what is there"
        )


def _refuse_unknown(session: Session, path: Path, header: PredictionHeader, predictions: Sequence[Prediction]) -> None:
    if session.get(Snapshot, header.snapshot) is None:
        raise UnknownSnapshotError(
            f"{path}, line 1, field snapshot: {header.snapshot} was not made of this database; import the file where "
            "the snapshot was made, or predict on one that `duchenne snapshot list` shows"
        )
    trials = set(session.scalars(select(Trial.id)))
    said: dict[tuple[str, str], int] = {}
    for line, one in enumerate(predictions, 2):
        if one.trial not in trials:
            raise UnknownTrialError(
                f"{path}, line {line}, field trial: this database has no trial {one.trial}; import the file where "
                "the snapshot was made"
            )
        before = said.setdefault((one.trial, one.instrument.value), line)
        if before != line:
            raise PredictionTwiceError(
                f"{path}, line {line}, field trial: line {before} has already said what {one.instrument.value} of "
                f"{one.trial} is; expected one line for each. Predict anew"
            )


def _add_run(
    session: Session, header: PredictionHeader, predictions: Sequence[Prediction], digest: str, now: datetime
) -> PredictionRun:
    run = PredictionRun(
        model=header.model,
        snapshot_id=header.snapshot,
        trained_on=header.trained_on,
        recipe=header.recipe,
        simulated=header.simulated,
        created_utc=header.created_utc,
        imported_utc=now,
        file_sha256=digest,
    )
    session.add(run)
    session.flush()
    rows = [
        {
            "run_id": run.id,
            "trial_id": one.trial,
            "instrument": one.instrument.value,
            "seven": list(one.seven),
            "three": list(one.three),
            "valence": one.valence,
            "arousal": one.arousal,
            "intensity": one.intensity,
            "uncertainty": one.uncertainty,
            "held_out": one.held_out,
        }
        for one in predictions
    ]
    if rows:
        session.execute(insert(ModelPrediction), rows)
    return run

"""A house with two people of whom everything exists that there can be: rows in every table, media, a snapshot."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from annotate.media_store import MediaStore
from annotate.prediction.file import write_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from annotate.scales import Instrument
from annotate.snapshot.format import SnapshotFilters
from server.db.engine import Database
from server.db.ratings import Adjudication, Claim, Exposure, RatingTask, ReferenceAnswer, Vote, VoteTrace
from server.db.trials import SelfReport, Trial
from server.db.uploads import Upload
from server.participants.beyond import Stores
from server.predictions.importing import import_predictions
from server.snapshots.creating import create_snapshot
from tests.server.rows import add_account, add_task, add_trial

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MODEL = "m" + "7" * 16
#: A rater's words, unique enough to be looked for in the bytes of the database.
NOTE = "unmistakable words of a rater"
ANSWER = {"seven": "fear", "three": "negative", "valence": -0.5, "arousal": 0.5}


@dataclass(frozen=True)
class House:
    """`stores` as a server has them; `snapshot` holds both people; MODEL was trained on it."""

    database: Database
    stores: Stores
    snapshot: str
    predictions: Path
    trials: dict[str, list[str]]


def furnish(database: Database, folder: Path) -> House:
    """Everything of P01 and P02, two trials each, and one clip that both have seen."""
    stores = Stores(
        MediaStore(folder / "media"), folder / "snapshots", folder / "uploads", folder / "models",
        folder / "predictions",
    )  # fmt: skip
    with database.transaction() as session:
        trials = {
            person: [_everything_of(session, stores.media, person) for _ in range(2)] for person in ("P01", "P02")
        }
    header = create_snapshot(database, stores.media, stores.snapshots, SnapshotFilters(), 2, 0, now=lambda: NOW)
    predictions = folder / "predictions" / f"{MODEL}-{header.id}.jsonl"
    write_predictions(
        predictions,
        PredictionHeader(
            model=MODEL, snapshot=header.id, trained_on=header.id, recipe="emert_small", simulated=False,
            created_utc="2026-07-01T03:00:00Z",
        ),
        [_prediction(trial, instrument) for each in trials.values() for trial in each for instrument in Instrument],
    )  # fmt: skip
    import_predictions(database, predictions)
    return House(database, stores, header.id, predictions, trials)


def _everything_of(session: Session, media: MediaStore, person: str) -> str:
    trial = add_trial(session, participant=person)
    trial.face_sha256, trial.gaze_sha256, trial.eye_events_sha256 = (
        media.put_bytes(f"{kind} of {trial.id}".encode()) for kind in ("face", "gaze", "events")
    )
    session.add(SelfReport(trial_id=trial.id, seven="fear", three="negative", valence=-0.5, arousal=0.5))
    rater, judge = add_account(session, f"rater-{uuid4().hex[:6]}"), add_account(session, f"judge-{uuid4().hex[:6]}")
    for instrument in Instrument:
        _answers(session, add_task(session, trial, instrument.value), rater.id)
        intensity = {"intensity": 1.0 if instrument is Instrument.FER else None}
        common = {"trial_id": trial.id, "instrument": instrument.value, "by_id": judge.id, "created_utc": NOW}
        session.add(first := Adjudication(**common, **ANSWER, **intensity, reason="first"))
        session.flush()
        session.add(Adjudication(**common, **ANSWER, **intensity, reason="second", supersedes_id=first.id))
        session.add(ReferenceAnswer(**common, **ANSWER, **intensity))
    session.add(Exposure(rater_id=rater.id, trial_id=trial.id, what="context", seen_utc=NOW))
    session.add(
        Upload(
            id=uuid4().hex, account_id=rater.id, length=1, received=1, sha256="0" * 64, state="ingested",
            recording_id=trial.recording_id, created_utc=NOW, changed_utc=NOW, expires_utc=NOW,
        )
    )  # fmt: skip
    session.flush()
    return trial.id


def _answers(session: Session, task: RatingTask, rater_id: int) -> None:
    """A place that was answered and corrected twice, with a trace."""
    session.add(Claim(task_id=task.id, rater_id=rater_id, slot=1, state="done", claimed_utc=NOW, expires_utc=NOW))
    before = None
    for _ in range(3):
        vote = Vote(
            task_id=task.id, instrument=task.instrument, rater_id=rater_id, **ANSWER, note=NOTE,
            intensity=1.0 if task.instrument == "FER" else None, idempotency_key=uuid4().hex, created_utc=NOW,
            supersedes_id=before,
        )  # fmt: skip
        session.add(vote)
        session.flush()
        session.add(VoteTrace(vote_id=vote.id, scale="valence", t_ms=[0.0, 20.0], values=[0.0, -0.25]))
        before = vote.id


def _prediction(trial: str, instrument: Instrument) -> Prediction:
    return Prediction(
        trial=trial, instrument=instrument, seven=(1.0, 0, 0, 0, 0, 0, 0), three=(1.0, 0, 0), valence=0.5, arousal=0.0,
        intensity=1.0 if instrument is Instrument.FER else None, uncertainty=0.0, held_out=True,
    )  # fmt: skip


def rows_that_name(session: Session, trials: list[str]) -> dict[str, int]:
    """Table to its rows that lead, by foreign keys, to one of these trials; found by the schema itself."""
    from sqlalchemy import func, select

    from server.db.tables import METADATA

    leads: dict[str, set[object]] = {Trial.__tablename__: set(trials)}
    found = {"trial": session.scalar(select(func.count()).where(Trial.id.in_(trials))) or 0}
    for table in METADATA.sorted_tables:
        for key in table.foreign_keys:
            parent, at = key.column.table.name, key.column.name
            if parent not in leads or table.name == parent or at != "id":
                continue
            column = key.parent
            rows = session.execute(select(table).where(column.in_(leads[parent]))).mappings().all()
            found[table.name] = max(found.get(table.name, 0), len(rows))
            if "id" in table.c:
                leads.setdefault(table.name, set()).update(row["id"] for row in rows)
    return found

"""What lies of a participant beyond the database: media, arrivals, snapshots, predictions, features, models.

Every function here may be called again after it was interrupted, and then finishes.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from annotate.media_store import MediaStore, file_sha256
from annotate.prediction.file import without_trials
from annotate.snapshot.redacting import holds, redact_snapshot
from server.db.engine import Database
from server.db.predictions import PredictionRun
from server.db.uploads import Upload
from server.participants.rows import is_named


@dataclass(frozen=True)
class Stores:
    """Where something of a participant may lie. None: this server has no such place.

    `prune_features` deletes what was computed from media that no snapshot names any more.
    """

    media: MediaStore
    snapshots: Path
    uploads: Path
    models: Path | None = None
    predictions: Path | None = None
    prune_features: Callable[[], object] | None = None


def snapshots_with(root: Path, recordings: Collection[str]) -> list[str]:
    """Ids of the snapshots that hold a trial of these recordings."""
    return [folder.name for folder in _snapshot_folders(root) if holds(folder, recordings)]


def redact_snapshots(root: Path, recordings: Collection[str], utc: str) -> list[str]:
    """Take these recordings out of every snapshot; the ids of those that held, or once held, any."""
    return [folder.name for folder in _snapshot_folders(root) if redact_snapshot(folder, recordings, utc) is not None]


def models_trained_on(database: Database, models: Path | None, snapshots: Collection[str]) -> list[str]:
    """Ids of the models that learnt from one of these snapshots: those in the database and those on disk."""
    with database.reading() as session:
        known = set(session.scalars(select(PredictionRun.model).where(PredictionRun.trained_on.in_(list(snapshots)))))
    return sorted(known | {model for model, snapshot in _models_on_disk(models) if snapshot in snapshots})


def redact_predictions(database: Database, root: Path | None, trials: Collection[str]) -> int:
    """Take what models said of these trials out of the prediction files; how many files changed.

    The database knows an imported file by its digest, so that goes along.
    """
    changed = 0
    for path in sorted(root.glob("*.jsonl")) if root and root.is_dir() else ():
        known_as = file_sha256(path)
        with database.transaction() as session:
            if without_trials(path, trials):
                changed += 1
                of_file = update(PredictionRun).where(PredictionRun.file_sha256 == known_as)
                session.execute(of_file.values(file_sha256=file_sha256(path)))
    return changed


def delete_media(database: Database, media: MediaStore, digests: Collection[str]) -> None:
    """Delete those of the media that no trial names (any more, or again).

    In a writing transaction: a recording that is taken in meanwhile and names one of them is seen.
    """
    for sha256 in sorted(digests):
        with database.transaction() as session:
            if not is_named(session, sha256):
                media.remove(sha256)


def delete_arrivals(database: Database, root: Path, recordings: Collection[str]) -> None:
    """Delete what is left of the archives that these recordings came in."""
    with database.reading() as session:
        uploads = session.scalars(select(Upload.id).where(Upload.recording_id.in_(list(recordings)))).all()
    for name in (*uploads, *recordings):
        for path in root.rglob(f"{name}*") if root.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=False)
            else:
                path.unlink(missing_ok=True)


def overwrite_free_pages(database: Database) -> None:
    """SQLite: bring the deletion into the file itself, so that no old page of the log still has what was deleted."""
    if not database.is_sqlite:
        return
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _snapshot_folders(root: Path) -> Iterator[Path]:
    yield from sorted(folder for folder in root.glob("s*") if folder.is_dir())


def _models_on_disk(root: Path | None) -> Iterator[tuple[str, str]]:
    for path in sorted(root.glob("m*/run.json")) if root and root.is_dir() else ():
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            yield str(record["id"]), str(record["snapshot"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no model's folder; who trains is told of it there

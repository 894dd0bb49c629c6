"""Making a backup while the server works: all rows of one moment, then every file that they name."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from annotate.errors import AnnotateError
from annotate.media_store import MediaStore
from annotate.snapshot.store import media_digests, read_table
from server.backup.errors import BackupBrokenOffError, BackupRefusedError
from server.backup.format import (
    DATABASE_FOLDER,
    MANIFEST_FILE,
    MEDIA_FOLDER,
    BackedUpFile,
    BackupManifest,
    file_entry,
    files_below,
    media_path,
)
from server.backup.rows import tables_of, write_rows
from server.db.engine import Database

Progress = Callable[[str, int, int], None]
SNAPSHOTS = "snapshots"
_NAMED = """
    SELECT face_sha256 FROM trial UNION SELECT gaze_sha256 FROM trial UNION SELECT eye_events_sha256 FROM trial
    UNION SELECT media_sha256 FROM stimulus
"""


def back_up(
    database: Database,
    media: MediaStore,
    folders: Mapping[str, Path],
    destination: Path,
    *,
    audit_head: Callable[[Session], str],
    now: datetime,
    progress: Progress = lambda _step, _done, _total: None,
) -> BackupManifest:
    """Make the backup at `destination`, which is not there yet or empty.

    `folders` are kept as they are, by the name that they have in the backup; `audit_head` checks the audit log and says
    its last entry. `progress` gets what is being done and counts tables, files, media. Every medium is held against its
    digest on the way. Raises BackupRefusedError, BackupBrokenOffError, MediaDamagedError; then nothing is left.
    """
    assert not set(folders) & {DATABASE_FOLDER, MEDIA_FOLDER}
    destination = destination.absolute()
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise BackupRefusedError(f"{destination}: is there already, and not empty; name a new folder for the backup")
    destination.parent.mkdir(parents=True, exist_ok=True)
    arriving = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".partial", dir=destination.parent))
    try:
        with database.reading() as session:
            head = audit_head(session)
            tables, named, revision = _dump(session.connection(), arriving / DATABASE_FOLDER, progress)
        files = {
            f"{DATABASE_FOLDER}/{name}": file_entry(path) for name, path in files_below(arriving / DATABASE_FOLDER)
        }
        for name, folder in folders.items():
            files |= _copy_folder(folder, name, arriving, progress)
        of_snapshots = _named_by_snapshots(arriving / SNAPSHOTS) if SNAPSHOTS in folders else set()
        files |= _copy_media(media, named, of_snapshots, arriving, progress)
        manifest = BackupManifest(
            made_utc=now.isoformat(timespec="seconds"),
            software={"duchenne": version("duchenne")},
            database="sqlite" if database.is_sqlite else "postgresql",
            revision=revision,
            audit_head=head,
            tables=tables,
            files=files,
        )
        (arriving / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        _sync(arriving)
        arriving.rename(destination)
        _sync_one(destination.parent)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return manifest


def _dump(connection: Connection, folder: Path, progress: Progress) -> tuple[dict[str, int], set[str], str]:
    """Rows of each table, digests of the media that they name, and the revision, all of one moment."""
    folder.mkdir()
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert isinstance(revision, str), "an opened database has a revision"
    tables = tables_of(connection)
    counts = {}
    for done, table in enumerate(tables, 1):
        counts[table.name] = write_rows(connection, table, folder / f"{table.name}.jsonl.gz")
        progress("rows (tables)", done, len(tables))
    named = {digest for digest in connection.execute(text(_NAMED)).scalars() if digest is not None}
    return counts, named, revision


def _copy_folder(folder: Path, name: str, arriving: Path, progress: Progress) -> dict[str, BackedUpFile]:
    copied = {}
    found = files_below(folder) if folder.is_dir() else []
    for done, (path, source) in enumerate(found, 1):
        target = arriving / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, target)
        except FileNotFoundError:
            raise BackupBrokenOffError(f"{source}: went away while the backup was made; make it again") from None
        copied[f"{name}/{path}"] = file_entry(target)
        progress(f"{name} (files)", done, len(found))
    return copied


def _named_by_snapshots(folder: Path) -> set[str]:
    """What snapshots name and the database may no longer: kept where it is still there."""
    named: set[str] = set()
    for snapshot in folder.glob("s*") if folder.is_dir() else ():
        try:
            named |= media_digests(read_table(snapshot, "trials"))
        except AnnotateError:
            continue  # a damaged snapshot is kept as it is: `duchenne snapshot verify` tells of it
    return named


def _copy_media(
    media: MediaStore, named: set[str], of_snapshots: set[str], arriving: Path, progress: Progress
) -> dict[str, BackedUpFile]:
    wanted = sorted(named | {digest for digest in of_snapshots - named if digest in media})
    copied = {}
    for done, digest in enumerate(wanted, 1):
        if digest not in media:
            raise BackupBrokenOffError(
                f"{media.name}: the medium {digest} that the database names is not there. If a participant withdrew "
                "just now, make the backup again; if not, restore the medium from an earlier backup"
            )
        media.verify(digest)
        target = arriving / media_path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = media.path(digest)
        try:
            os.link(source, target)  # a medium never changes, so one copy on this disk is enough
        except OSError:
            shutil.copyfile(source, target)
        copied[media_path(digest)] = BackedUpFile(bytes=target.stat().st_size, sha256=digest)
        progress("media", done, len(wanted))
    return copied


def _sync(folder: Path) -> None:
    for place, _, names in os.walk(folder):
        for path in (*(Path(place, name) for name in names), Path(place)):
            _sync_one(path)


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

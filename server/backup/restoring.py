"""Restoring a backup: into empty places only, all of it verified before the first byte is written."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from annotate.media_store import MediaStore, file_sha256
from server.backup.errors import BackupDamagedError, RestoreRefusedError
from server.backup.format import (
    DATABASE_FOLDER,
    MANIFEST_FILE,
    BackupManifest,
    files_below,
    media_path,
    read_manifest,
)
from server.backup.rows import insert_rows, is_empty, let_numbers_go_on, tables_of
from server.db.engine import Database, connected, create_database_engine, sqlite_file
from server.db.revisions import known_revisions, newest_revision, refuse_later_revision
from server.db.upgrade import upgrade

Progress = Callable[[str, int, int], None]
_EMPTY_IT = "A backup is restored into empty places only: name others in the settings, or move what is there away"


def verify_backup(backup: Path, progress: Progress = lambda _step, _done, _total: None) -> BackupManifest:
    """Hash every file of a backup again. Raises BackupDamagedError for the first that is not as it was written."""
    manifest = read_manifest(backup)
    there = {name for name, _ in files_below(backup)} - {MANIFEST_FILE}
    if more := sorted(there - set(manifest.files)):
        raise BackupDamagedError(f"{backup / more[0]}: is not of this backup; move it away, or take another backup")
    for done, (name, entry) in enumerate(manifest.files.items(), 1):
        path = backup / name
        if not path.is_file() or path.stat().st_size != entry.bytes or file_sha256(path) != entry.sha256:
            what = "changed after it was written" if path.is_file() else "is missing"
            raise BackupDamagedError(f"{path}: {what}, so nothing is restored; take another backup")
        progress("verify (files)", done, len(manifest.files))
    return manifest


def restore(
    backup: Path,
    database_url: str,
    media: MediaStore,
    folders: Mapping[str, Path],
    *,
    audit_head: Callable[[Session], str],
    progress: Progress = lambda _step, _done, _total: None,
) -> BackupManifest:
    """Restore `backup` into an empty database, whichever kind it is, empty media and empty folders.

    The rows come last and in one transaction, with every count and the audit log as they were; then the database is
    upgraded to this version. What was restored halfway may be restored again. Raises BackupDamagedError,
    RestoreRefusedError, the errors of server.db.errors and of the media store.
    """
    manifest = verify_backup(backup, progress)
    _refuse_other_revision(manifest, backup)
    _refuse_taken(manifest, backup, database_url, media, folders)
    _restore_media(manifest, backup, media, progress)
    for name, folder in folders.items():
        _restore_folder(backup / name, folder, progress)
    upgrade(database_url, manifest.revision)
    database = Database(create_database_engine(database_url))
    try:
        _restore_rows(manifest, backup, database, audit_head, progress)
    finally:
        database.close()
    upgrade(database_url)
    return manifest


def _refuse_other_revision(manifest: BackupManifest, backup: Path) -> None:
    if manifest.revision not in known_revisions():
        raise RestoreRefusedError(
            f"{backup}: was made at the database revision {manifest.revision!r}, and this version knows revisions up "
            f"to {newest_revision()!r}; install the version that made it ({manifest.software.get('duchenne', '?')})"
        )


def _refuse_taken(
    manifest: BackupManifest, backup: Path, database_url: str, media: MediaStore, folders: Mapping[str, Path]
) -> None:
    engine = create_database_engine(database_url)
    where = engine.url.render_as_string(hide_password=True)
    file = sqlite_file(engine.url)
    try:
        if file is None or file.exists():
            with connected(engine) as connection:
                revision = refuse_later_revision(connection)
                if not is_empty(connection):
                    raise RestoreRefusedError(f"{where}: this database holds rows already. {_EMPTY_IT}")
                if revision not in (None, manifest.revision):
                    raise RestoreRefusedError(
                        f"{where}: this empty database has the revision {revision!r}, the backup "
                        f"{manifest.revision!r}; name a database without tables"
                    )
    finally:
        engine.dispose()
    if any(digest not in manifest.media for digest in media.digests()):
        raise RestoreRefusedError(f"{media.name}: holds media that are not of this backup. {_EMPTY_IT}")
    for name, folder in folders.items():
        ours = {path for path, _ in files_below(backup / name)}
        if any(path not in ours for path, _ in files_below(folder)):
            raise RestoreRefusedError(f"{folder}: holds files that are not of this backup. {_EMPTY_IT}")


def _restore_media(manifest: BackupManifest, backup: Path, media: MediaStore, progress: Progress) -> None:
    digests = sorted(manifest.media)
    for done, digest in enumerate(digests, 1):
        if media.put_file(backup / media_path(digest)) != digest:
            raise BackupDamagedError(
                f"{backup / media_path(digest)}: changed while it was restored; take another backup"
            )
        progress("media", done, len(digests))


def _restore_folder(source: Path, folder: Path, progress: Progress) -> None:
    """File by file, each whole or not at all."""
    found = files_below(source) if source.is_dir() else []
    for done, (name, path) in enumerate(found, 1):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, arriving = tempfile.mkstemp(prefix=".arriving-", dir=target.parent)
        with os.fdopen(handle, "wb") as out, path.open("rb") as content:
            shutil.copyfileobj(content, out)
            out.flush()
            os.fsync(out.fileno())
        Path(arriving).chmod(0o644)
        Path(arriving).replace(target)
        progress(f"{source.name} (files)", done, len(found))


def _restore_rows(
    manifest: BackupManifest,
    backup: Path,
    database: Database,
    audit_head: Callable[[Session], str],
    progress: Progress,
) -> None:
    with database.transaction() as session:
        connection = session.connection()
        tables = tables_of(connection)
        missing = sorted({table.name for table in tables} ^ set(manifest.tables))
        if missing:
            raise BackupDamagedError(f"{backup / DATABASE_FOLDER}: table {missing[0]} is not as revision "
                                     f"{manifest.revision!r} has it; take another backup")  # fmt: skip
        for done, table in enumerate(tables, 1):
            path = backup / DATABASE_FOLDER / f"{table.name}.jsonl.gz"
            try:
                count = insert_rows(connection, table, path)
            except SQLAlchemyError as error:
                raise BackupDamagedError(
                    f"{path}: holds a row that the database does not take ({type(error).__name__}), so nothing was "
                    "restored into it; take another backup"
                ) from error
            if count != manifest.tables[table.name]:
                raise BackupDamagedError(
                    f"{path}: holds {count} rows, the backup was made with {manifest.tables[table.name]}; nothing was "
                    "restored into the database. Take another backup"
                )
            progress("rows (tables)", done, len(tables))
        let_numbers_go_on(connection, tables)
        head = audit_head(session)
        if head != manifest.audit_head:
            raise BackupDamagedError(
                f"{backup}: the audit log ends with {head}, and ended with {manifest.audit_head} when the backup was "
                "made; nothing was restored into the database. Take another backup"
            )

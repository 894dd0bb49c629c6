"""One export: its rows in one state of the database, as a stream or as a file; and the line in the audit log."""

import os
from collections.abc import Generator
from datetime import datetime
from pathlib import Path

from server.db.audit import note
from server.db.engine import Database
from server.exports.columns import COLUMNS, Table
from server.exports.errors import ExportInTheWayError
from server.exports.formats import Format, encode
from server.exports.labelling import policy_of
from server.exports.reading import read
from server.exports.walking import Choice, refuse_unknown_study


def note_export(
    database: Database, table: Table, fmt: Format, choice: Choice, now: datetime, actor_id: int | None
) -> None:
    """Check what is asked for and write down that it leaves the house. Raises NoSuchExportError."""
    with database.transaction() as session:
        refuse_unknown_study(session, choice)
        policy = policy_of(choice).full_name
        note(
            session,
            "export.made",
            f"{table}.{fmt}",
            now,
            actor_id=actor_id,
            origins=",".join(choice.origins),
            study=choice.study,
            history=choice.history,
            policy=policy if table is Table.LABELS else "",
        )


def stream(database: Database, table: Table, fmt: Format, choice: Choice) -> Generator[bytes, None, None]:
    """The file's bytes, part by part, all of one state of the database."""
    with database.reading() as session:
        yield from encode(fmt, COLUMNS[table], read(session, table, choice))


def write_file(
    database: Database,
    table: Table,
    fmt: Format,
    choice: Choice,
    path: Path,
    now: datetime,
    actor_id: int | None = None,
) -> int:
    """Write the export to `path`, whole or not at all; how many bytes. An existing file is refused.

    Raises NoSuchExportError, ExportInTheWayError.
    """
    if path.exists():
        raise ExportInTheWayError(f"{path}: is there already; name another file, or move it away first")
    note_export(database, table, fmt, choice, now, actor_id)
    arriving = path.with_name(f".arriving-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with arriving.open("wb") as file:
            for part in stream(database, table, fmt, choice):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            written = file.tell()
        arriving.rename(path)
    except OSError as error:
        raise ExportInTheWayError(
            f"{path}: cannot be written ({error.strerror}); nothing is left there. Choose another folder or make room"
        ) from error
    finally:
        arriving.unlink(missing_ok=True)
    return written

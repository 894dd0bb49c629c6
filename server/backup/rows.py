"""Rows of a database as lines of text and back, on SQLite and PostgreSQL alike, in constant memory.

The tables are those that the database has, not those that this version declares: an older backup is restored at its
own revision and upgraded then.
"""

import gzip
import io
import json
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, insert, null, select, text

from server.backup.errors import BackupDamagedError

_VERSION_TABLE = "alembic_version"
_BATCH = 500
Row = dict[str, Any]


def tables_of(connection: Connection) -> list[Table]:
    """The database's tables, those that others refer to first."""
    metadata = MetaData()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of indexes over expressions, which rows have nothing to do with
        metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _VERSION_TABLE]


def write_rows(connection: Connection, table: Table, path: Path) -> int:
    """Write all rows of a table; how many. Ordered by the primary key, so that rows follow those that they refer to."""
    query = select(table).order_by(*table.primary_key.columns)
    rows = connection.execution_options(yield_per=_BATCH).execute(query)
    count = 0
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, compresslevel=4) as packed,  # the same rows give the same bytes
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as out,
    ):
        out.write(_line([column.name for column in table.columns]))
        for row in rows:
            out.write(_line([_told(value) for value in row]))
            count += 1
    return count


def insert_rows(connection: Connection, table: Table, path: Path) -> int:
    """Insert all rows of a file; how many. Raises BackupDamagedError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            columns = _columns(table, json.loads(next(lines)))
            count = 0
            for batch in _batches(_rows(lines, table, columns)):
                connection.execute(insert(table), batch)
                count += len(batch)
            return count
    except (OSError, EOFError, ValueError, StopIteration) as error:
        raise BackupDamagedError(
            f"{path}: cannot be read as rows of {table.name} ({error}); take another backup"
        ) from error


def let_numbers_go_on(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL: new rows get numbers behind those that were inserted."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            )
            last = connection.scalar(select(func.max(column))) if sequence else None
            if last is not None:
                connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def is_empty(connection: Connection) -> bool:
    """Whether no table of the database has a row."""
    return not any(connection.execute(select(table).limit(1)).first() for table in tables_of(connection))


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return value


def _line(values: list[object] | list[str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _columns(table: Table, names: list[str]) -> list[str]:
    known = {column.name for column in table.columns}
    if set(names) != known:
        differing = ", ".join(sorted(known ^ set(names)))
        raise ValueError(f"its columns are not those of the table: {differing}")
    return names


def _rows(lines: Iterator[str], table: Table, names: list[str]) -> Iterator[Row]:
    times = [name for name in names if isinstance(table.c[name].type, DateTime)]
    documents = [name for name in names if isinstance(table.c[name].type, JSON)]
    for line in lines:
        row = dict(zip(names, json.loads(line), strict=True))
        for name in times:
            if row[name] is not None:
                utc = datetime.fromisoformat(row[name])
                row[name] = utc if getattr(table.c[name].type, "timezone", False) else utc.replace(tzinfo=None)
        for name in documents:
            if row[name] is None:
                row[name] = null()  # no document, and not a document that says null
        yield row


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch

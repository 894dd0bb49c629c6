"""Redacting snapshots on disk. Interrupted anywhere, the same call again finishes it."""

import fcntl
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate.media_store import file_sha256
from annotate.snapshot.canonical import content_sha256
from annotate.snapshot.croissant import CROISSANT_FILE, write_croissant
from annotate.snapshot.format import TABLE_COLUMNS, TABLE_FILES
from annotate.snapshot.redaction import REDACTING, REDACTION_FILE, Redaction, RedactionAct, with_act, without
from annotate.snapshot.store import read_header, read_redaction, read_table, sync, write_table


def redact_snapshot(folder: Path, recordings: Collection[str], utc: str) -> Redaction | None:
    """Take the trials of these recordings out of the snapshot in `folder`; None where it never held any.

    First the record with the new digests is written and what other tools are told, then each table is replaced, the
    trials last: as long as they still name a recording, the redaction is not finished, and the other tables can be
    cleaned by them. Raises the errors of annotate.snapshot.store.
    """
    asked = tuple(sorted(recordings))
    with _alone(folder):
        header, known = read_header(folder), read_redaction(folder)
        tables = {name: read_table(folder, name) for name in TABLE_COLUMNS}
        if not any(row["session"] in asked for row in tables["trials"]):
            _forget_arriving(folder)
            return known if known and any(set(act.recordings) & set(asked) for act in known.acts) else None
        left = without(tables, asked)
        for name, rows in left.items():
            write_table(folder / f"{REDACTING}{TABLE_FILES[name]}", name, rows)
        sync(folder)
        act = RedactionAct(
            utc=utc,
            recordings=asked,
            rows_removed={name: len(tables[name]) - len(rows) for name, rows in left.items()},
            rows_left={name: len(rows) for name, rows in left.items()},
            before={file: file_sha256(folder / file) for file in TABLE_FILES.values()},
            after={file: file_sha256(folder / f"{REDACTING}{file}") for file in TABLE_FILES.values()},
            content_sha256=content_sha256(left, header.label_policy, header.filters, header.folds),
        )
        record = with_act(known, header.id, act)
        _write_record(folder, record)
        if (folder / CROISSANT_FILE).is_file():
            write_croissant(folder, record.last.applied_to(header))
        for name in sorted(TABLE_FILES, key=lambda table: table == "trials"):
            (folder / f"{REDACTING}{TABLE_FILES[name]}").replace(folder / TABLE_FILES[name])
        sync(folder)
    return record


def holds(folder: Path, recordings: Collection[str]) -> bool:
    """Whether the snapshot still has a trial of one of these recordings."""
    return any(row["session"] in recordings for row in read_table(folder, "trials"))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One redaction of a snapshot at a time, whichever process does it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_record(folder: Path, record: Redaction) -> None:
    arriving = folder / f"{REDACTING}{REDACTION_FILE}"
    with arriving.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record.model_dump(mode="json"), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(folder / REDACTION_FILE)
    sync(folder)


def _forget_arriving(folder: Path) -> None:
    for path in folder.glob(f"{REDACTING}*"):
        path.unlink(missing_ok=True)

"""The ledger on disk: `<models>/champion.jsonl`, one decision a line, only ever added to.

A line counts when its end has been written: it is written whole in one go and brought to the disk before anybody is
told. What a power cut leaves of a line at the end is no decision; it is told, and dropped when the next is written.
"""

import fcntl
import os
from pathlib import Path

from pydantic import ValidationError

from model.disk import sync
from model.promotion.budget import level_of
from model.promotion.entry import Entry, Ledger
from model.promotion.errors import LedgerError, LedgerMovedError

LEDGER_FILE = "champion.jsonl"
_RESTORE = "Restore the file from a backup; who serves is not guessed"


def read_ledger(models_root: Path) -> Ledger:
    """Raises LedgerError, naming file, line and field. Where there is no file nobody was ever decided on."""
    path = models_root / LEDGER_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Ledger(())
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read ({error.strerror}). Correct that, then try again") from error
    whole, _, rest = data.rpartition(b"\n")
    entries: list[Entry] = []
    for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
        entry = _entry(path, number, line)
        _refuse_gap(path, number, entry, entries)
        entries.append(entry)
    return Ledger(tuple(entries), rest.decode("utf-8", "replace") or None)


def append(models_root: Path, entry: Entry, after: int) -> None:
    """Add a decision that was taken with `after` decisions before it, and return when it is on the disk.

    Raises LedgerMovedError where another has been added since, and LedgerError where it cannot be written; then the
    ledger is as it was.
    """
    path = models_root / LEDGER_FILE
    line = entry.model_dump_json().encode() + b"\n"
    try:
        models_root.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        raise LedgerError(f"{path}: cannot be written ({error.strerror}). Nothing was decided") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ledger = read_ledger(models_root)
        if len(ledger.entries) != after:
            raise LedgerMovedError(
                f"{path}: another decision was written while this one was taken; it stands. Nothing was decided here: "
                "run the command again"
            )
        _refuse_gap(path, after + 1, entry, list(ledger.entries))
        whole = path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(handle, whole)
        _write(path, handle, line, whole)
    finally:
        os.close(handle)
    sync(models_root)


def _write(path: Path, handle: int, line: bytes, before: int) -> None:
    try:
        if os.write(handle, line) != len(line):
            raise OSError(0, "the disk is full")
        os.fsync(handle)
    except OSError as error:
        os.ftruncate(handle, before)
        raise LedgerError(f"{path}: cannot be written ({error.strerror}). Nothing was decided") from error


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        return Entry.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole line"
        raise LedgerError(f"{path}, line {number}, field {field}: {first['msg']}. {_RESTORE}") from error


def _refuse_gap(path: Path, number: int, entry: Entry, before: list[Entry]) -> None:
    """Whoever takes a line out, or adds one by hand, changes what the budget says was spent."""
    serving = before[-1].serves if before else None
    if entry.served != serving:
        raise LedgerError(
            f"{path}, line {number}, field served: is {entry.served}, but until then {serving} served. {_RESTORE}"
        )
    due = 1 + sum(one.test is not None for one in before)
    if entry.test is not None and entry.test != due:
        raise LedgerError(f"{path}, line {number}, field test: is {entry.test}, expected {due}. {_RESTORE}")
    spent = (before[-1].spent if before else 0.0) + (level_of(due) if entry.test is not None else 0.0)
    if abs(entry.spent - spent) > 1e-9:
        raise LedgerError(f"{path}, line {number}, field spent: is {entry.spent}, expected {spent:.6f}. {_RESTORE}")

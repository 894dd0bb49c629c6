"""Snapshots on disk: write, read, list, verify, compare. The one file that knows Parquet.

Rows go out of a snapshot only where a participant withdraws: see annotate.snapshot.redacting.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from annotate.arriving import arriving_folder
from annotate.errors import AnnotateError
from annotate.media_store import MediaStore, file_sha256
from annotate.snapshot.canonical import Row, checked_row, content_sha256, sort_key
from annotate.snapshot.croissant import CROISSANT_FILE, is_told_truly, write_croissant
from annotate.snapshot.format import (
    FORMAT,
    HEADER_FILE,
    TABLE_COLUMNS,
    TABLE_FILES,
    VERSION,
    FoldPlan,
    LabelPolicy,
    SnapshotFilters,
    SnapshotHeader,
)
from annotate.snapshot.redaction import REDACTING, REDACTION_FILE, Redaction

Progress = Callable[[int, int], None]

#: How the names of folders begin in which snapshots grow.
ARRIVING = ".arriving-"

MEDIA_COLUMNS = ("face_sha256", "gaze_sha256", "eye_events_sha256", "clip_sha256")

_ARROW = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}


class SnapshotNotFoundError(AnnotateError):
    """No snapshot of that id."""


class SnapshotDamagedError(AnnotateError):
    """A snapshot is not what its name says."""


class SnapshotUnreadableError(AnnotateError):
    """Not a snapshot, or one of a version that this program does not know."""


class SnapshotNotWrittenError(AnnotateError):
    """The disk does not take a snapshot."""


def write_snapshot(
    root: Path,
    tables: Mapping[str, Iterable[Row]],
    *,
    policy: LabelPolicy,
    filters: SnapshotFilters,
    folds: FoldPlan,
    software: Mapping[str, str],
    created_utc: str,
) -> SnapshotHeader:
    """Write one snapshot below root and return its header.

    The same state gives the same id; if it is there already, the header of the one that is there comes back. Raises
    ValueError, naming table, row and column, if a row does not fit the format, and SnapshotNotWrittenError.
    """
    checked = {
        table: sorted(
            (checked_row(table, row, f"{table}, row {number}") for number, row in enumerate(tables[table], 1)),
            key=lambda row: sort_key(table, row),
        )
        for table in TABLE_COLUMNS
    }
    sha256 = content_sha256(checked, policy, filters, folds)
    snapshot_id = f"s{sha256[:16]}"
    folder = root / snapshot_id
    if folder.exists():
        return read_header(folder)
    try:
        with arriving_folder(root, ARRIVING) as arriving:
            for table, rows in checked.items():
                write_table(arriving / TABLE_FILES[table], table, rows)
            header = SnapshotHeader(
                id=snapshot_id,
                content_sha256=sha256,
                created_utc=created_utc,
                label_policy=policy,
                filters=filters,
                folds=folds,
                rows={table: len(rows) for table, rows in checked.items()},
                files={name: file_sha256(arriving / name) for name in TABLE_FILES.values()},
                software=dict(software),
            )
            (arriving / HEADER_FILE).write_text(header.model_dump_json(indent=2) + "\n", encoding="utf-8")
            write_croissant(arriving, header)
            sync(arriving)
            arriving.chmod(0o755)
            arriving.rename(folder)
    except OSError as error:
        if folder.exists():  # another process was quicker with the same state
            return read_header(folder)
        raise SnapshotNotWrittenError(
            f"{folder}: could not be written ({error.strerror or error}), and nothing of it is left. Make room in "
            f"{root}, or set `snapshots` to a folder that may be written to, then start again"
        ) from error
    return header


def _schema(table: str) -> pa.Schema:
    return pa.schema(
        [
            pa.field(name, _ARROW[kind.rstrip("?")], nullable=kind.endswith("?"))
            for name, kind in TABLE_COLUMNS[table].items()
        ]
    )


def write_table(path: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Write checked rows in canonical order as the Parquet file of `table`."""
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(table)), path)


def sync(folder: Path) -> None:
    """Bring a folder and the files in it to the disk."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def find_snapshot(root: Path, snapshot_id: str) -> Path:
    """The folder of a snapshot by its id or an unambiguous beginning of it. Raises SnapshotNotFoundError."""
    found = [header.id for header in list_snapshots(root) if snapshot_id and header.id.startswith(snapshot_id)]
    if len(found) == 1:
        return root / found[0]
    told = f"{len(found)} snapshots begin with it" if found else "there is none"
    raise SnapshotNotFoundError(
        f"snapshot {snapshot_id!r} in {root}: {told}. `duchenne snapshot list` shows what is there"
    )


def list_snapshots(root: Path) -> list[SnapshotHeader]:
    """Oldest first."""
    if not root.is_dir():
        return []
    headers = [read_header(folder) for folder in sorted(root.glob("s*")) if folder.is_dir()]
    return sorted(headers, key=lambda header: (header.created_utc, header.id))


def read_header(folder: Path) -> SnapshotHeader:
    """Raises SnapshotUnreadableError, naming file and field."""
    path = folder / HEADER_FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SnapshotUnreadableError(f"{path}: cannot be read as a snapshot's header: {error}") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise SnapshotUnreadableError(f"{path}, field format: expected {FORMAT!r}. This folder is no snapshot")
    if raw.get("version") != VERSION:
        raise SnapshotUnreadableError(
            f"{path}, field version: {raw.get('version')!r} is not known here (this program reads {VERSION}). "
            "Update duchenne on this machine"
        )
    try:
        return SnapshotHeader.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SnapshotUnreadableError(f"{path}, field {field}: {first['msg']}. Create the snapshot anew") from error


def read_redaction(folder: Path) -> Redaction | None:
    """What withdrawals took out of this snapshot; None where it is as it was written. Raises SnapshotDamagedError."""
    path = folder / REDACTION_FILE
    if not path.is_file():
        return None
    try:
        return Redaction.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SnapshotDamagedError(
            f"{path}: cannot be read as the record of a redaction; restore it from a backup, or create the snapshot "
            "anew"
        ) from error


def read_table(folder: Path, table: str) -> list[dict[str, Any]]:
    """All rows of one table as dicts of Python values. Raises SnapshotDamagedError."""
    path = folder / TABLE_FILES[table]
    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise SnapshotDamagedError(
            f"{path}: cannot be read: {error}. Restore it, or create the snapshot anew"
        ) from error
    try:
        return [checked_row(table, row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    except ValueError as error:
        raise SnapshotDamagedError(f"{error}. Restore the file, or create the snapshot anew") from error


def verify_snapshot(folder: Path, media: MediaStore | None = None, progress: Progress | None = None) -> SnapshotHeader:
    """Hash all files and rows again and, given the store, every medium they name.

    A redacted snapshot is held to the digests of its redaction; the header comes back with the rows, files and content
    digest that hold now, the id as it was. Raises SnapshotDamagedError, MediaMissingError or MediaDamagedError on the
    first thing not as it was written.
    """
    header = _as_it_is_now(folder)
    for name in TABLE_FILES.values():
        path = folder / name
        if not path.is_file() or file_sha256(path) != header.files.get(name):
            raise SnapshotDamagedError(
                f"{path}: {'changed after it was written' if path.is_file() else 'missing'}. Restore it from a "
                "backup, or create the snapshot anew"
            )
    tables = {table: read_table(folder, table) for table in TABLE_COLUMNS}
    found = content_sha256(tables, header.label_policy, header.filters, header.folds)
    if found != header.content_sha256:
        raise _renamed(folder, found)
    if not is_told_truly(folder, header):
        raise SnapshotDamagedError(
            f"{folder / CROISSANT_FILE}: does not say what the snapshot holds. Remove the file, which only other tools "
            "read, or restore it from a backup"
        )
    if media is not None:
        digests = sorted(media_digests(tables["trials"]))
        for done, sha256 in enumerate(digests, 1):
            media.verify(sha256)
            if progress:
                progress(done, len(digests))
    return header


def _as_it_is_now(folder: Path) -> SnapshotHeader:
    """The header with the rows, files and content digest that hold now. Raises as `verify_snapshot` does."""
    header, redaction = read_header(folder), read_redaction(folder)
    if header.id != f"s{header.content_sha256[:16]}" or folder.name != header.id:
        raise _renamed(folder, header.content_sha256)
    if list(folder.glob(f"{REDACTING}*.parquet")):
        raise SnapshotDamagedError(
            f"{folder}: taking out a participant who has withdrawn was interrupted. Finish it with "
            "`duchenne withdraw STUDY PARTICIPANT`"
        )
    if redaction is None:
        return header
    if redaction.snapshot != header.id:
        raise SnapshotDamagedError(
            f"{folder / REDACTION_FILE}, field snapshot: is about {redaction.snapshot}. Restore the file from a backup"
        )
    return redaction.last.applied_to(header)


def _renamed(folder: Path, found: str) -> SnapshotDamagedError:
    return SnapshotDamagedError(
        f"{folder}: its rows have the digest {found[:16]}…, its name says {folder.name}. Something in it was "
        "changed after it was written; restore it from a backup, or create the snapshot anew"
    )


def media_digests(trials: Iterable[Row]) -> set[str]:
    """Every medium that the trials name."""
    return {row[column] for row in trials for column in MEDIA_COLUMNS if row[column] is not None}


@dataclass(frozen=True)
class SnapshotDifference:
    """What the second snapshot has, lacks or says otherwise, by trial id (labels: trial and instrument)."""

    trials_added: tuple[str, ...]
    trials_removed: tuple[str, ...]
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    labels_changed: tuple[str, ...]
    votes_added: int


def diff_snapshots(first: Path, second: Path) -> SnapshotDifference:
    trials = [{row["trial"] for row in read_table(folder, "trials")} for folder in (first, second)]
    labels = [
        {f"{row['trial']} {row['instrument']}": row for row in read_table(folder, "labels")}
        for folder in (first, second)
    ]
    votes = [len(read_table(folder, "votes")) for folder in (first, second)]
    both = labels[0].keys() & labels[1].keys()
    return SnapshotDifference(
        trials_added=tuple(sorted(trials[1] - trials[0])),
        trials_removed=tuple(sorted(trials[0] - trials[1])),
        labels_added=tuple(sorted(labels[1].keys() - labels[0].keys())),
        labels_removed=tuple(sorted(labels[0].keys() - labels[1].keys())),
        labels_changed=tuple(sorted(key for key in both if labels[0][key] != labels[1][key])),
        votes_added=votes[1] - votes[0],
    )

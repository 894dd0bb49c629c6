import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from annotate.media_store import MediaMissingError, MediaStore, file_sha256
from annotate.snapshot.format import FoldPlan, LabelPolicy, SnapshotFilters, SnapshotHeader
from annotate.snapshot.store import (
    SnapshotDamagedError,
    SnapshotNotFoundError,
    SnapshotUnreadableError,
    diff_snapshots,
    find_snapshot,
    list_snapshots,
    read_header,
    read_table,
    verify_snapshot,
    write_snapshot,
)
from tests.annotate.rows import CREATED_UTC, example_tables, trial_id, trial_row

GOLDEN_ID = "se55897eadef96d73"
GOLDEN = Path(__file__).parents[1] / "golden" / "snapshot-v1" / GOLDEN_ID


def write(root: Path, tables: dict[str, list[dict[str, Any]]], created_utc: str = CREATED_UTC) -> SnapshotHeader:
    return write_snapshot(
        root,
        tables,
        policy=LabelPolicy(),
        filters=SnapshotFilters(origins=("simulated",)),
        folds=FoldPlan(k=2, seed=7),
        software={},
        created_utc=created_utc,
    )


def test_the_golden_snapshot_still_reads() -> None:
    header = verify_snapshot(GOLDEN)
    assert header.rows == {"trials": 3, "labels": 2, "votes": 4, "self_reports": 1}
    tables = example_tables()
    assert read_table(GOLDEN, "trials") == tables["trials"]
    er, fer = read_table(GOLDEN, "labels")
    assert (er["seven"], er["valence"], fer["seven"], fer["seven_happiness"]) == ("sadness", -0.625, None, 0.5)
    assert read_table(GOLDEN, "self_reports") == tables["self_reports"]


def test_the_same_state_has_the_same_name_at_any_time_and_in_any_order(tmp_path: Path) -> None:
    tables = {name: list(reversed(rows)) for name, rows in example_tables().items()}
    header = write(tmp_path, tables, created_utc="2031-01-01T00:00:00Z")
    assert header.id == GOLDEN_ID
    assert write(tmp_path, tables, created_utc="2032-01-01T00:00:00Z").created_utc == "2031-01-01T00:00:00Z"
    assert [path.name for path in tmp_path.iterdir()] == [GOLDEN_ID]


@pytest.mark.parametrize("table", ["trials", "labels", "votes", "self_reports"])
def test_a_forged_row_is_found_by_the_name_of_the_snapshot(tmp_path: Path, table: str) -> None:
    folder = tmp_path / GOLDEN_ID
    shutil.copytree(GOLDEN, folder)
    rows = read_table(folder, table)
    rows[0]["trial"] = trial_id(77)
    path = folder / f"{table}.parquet"
    pq.write_table(pq.read_table(path).from_pylist(rows, schema=pq.read_schema(path)), path)
    header = read_header(folder)
    forged = header.model_copy(update={"files": header.files | {path.name: file_sha256(path)}})
    (folder / "snapshot.json").write_text(forged.model_dump_json())
    with pytest.raises(SnapshotDamagedError, match="was changed after it was written"):
        verify_snapshot(folder)


def test_a_flipped_bit_in_the_file_is_found_wherever_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / GOLDEN_ID
    shutil.copytree(GOLDEN, folder)
    path = folder / "trials.parquet"
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SnapshotDamagedError, match=r"trials.parquet: changed after it was written"):
            verify_snapshot(folder)


def test_missing_media_are_told(tmp_path: Path) -> None:
    with pytest.raises(MediaMissingError):
        verify_snapshot(GOLDEN, MediaStore(tmp_path))


def test_a_later_version_and_a_foreign_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / GOLDEN_ID
    shutil.copytree(GOLDEN, folder)
    header = folder / "snapshot.json"
    text = header.read_text()
    header.write_text(text.replace('"version": 1', '"version": 2', 1))
    with pytest.raises(SnapshotUnreadableError, match=r"snapshot.json, field version: 2 is not known"):
        read_header(folder)
    header.write_text(text.replace("created_utc", "created_at"))
    with pytest.raises(SnapshotUnreadableError, match="field created_utc"):
        read_header(folder)
    header.write_text("[]")
    with pytest.raises(SnapshotUnreadableError, match="no snapshot"):
        read_header(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"duration_ms": float("nan")}, "trials, row 1, column duration_ms: nan"),
        ({"participant": None}, "column participant: empty"),
        ({"fold": "0"}, "column fold: expected int"),
        ({"name": "Ada"}, r"unknown \['name'\]"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_leave_nothing(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    tables = example_tables() | {"trials": [trial_row(1, "P01", 0) | change]}
    with pytest.raises(ValueError, match=told):
        write(tmp_path, tables)
    assert list(tmp_path.iterdir()) == []


def test_two_snapshots_are_compared(tmp_path: Path) -> None:
    first, tables = write(tmp_path, example_tables()), example_tables()
    tables["trials"].append(trial_row(4, "P03", 1))
    tables["labels"][0]["valence"] = -0.5
    tables["labels"].pop()
    second = write(tmp_path, tables)
    difference = diff_snapshots(tmp_path / first.id, tmp_path / second.id)
    assert difference.trials_added == (trial_id(4),)
    assert difference.labels_removed == (f"{trial_id(1)} FER",)
    assert difference.labels_changed == (f"{trial_id(1)} ER",)


def test_a_snapshot_is_found_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    header = write(tmp_path, example_tables())
    assert find_snapshot(tmp_path, header.id[:6]) == tmp_path / header.id
    assert [one.id for one in list_snapshots(tmp_path)] == [header.id]
    with pytest.raises(SnapshotNotFoundError, match="snapshot list"):
        find_snapshot(tmp_path, "sdead")

"""A person goes out of a snapshot for good: all of them, nobody else, and it can be told afterwards."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.snapshot import redacting
from annotate.snapshot.canonical import content_sha256
from annotate.snapshot.format import FoldPlan, LabelPolicy, SnapshotFilters
from annotate.snapshot.redacting import holds, redact_snapshot
from annotate.snapshot.store import (
    SnapshotDamagedError,
    list_snapshots,
    read_header,
    read_redaction,
    read_table,
    verify_snapshot,
    write_snapshot,
)
from tests.annotate.rows import CREATED_UTC, example_tables, trial_id

UTC = "2026-07-01T12:00:00Z"
FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A snapshot of two people: trials 1 and 2, with all labels, of the first; trial 3 of the second."""
    tables = example_tables()
    for row in tables["trials"]:
        row["session"] = FIRST if row["participant"] == "P01" else SECOND
    header = write_snapshot(
        tmp_path,
        tables,
        policy=LabelPolicy(),
        filters=SnapshotFilters(origins=("simulated",)),
        folds=FoldPlan(k=2, seed=0),
        software={},
        created_utc=CREATED_UTC,
    )
    return tmp_path / header.id


def test_every_row_of_the_person_goes_and_the_snapshot_keeps_its_name(folder: Path) -> None:
    before = read_header(folder)
    record = redact_snapshot(folder, [FIRST], UTC)
    assert record is not None
    assert record.last.rows_removed == {"trials": 2, "labels": 2, "votes": 4, "self_reports": 1}
    assert [row["trial"] for row in read_table(folder, "trials")] == [trial_id(3)]
    assert [read_table(folder, name) for name in ("labels", "votes", "self_reports")] == [[], [], []]
    assert read_header(folder) == before
    assert [header.id for header in list_snapshots(folder.parent)] == [before.id]
    for file in folder.iterdir():
        assert trial_id(1).encode() not in file.read_bytes()
        assert b"P01" not in file.read_bytes()


def test_a_redacted_snapshot_verifies_by_its_new_digests(folder: Path) -> None:
    redact_snapshot(folder, [FIRST], UTC)
    header = verify_snapshot(folder)
    assert (header.id, header.rows["trials"], header.rows["votes"]) == (folder.name, 1, 0)
    tables = {name: read_table(folder, name) for name in header.rows}
    assert header.content_sha256 == content_sha256(tables, header.label_policy, header.filters, header.folds)
    assert header.content_sha256 != read_header(folder).content_sha256
    redaction = read_redaction(folder)
    assert redaction is not None
    assert "2 trials of participants who have withdrawn are not in it any more" in redaction.in_words()
    assert redaction.last.before == read_header(folder).files


def test_a_table_that_is_put_back_is_found(folder: Path, tmp_path: Path) -> None:
    old = (folder / "votes.parquet").read_bytes()
    redact_snapshot(folder, [FIRST], UTC)
    (folder / "votes.parquet").write_bytes(old)
    with pytest.raises(SnapshotDamagedError, match=r"votes.parquet: changed after it was written"):
        verify_snapshot(folder)


def test_a_record_of_another_snapshot_and_one_that_is_none_are_refused(folder: Path) -> None:
    redact_snapshot(folder, [FIRST], UTC)
    path = folder / "redaction.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"snapshot": "s" + "0" * 16}))
    with pytest.raises(SnapshotDamagedError, match=r"redaction.json, field snapshot"):
        verify_snapshot(folder)
    path.write_text("{}")
    with pytest.raises(SnapshotDamagedError, match=r"redaction.json: cannot be read"):
        verify_snapshot(folder)


def test_a_snapshot_without_the_person_is_left_alone(folder: Path) -> None:
    files = {path: path.read_bytes() for path in folder.iterdir()}
    assert redact_snapshot(folder, ["c" * 32], UTC) is None
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


def test_two_people_one_after_the_other(folder: Path) -> None:
    redact_snapshot(folder, [FIRST], UTC)
    record = redact_snapshot(folder, [SECOND], "2026-08-01T00:00:00Z")
    assert record is not None
    assert [act.rows_removed["trials"] for act in record.acts] == [2, 1]
    assert record.trials_removed == 3
    assert record.acts[1].before == record.acts[0].after
    assert verify_snapshot(folder).rows["trials"] == 0


def test_the_same_again_changes_nothing(folder: Path) -> None:
    first = redact_snapshot(folder, [FIRST], UTC)
    files = {path: path.read_bytes() for path in folder.iterdir()}
    assert redact_snapshot(folder, [FIRST], "2027-01-01T00:00:00Z") == first
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


class PowerCutError(Exception):
    """Stands for the machine going away."""


def _dies_at(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], int]:
    """Let the `step`th write or rename of the redaction be the last thing that happens."""
    done = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            nonlocal done
            done += 1
            if done == step:
                raise PowerCutError
            return real(*args)

        return call

    monkeypatch.setattr(redacting, "write_table", counted(redacting.write_table))
    monkeypatch.setattr(redacting, "sync", counted(redacting.sync))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    return lambda: done


def test_wherever_it_is_cut_off_the_same_call_finishes_it(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole / folder.name)
    expected = redact_snapshot(whole / folder.name, [FIRST], UTC)
    tables = {path.name: path.read_bytes() for path in (whole / folder.name).iterdir()}
    steps = 0
    while True:
        steps += 1
        copy = tmp_path / f"cut-{steps}" / folder.name
        shutil.copytree(folder, copy)
        with pytest.MonkeyPatch.context() as patch:
            _dies_at(patch, steps)
            try:
                redact_snapshot(copy, [FIRST], UTC)
                break
            except PowerCutError:
                pass
        # In between nobody can take it for a whole snapshot with, or one without, the person: it is either, or told.
        if holds(copy, [FIRST]) and list(copy.glob(".redacting-*.parquet")):
            with pytest.raises(SnapshotDamagedError, match="was interrupted"):
                verify_snapshot(copy)
        else:
            verify_snapshot(copy)
        assert redact_snapshot(copy, [FIRST], "2027-01-01T00:00:00Z") is not None
        verify_snapshot(copy)
        assert {path.name for path in copy.iterdir()} == set(tables)
        for name in set(tables) - {"redaction.json"}:
            assert (copy / name).read_bytes() == tables[name]
        record = read_redaction(copy)
        assert record is not None
        assert expected is not None
        assert record.last.rows_removed == expected.last.rows_removed
        assert record.last.before == expected.last.before
    assert steps > 10

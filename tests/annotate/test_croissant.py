"""What other tools are told of a snapshot: true of its files, and still true after somebody has withdrawn."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from annotate.snapshot.croissant import CROISSANT_FILE
from annotate.snapshot.format import TABLE_COLUMNS
from annotate.snapshot.redacting import redact_snapshot
from annotate.snapshot.store import SnapshotDamagedError, verify_snapshot
from tests.model.conftest import Lab


def is_true_of(folder: Path) -> dict[str, object]:
    told = json.loads((folder / CROISSANT_FILE).read_text())
    files = {file["@id"]: file for file in told["distribution"]}
    assert len(files) == len(TABLE_COLUMNS) == len(told["recordSet"])
    for record_set in told["recordSet"]:
        names = {field["source"]["fileObject"]["@id"] for field in record_set["field"]}
        (name,) = names
        content = (folder / files[name]["contentUrl"]).read_bytes()
        assert files[name]["sha256"] == hashlib.sha256(content).hexdigest()
        columns = [field["source"]["extract"]["column"] for field in record_set["field"]]
        assert columns == pq.read_schema(folder / name).names
        assert all(field["description"] and field["dataType"].startswith("sc:") for field in record_set["field"])
        assert all(key["@id"] in {field["@id"] for field in record_set["field"]} for key in record_set["key"])
    return told


def test_it_is_true_and_stays_so_when_somebody_withdraws(tmp_path: Path) -> None:
    folder = Lab(tmp_path).snapshot()
    before = is_true_of(folder)
    assert before["name"] == folder.name
    redact_snapshot(folder, ["S01"], "2030-01-02T00:00:00Z")
    after = is_true_of(folder)
    assert before["distribution"] != after["distribution"]
    verify_snapshot(folder)


def test_digests_are_held_to_the_tables_and_words_are_not(tmp_path: Path) -> None:
    """A later version may say the same in better words, and what it wrote before still verifies."""
    folder = Lab(tmp_path).snapshot()
    path = folder / CROISSANT_FILE
    whole = path.read_text()
    path.write_text(whole.replace("pseudonym", "name that is none"))
    verify_snapshot(folder)
    digest = json.loads(whole)["distribution"][0]["sha256"]
    for spoiled in (whole.replace(digest, "0" * 64), whole[:-9], "[]"):
        path.write_text(spoiled)
        with pytest.raises(SnapshotDamagedError, match=r"croissant\.json: does not say what the snapshot holds"):
            verify_snapshot(folder)


def test_a_snapshot_from_before_it_was_written_still_verifies(tmp_path: Path) -> None:
    folder = Lab(tmp_path).snapshot()
    (folder / CROISSANT_FILE).unlink()
    verify_snapshot(folder)
    redact_snapshot(folder, ["S01"], "2030-01-02T00:00:00Z")
    assert not (folder / CROISSANT_FILE).exists()

"""Ten real recordings, against what a plain count of their lines gives."""

import csv
from pathlib import Path

import pytest

from collect.gaze.summary import gaze_summary

DATA = Path(__file__).parents[4] / "shared/data"
TRUTH = DATA / "TRUTH_asc.tsv"
ROWS = list(csv.DictReader(TRUTH.read_text("utf-8").splitlines(), delimiter="\t")) if TRUTH.is_file() else []


@pytest.mark.skipif(not ROWS, reason="the real recordings are not beside this checkout (../shared/data)")
@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_counts_are_those_of_the_file(row: dict[str, str]) -> None:
    def both_eyes(column: str) -> int:
        return sum(int(count) for count in row[column].split("/"))

    summary = gaze_summary(DATA / row["file"])
    started, ended = row["blocks S/E"].split("/")
    assert summary["rate_hz"] == float(row["rate"])
    assert summary["eyes"] == row["eyes"]
    assert summary["remote"] == (row["remote"] == "1")
    assert summary["samples"] == int(row["samples"])
    assert summary["samples_missing"] == int(row["miss"])
    assert summary["fixations"] == both_eyes("EFIX L/R")
    assert summary["saccades"] == both_eyes("ESACC L/R")
    assert summary["blinks"] == both_eyes("EBLINK L/R")
    assert summary["messages"] == int(row["MSG"])
    assert (summary["recording_blocks"], summary["recording_blocks_ended"]) == (int(started), int(ended))
    assert summary["duration_s"] == pytest.approx(float(row["span_ms"]) / 1000)
    assert bool(summary["warnings"]) == (started != ended)

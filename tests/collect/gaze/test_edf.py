"""Real EDF files, against what the peers count in them; and what is said where one cannot be read."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from collect.gaze import edf
from collect.gaze.errors import GazeFileError, GazeReaderMissingError
from collect.gaze.read import read_gaze
from collect.gaze.summary import gaze_summary

DATA = Path(__file__).parents[4] / "shared/data"
TRUTH = DATA / "TRUTH_edf.tsv"
ROWS = list(csv.DictReader(TRUTH.read_text("utf-8").splitlines(), delimiter="\t")) if TRUTH.is_file() else []
real = pytest.mark.skipif(not ROWS, reason="the real recordings are not beside this checkout (../shared/data)")


@real
@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_counts_are_those_of_the_file(row: dict[str, str]) -> None:
    recording = read_gaze(DATA / row["file"])
    header, samples = recording.header, recording.samples
    assert recording.format == "eyelink-edf"
    assert header.rate_hz == float(row["sfreq"])
    assert header.eyes == {"LEFT_EYE": "L", "RIGHT_EYE": "R", "BINOCULAR": "LR"}[row["eye"]]
    assert len(samples) == int(row["samples"])
    first = samples.right_x if header.eyes == "R" else samples.left_x
    assert np.isnan(first).sum() == int(row["nan_first_channel"])
    assert len(recording.messages) == int(row["messages"])
    for table, column in (
        (recording.fixations, "fixations(L/R)"),
        (recording.saccades, "saccades(L/R)"),
        (recording.blinks, "blinks(L/R)"),
    ):
        total, _, eyes = row[column].partition(" ")
        assert len(table) == int(total)
        assert "/".join(str((table["eye"] == eye).sum()) for eye in "LR") == eyes.strip("()")
    words = [message.text.split(" ")[0] for message in recording.messages]
    assert words.count("TRIALID") == int(row["TRIALID"])
    assert words.count("!V") == int(row["!V"])
    assert recording.events_source == "tracker"


@real
def test_times_are_the_trackers_and_pauses_stay() -> None:
    """The library that is used counts samples instead; then messages and samples of a later trial lie elsewhere."""
    recording = read_gaze(DATA / "edf/eyelinkReader_example.edf")
    times = recording.samples.time_ms
    assert (np.diff(times) > 0).all()
    assert (np.diff(times) > 100).sum() == 9  # between ten trials
    assert len(recording.blocks) == 10
    for block in recording.blocks:
        assert block.end_ms is not None
        inside = (times >= block.start_ms) & (times <= block.end_ms)
        assert inside.sum() == pytest.approx((block.end_ms - block.start_ms) / 2, abs=2)
    assert recording.header.screen_px == (1920, 1200)
    assert recording.fixations["pupil"].min() > 500
    assert not recording.header.remote


@real
def test_the_summary_is_not_spoilt_by_what_the_library_prints(capfd: pytest.CaptureFixture[str]) -> None:
    assert gaze_summary(DATA / "edf/pypillometry_test.edf")["samples"] == 35463
    assert capfd.readouterr().out == ""


@real
@pytest.mark.parametrize("size", [100, 200_000])
def test_a_file_that_breaks_off_is_told(tmp_path: Path, size: int) -> None:
    """SR Research's library dies of the first and refuses the second."""
    path = tmp_path / "cut.edf"
    path.write_bytes((DATA / "edf/eyelinkReader_example.edf").read_bytes()[:size])
    with pytest.raises(GazeFileError, match=rf"cut\.edf: SR Research's library refuses .* of {size:,} bytes"):
        read_gaze(path)


def test_without_the_library_one_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.edf"
    path.write_bytes(b"SR_RESEARCH_COMBINED_FILE_VERSION_2\0")
    monkeypatch.setattr(edf, "find_spec", lambda name: None)
    with pytest.raises(GazeReaderMissingError, match=r"pip install 'duchenne\[edf\]'\. .* not open source"):
        read_gaze(path)
    assert "eyelinkio" not in sys.modules

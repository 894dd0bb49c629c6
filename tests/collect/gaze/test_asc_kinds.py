"""ASC files that hold less than the usual: broken off, samples alone, events alone, events found by nobody."""

from pathlib import Path

import numpy as np
import pytest

from collect.gaze.asc import read_asc
from collect.gaze.errors import GazeFileError
from collect.gaze.read import read_gaze
from collect.gaze.summary import gaze_summary

HEAD = "** CONVERTED FROM a.edf\nMSG\t1 GAZE_COORDS 0 0 1919 1079\n"
START = "START\t5 \tLEFT\tSAMPLES\tEVENTS\nSAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\n"
NAN = float("nan")


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "part.asc"


def test_broken_off_within_a_sample(path: Path) -> None:
    whole = HEAD + START + "5\t  1.0\t  2.0\t  3.0\t...\n7\t  4.0\t  5.0\t  6.0\t...\n"
    recording = read_gaze(written(path, whole + "9\t  7.0\t  8"))
    assert recording.samples.time_ms.tolist() == [5, 7]
    read = recording.read
    assert (read.lines, read.read_bytes, read.total_bytes) == (6, len(whole), len(whole) + 11)
    assert read.why_not_further == (
        f"From line 7 (byte {len(whole)}) on the file breaks off: this line has no line end, and was left out."
    )
    assert recording.warnings == (
        read.why_not_further,
        "The recording that starts at 5 ms has no END; its last sample is at 7 ms.",
    )
    assert gaze_summary(path)["read_bytes"] == len(whole)


def test_zeros_behind_a_power_cut(path: Path) -> None:
    whole = HEAD + START + "5\t  1.0\t  2.0\t  3.0\t...\n"
    recording = read_gaze(written(path, whole.encode() + b"7\t  1." + bytes(5000)))
    assert recording.samples.time_ms.tolist() == [5]
    assert recording.read.why_not_further == (
        f"From line 6 (byte {len(whole)}) on the file holds zeros that were never written over, as after a power cut."
    )


def test_breaks_that_fall_between_two_batches(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = Path(__file__).with_name("golden.asc")
    whole = read_asc(golden)
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr("collect.gaze.asc._BATCH_BYTES", size)
        part = read_asc(golden)
        for name in ("time_ms", "left_x", "left_pupil", "right_y"):
            np.testing.assert_array_equal(getattr(part.samples, name), getattr(whole.samples, name))
        assert part.messages == whole.messages
        assert part.blocks == whole.blocks
        assert part.read == whole.read


def test_samples_alone_of_one_eye(path: Path) -> None:
    """As edf2asc -s writes them: nothing but samples, here with velocity and resolution."""
    lines = "5\t  1.0\t  2.0\t  3.0\t 0.1\t 0.2\t 35.0\t 35.1\t...\n7\t   .\t   .\t  0.0\t .\t .\t 35.0\t 35.1\tC..\n"
    recording = read_gaze(written(path, lines))
    np.testing.assert_array_equal(recording.samples.left_x, [1, NAN])
    assert recording.header.eyes == "L"
    assert recording.blocks == ()
    assert recording.warnings == (
        "No START line says whose samples these are. They are of one eye; it is called the left one here, and may be "
        "the right.",
    )
    summary = gaze_summary(path)
    assert (summary["samples"], summary["samples_missing"], summary["rate_hz"]) == (2, 1, None)


@pytest.mark.parametrize("tail", ["\t.....", "\t.....\t 5069.0\t 3637.0\t  577.5 .............", ""])
def test_samples_alone_of_both_eyes(path: Path, tail: str) -> None:
    recording = read_gaze(
        written(path, f"5.0\t 1.0\t 2.0\t 3.0\t 4.0\t 5.0\t 6.0{tail}\n5.5\t .\t .\t 0.0\t 7\t 8\t 9{tail}\n")
    )
    assert recording.samples.time_ms.tolist() == [5, 5.5]
    assert recording.samples.right_x.tolist() == [4, 7]
    assert recording.header.eyes == "LR"


def test_events_alone(path: Path) -> None:
    """As edf2asc -e writes them."""
    recording = read_gaze(written(path, HEAD + "START\t5 \tRIGHT\tEVENTS\nEVENTS\tGAZE\tRIGHT\tRATE\t 500.00\n"
                                  "EFIX R   5\t9\t6\t  961.5\t  541.1\t   1001\nEND\t11 \tEVENTS\n"))  # fmt: skip
    assert len(recording.samples) == 0
    assert recording.fixations["x"].tolist() == [961.5]
    assert (recording.header.eyes, recording.events_source, recording.has_events) == ("R", "tracker", True)
    assert gaze_summary(path)["duration_s"] == 0.0


def test_no_events(path: Path) -> None:
    recording = read_gaze(written(path, HEAD + START + "5\t  1.0\t  2.0\t  3.0\t...\nEND\t11 \tSAMPLES\n"))
    assert (recording.events_source, recording.has_events, recording.warnings) == (None, False, ())


def test_lost_data_and_lines_of_unknown_kinds_are_counted(path: Path) -> None:
    text = HEAD + START + "LOST_DATA_EVENT\n5\t1\t2\t3\nLOST DATA\nWHAT\t6\nWHO\t7\nEND\t11\n"
    assert read_gaze(written(path, text)).warnings == (
        "The tracker reports lost data in 2 places.",
        "2 lines of a kind not known here, the first is 8.",
    )


def test_a_line_that_is_damaged_is_named_with_what_was_read_before(path: Path) -> None:
    lines = [f"{time}\t  1.0\t  2.0\t  3.0\t...\n" for time in range(5, 25, 2)]
    lines[6] = "17\t  1.0\t  2#0\t  3.0\t...\n"
    with pytest.raises(GazeFileError, match=r"line 11: this is no sample .*'17\t .* 6 samples, up to 15 ms, could be"):
        read_gaze(written(path, HEAD + START + "".join(lines)))

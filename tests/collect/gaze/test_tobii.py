"""A small export of Tobii Pro Lab in both formats and several spellings, beside what must be read from it."""

import math
from pathlib import Path

import numpy as np
import pytest

from collect.gaze.errors import GazeFileError
from collect.gaze.read import read_gaze
from collect.gaze.recording import GazeRecording, Message
from tests.collect.gaze.tobii_export import GOLDEN, event, sample, write_text, write_workbook

TOBII = Path(__file__).parents[4] / "shared/data/tobii"
NAN = math.nan


@pytest.fixture(params=["utf-8-sig", "utf-8", "utf-16", "decimal comma", "xlsx"])
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> GazeRecording:
    # Names say nothing: the format is told from the content.
    path = tmp_path / "export.data"
    if request.param == "xlsx":
        return read_gaze(write_workbook(tmp_path / "export.xlsx").rename(path))
    if request.param == "decimal comma":
        return read_gaze(write_text(path, comma=True))
    return read_gaze(write_text(path, encoding=request.param))


def test_samples_are_each_eyes_own(golden: GazeRecording) -> None:
    samples = golden.samples
    np.testing.assert_allclose(samples.time_ms, [8.333, 16.666, 25, 33.333, 41.666, 50, 58.333])
    np.testing.assert_array_equal(samples.left_x, [960.5, 961.5, 962.5, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(samples.left_pupil, [3.5, 3.5, 3.75, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(samples.right_y, [541.0, 542.0, NAN, 500.0, 400.0, NAN, NAN])


def test_events_are_tobiis_own_with_each_eyes_position(golden: GazeRecording) -> None:
    assert golden.events_source == "Tobii: Tobii I-VT (Fixation)"
    left, right = golden.fixations.tolist()
    assert left == ("L", 8.333, 25.0, 961.5, 540.75, pytest.approx(10.75 / 3))
    assert right == ("R", 8.333, 25.0, 971.0, 541.5, 3.25)
    (saccade,) = golden.saccades.tolist()  # the left eye was not seen during it
    assert saccade[:7] == ("R", 33.333, 41.666, 900.0, 500.0, 800.0, 400.0)
    assert len(golden.blinks) == 0


def test_header_and_messages(golden: GazeRecording) -> None:
    header = golden.header
    assert (header.rate_hz, header.eyes, header.pupil, header.coordinates) == (120.0, "LR", "MM", "GAZE")
    assert (header.screen_px, header.date) == ((1920, 1080), "2026-01-01")
    assert golden.messages == (
        Message(0.0, "RecordingStart"),
        Message(5.0, "VideoStimulusStart Trauer – großer Film"),
        Message(60.0, "VideoStimulusEnd Trauer – großer Film"),
        Message(61.0, "RecordingEnd"),
    )
    (block,) = golden.blocks
    assert (block.start_ms, block.end_ms) == (0.0, 61.0)
    assert golden.warnings == ()
    assert (golden.read.lines, golden.read.why_not_further) == (13, None)
    assert golden.read.read_bytes == golden.read.total_bytes


def test_studio_3_spells_it_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "studio.tsv"
    path.write_text(
        "ParticipantName\tRecordingResolution\tRecordingTimestamp\tStudioEvent\tStudioEventData\tGazeEventType\t"
        "GazePointLeftX (ADCSpx)\tGazePointLeftY (ADCSpx)\tGazePointRightX (ADCSpx)\tGazePointRightY (ADCSpx)\t"
        "PupilLeft\tPupilRight\tValidityLeft\tValidityRight\t\n"
        "P1\t1280 x 1024\t3\tMovieStart\tsad.avi\t\t\t\t\t\t\t\t\t\t\n"
        "P1\t1280 x 1024\t16\t\t\tFixation\t100.5\t200.5\t110\t210\t3.1\t3.2\t0\t1\t\n"
        "P1\t1280 x 1024\t33\t\t\tUnclassified\t101\t201\t-1\t-1\t3.1\t-1\t0\t4\t\n"
    )
    recording = read_gaze(path)
    assert recording.samples.time_ms.tolist() == [16, 33]
    np.testing.assert_array_equal(recording.samples.right_x, [110, NAN])
    assert recording.header.screen_px == (1280, 1024)
    assert recording.messages == (Message(3.0, "MovieStart sad.avi"),)
    assert len(recording.fixations) == 2


@pytest.mark.parametrize(("unit", "scale"), [("ms", 1), ("s", 0.001), ("", 1), ("μs", 1000), ("", 1000)])
def test_times_come_in_every_unit(tmp_path: Path, unit: str, scale: float) -> None:
    name = f"Recording timestamp [{unit}]" if unit else "Recording timestamp"
    path = tmp_path / "export.tsv"
    rows = "".join(f"{time * scale:.6f}\tEye Tracker\t1\t2\n" for time in (10, 20, 30))
    path.write_text(f"{name}\tSensor\tGaze point X [DACS px]\tGaze point Y [DACS px]\n{rows}", encoding="utf-8")
    recording = read_gaze(path)
    np.testing.assert_allclose(recording.samples.time_ms, [10, 20, 30])
    assert "average of both eyes" in recording.warnings[0]


def test_positions_that_are_no_screen_pixels_are_named(tmp_path: Path) -> None:
    path = tmp_path / "export.tsv"
    path.write_text("Recording timestamp [ms]\tSensor\tGaze point left X [MCS norm]\tGaze point left Y [MCS norm]\n"
                    "10\tEye Tracker\t0.5\t0.5\n")  # fmt: skip
    assert read_gaze(path).header.coordinates == "MCS norm"


def test_a_text_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = write_text(tmp_path / "export.tsv")
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:20])
    recording = read_gaze(path)
    assert len(recording.samples) == 1
    assert recording.read.lines == 5
    assert recording.read.read_bytes == sum(map(len, lines[:5]))
    assert recording.read.why_not_further == (
        "From line 6 on the file breaks off: this line has no line end, and was left out."
    )
    assert recording.warnings[1] == "There is no event 'RecordingEnd': the export stops before the recording does."
    assert recording.blocks[0].end_ms is None


def test_a_spreadsheet_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "export.xlsx")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(GazeFileError, match=r"export\.xlsx: this is a spreadsheet or archive that breaks off"):
        read_gaze(path)


@pytest.mark.parametrize("write", [write_text, write_workbook])
def test_what_is_wrong_is_named_by_line_and_column(tmp_path: Path, write: type) -> None:
    bad = [*GOLDEN[:4], sample(16666, ("none", 1.0, 1.0), None, "Fixation", 1)]  # type: ignore[arg-type]  # on purpose
    with pytest.raises(
        GazeFileError, match=r"line 6, column 'Gaze point left X \[DACS px\]': expected a number, found"
    ):
        read_gaze(write(tmp_path / "bad.xlsx", bad))
    second = [*GOLDEN, event(0, "RecordingStart") | {"Recording name": "Recording 2"}]
    with pytest.raises(GazeFileError, match=r"line 14: a second recording begins here \('P01 Recording 2', after"):
        read_gaze(write(tmp_path / "two.xlsx", second))
    with pytest.raises(GazeFileError, match="none of its 2 lines is a sample of the eye tracker"):
        read_gaze(write(tmp_path / "none.xlsx", GOLDEN[:1]))


def test_tables_without_what_is_needed_say_what_to_export(tmp_path: Path) -> None:
    path = tmp_path / "export.tsv"
    path.write_text("Recording timestamp [ms]\tSensor\tEvent\n1\tMouse\t\n")
    with pytest.raises(GazeFileError, match=r"line 1: there is no column 'Gaze point left X .* Export the recording"):
        read_gaze(path)
    path.write_text("Sensor\tGaze point X\tGaze point Y\n")
    with pytest.raises(GazeFileError, match="line 1: there is no column 'Recording timestamp'"):
        read_gaze(path)
    path.write_text("Recording timestamp [ms]\tGaze point X\tGaze point Y\n1\t2\t3\t4\t5\t6\n")
    with pytest.raises(GazeFileError, match="line 2: expected 3 fields with tabs between, found 6"):
        read_gaze(path)


def test_a_spreadsheet_of_something_else(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(GazeFileError, match="sheet 'Sheet', line 1: there is no column 'Recording timestamp'"):
        read_gaze(tmp_path / "other.xlsx")


@pytest.mark.skipif(not TOBII.is_dir(), reason="the real recordings are not beside this checkout (../shared/data)")
def test_old_studio_exports() -> None:
    fixations = read_gaze(TOBII / "emdat_tobiiV2_P61-Fixation-Data.tsv")
    assert len(fixations.fixations) == 4664
    assert fixations.fixations[0].tolist()[:5] == ("L", 26.0, 659.0, 513.0, 518.0)
    assert fixations.header.screen_px == (1280, 1024)
    assert "no samples" in fixations.warnings[0]
    events = read_gaze(TOBII / "emdat_tobiiV2_P61-Event-Data.tsv")
    assert len(events.messages) == 1285
    assert events.messages[1] == Message(8091.0, "LeftMouseClick 666 443")
    with pytest.raises(GazeFileError, match=r"through Tobii's SDK: .* Export the recording from Tobii Pro Lab"):
        read_gaze(TOBII / "emdat_tobii4c_4Ctest.csv")

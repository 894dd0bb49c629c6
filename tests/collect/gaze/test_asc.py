"""A handwritten recording, beside what must be read from it; and what foreign, broken and cut files say."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.gaze.asc import read_asc
from collect.gaze.decimal_fields import decimal_columns
from collect.gaze.errors import GazeFileError
from collect.gaze.read import read_gaze
from collect.gaze.recording import RecordingBlock
from collect.gaze.summary import gaze_summary

GOLDEN = Path(__file__).with_name("golden.asc")
NAN = math.nan


def test_header() -> None:
    header = read_asc(GOLDEN).header
    assert (header.rate_hz, header.eyes, header.remote, header.pupil) == (500.0, "LR", True, "AREA")
    assert header.screen == (0.0, 0.0, 1919.0, 1079.0)
    assert header.screen_px == (1920, 1080)
    assert header.model == "EYELINK II CL v5.50 Jun 16 2022 (EyeLink 1000 Plus)"
    assert header.date == "Thu Jan  1 12:00:00 2026"


def test_samples_of_left_both_and_right_eye() -> None:
    samples = read_asc(GOLDEN).samples
    np.testing.assert_array_equal(samples.time_ms, [100, 102, 104, 106, 300, 301, 400])
    np.testing.assert_array_equal(samples.left_x, [960.1, 961.0, -12.5, NAN, 100.0, 101.0, NAN])
    np.testing.assert_array_equal(samples.left_y, [540.2, 541.0, 542.0, NAN, 200.0, 201.0, NAN])
    np.testing.assert_array_equal(samples.left_pupil, [1000, 1001, 1500, 0, 300, 301, NAN])
    np.testing.assert_array_equal(samples.right_x, [NAN, NAN, NAN, NAN, 400.0, NAN, 700.0])
    np.testing.assert_array_equal(samples.right_y, [NAN, NAN, NAN, NAN, 500.0, NAN, 800.0])
    np.testing.assert_array_equal(samples.right_pupil, [NAN, NAN, NAN, NAN, 600.0, 0.0, 900.0])


def test_events_messages_and_blocks() -> None:
    recording = read_asc(GOLDEN)
    assert recording.fixations.tolist() == [
        ("L", 100.0, 104.0, 961.5, 541.1, 1001.0),
        ("R", 300.0, 301.0, 400.0, 500.0, 600.0),
    ]
    first, second = recording.saccades.tolist()
    assert first[:3] == ("L", 106.0, 108.0)
    assert math.isnan(first[3])
    assert math.isnan(first[4])
    assert first[5:] == (852.1, 616.2, 2.3e6, 102.0)
    assert second == ("R", 301.0, 302.5, 400.0, 500.0, 410.0, 510.0, 0.37, 54.0)
    assert recording.blinks.tolist() == [("L", 106.0, 106.0)]
    assert [(message.time_ms, message.text) for message in recording.messages] == [
        (90.0, "DISPLAY_COORDS = 0 0 1023 767"),
        (95.0, "!CAL eye check box: (L,R,T,B)"),
        (100.0, "GAZE_COORDS 0.00 0.00 1919.00 1079.00"),
        (100.0, "TRIALID 1 Ärger – große Augen"),
        (107.0, "no tab here"),
        (200.0, "between the blocks"),
    ]
    assert recording.blocks == (
        RecordingBlock(100.0, 110.0, "L", 500.0),
        RecordingBlock(300.0, 303.0, "LR", 1000.0),
        RecordingBlock(400.0, None, "R", 500.0),
    )
    assert recording.warnings == (
        "The recording that starts at 400 ms has no END; its last sample is at 400 ms.",
        "The tracker reports lost data in 1 places.",
    )


def test_summary_is_plain_json() -> None:
    summary = json.loads(json.dumps(gaze_summary(GOLDEN)))
    expected = {
        "rate_hz": 500.0, "eyes": "LR", "remote": True, "samples": 7, "samples_missing": 2, "fixations": 2,
        "saccades": 2, "blinks": 1, "messages": 6, "recording_blocks": 3, "recording_blocks_ended": 2,
        "duration_s": 0.3, "screen_px": [1920, 1080],
    }  # fmt: skip
    assert {name: summary[name] for name in expected} == expected


def test_both_samples_of_a_millisecond_at_2000_hz_get_times_of_their_own(tmp_path: Path) -> None:
    head = "START\t5 \tLEFT\tSAMPLES\nSAMPLES\tGAZE\tLEFT\tRATE\t2000.00\n"
    path = tmp_path / "fast.asc"
    path.write_text(head + "".join(f"{t}\t  1.0\t  2.0\t  3.0\t...\n" for t in (5, 5, 6, 6)) + "END\t7\n")
    assert read_asc(path).samples.time_ms.tolist() == [5.0, 5.5, 6.0, 6.5]


def test_old_code_page_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "windows.asc"
    text = "MSG\t1 Größe\nSTART\t5 \tRIGHT\nSAMPLES\tGAZE\tRIGHT\tRATE\t250.00\n5\t1.0\t2.0\t3.0\nEND\t7\n"
    path.write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
    recording = read_asc(path)
    assert recording.messages[0].text == "Größe"
    assert recording.samples.right_pupil.tolist() == [3.0]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"** CONVERTED FROM x.edf\nMSG\t1 hello\n", r"no recording in 2 lines \(no START line, no sample\)"),
        (b"MSG\t1 a\n5\t1.0\t2.0\n", r"line 2: this is no sample: '5"),
        (b"START\t5 \tLEFT\n5\t1.0\t2.0\t3.0\n6\t1.0\tx\t3.0\n", r"line 3: this is no sample .*: '6\t1\.0\tx"),
        (b"START\t5 \tLEFT\tRIGHT\n5\t1.0\t2.0\t3.0\n", r"line 2: this is no sample of the eyes"),
        (b"START\t5 \tLEFT\nEFIX L 5\t6\n", r"line 2: cannot be read: 'EFIX L 5"),
        (b"MSG\t1 a\nSAMPLES\tGAZE\tLEFT\n", r"line 2: cannot be read: .* \(no START line before it\)"),
        (
            b"START\t5 \tLEFT\n5\t1.0\t2.0\t3.0\n7\t1.0\t2.0\t3.0\nEFIX X\n",
            r"line 4: cannot be read: 'EFIX X' .* 2 samples, up to 7 ms, could be read before it",
        ),
        (b"START\tfive \tLEFT\n", r"line 1: cannot be read: 'START"),
        (b"START\t5 \tLEFT\nMSG\tnever hello\n", r"line 2: cannot be read: 'MSG"),
    ],
)
def test_broken_lines_are_told(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "file.asc"
    path.write_bytes(content)
    with pytest.raises(GazeFileError, match=complaint) as caught:
        read_gaze(path)
    assert str(path) in str(caught.value)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(GazeFileError, match="cannot be read"):
        read_asc(tmp_path / "none.asc")


def test_a_file_may_break_off_anywhere(tmp_path: Path) -> None:
    """Whatever is left of the file is read, never more than the whole file has, and the break is said."""
    whole = GOLDEN.read_bytes()
    times = read_asc(GOLDEN).samples.time_ms
    path = tmp_path / "cut.asc"
    for size in range(whole.index(b"START\t100 \tLEFT\tS"), len(whole), 3):
        path.write_bytes(whole[:size])
        try:
            recording = read_asc(path)
        except GazeFileError as error:
            assert "no recording" in str(error)  # noqa: PT017 -- either outcome is right; cut within the first START
            continue
        count = len(recording.samples)
        np.testing.assert_array_equal(recording.samples.time_ms, times[:count])
        assert count >= whole[:size].count(b"...\n") - 1
        if whole[size - 1 : size] != b"\n":
            assert any("the file breaks off" in warning for warning in recording.warnings)


def test_progress_ends_at_the_size_of_the_file() -> None:
    seen: list[tuple[int, int]] = []
    read_asc(GOLDEN, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (GOLDEN.stat().st_size, GOLDEN.stat().st_size)


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6, allow_subnormal=False)] * 3), min_size=1, max_size=20), st.data())
@settings(max_examples=100, deadline=None)
def test_decimals_are_what_float_makes_of_them(rows: list[tuple[float, ...]], data: st.DataObject) -> None:
    forms = st.sampled_from(["{:.1f}", "{:9.2f}", "{!r}", "{:7.0f}", "{:.3e}", "{: .4f} "])
    fields = [[data.draw(forms).format(value) for value in row] for row in rows]
    columns = decimal_columns("".join("\t".join(row) + "\t...\n" for row in fields).encode(), 3)
    np.testing.assert_array_equal(np.array(columns).T, [[float(field) for field in row] for row in fields])


@pytest.mark.parametrize("field", ["1.2.3", "-", "1-2", "--1", "1 2", "a", "", " ", "0x10", ". 1", "1,5"])
def test_what_is_no_decimal_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=r"float|number"):
        decimal_columns(f"5\t{field}\t...\n".encode(), 2)

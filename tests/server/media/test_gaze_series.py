"""What a page draws of the gaze: thinned, both eyes as one, holes left as holes."""

from pathlib import Path

import pytest

from server.media.gaze_series import gaze_series
from tests.server.real_media import write_eye_events, write_gaze


def test_samples_are_thinned_to_what_a_screen_can_show(tmp_path: Path) -> None:
    series = gaze_series(write_gaze(tmp_path / "gaze.parquet", seconds=4, rate_hz=1000), None)
    assert len({len(series[name]) for name in ("t_ms", "x", "y", "pupil")}) == 1
    assert 60 <= len(series["t_ms"]) / 4 <= 100
    assert series["t_ms"] == sorted(series["t_ms"])


def test_slow_recordings_are_left_as_they_are(tmp_path: Path) -> None:
    assert len(gaze_series(write_gaze(tmp_path / "gaze.parquet", rate_hz=60), None)["t_ms"]) == 120


def test_the_eyes_are_averaged_and_one_alone_stands_for_both(tmp_path: Path) -> None:
    series = gaze_series(write_gaze(tmp_path / "gaze.parquet", rate_hz=50), None)
    at = series["t_ms"].index
    assert series["x"][at(0.0)] == 940.0  # 938 and 942
    assert series["x"][at(1200.0)] == pytest.approx(640 + 300 * -0.98999 - 2, abs=0.1)  # the left alone


def test_a_blink_is_a_hole_and_not_a_zero(tmp_path: Path) -> None:
    series = gaze_series(write_gaze(tmp_path / "gaze.parquet"), None)
    inside = [x for t, x in zip(series["t_ms"], series["x"], strict=True) if 815 < t < 885]
    assert inside
    assert set(inside) == {None}


def test_fixations_of_one_eye_and_blinks_of_both(tmp_path: Path) -> None:
    series = gaze_series(write_gaze(tmp_path / "gaze.parquet"), write_eye_events(tmp_path / "events.parquet"))
    assert [fixation["start_ms"] for fixation in series["fixations"]] == [0.0, 440.0, 940.0]
    assert series["fixations"][0] == {"start_ms": 0.0, "end_ms": 400.0, "x": 700.0, "y": 300.0}
    assert series["blinks"] == [{"start_ms": 800.0, "end_ms": 910.0}]

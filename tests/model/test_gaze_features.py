"""Eye features from small recordings whose answer is known by hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotate.snapshot.format import GAZE_MEDIA_COLUMNS
from model.errors import MediaError
from model.features.gaze import EYE_COLUMNS, STEPS, trial_eyes
from tests.model.conftest import eye_event, write_eye_events

#: 32 steps of 100 ms.
DURATION_MS = 3200.0
SCREEN_PX = (1000, 500)


def write_samples(path: Path, **columns: np.ndarray) -> None:
    t_ms = np.arange(0.0, DURATION_MS, 10.0)
    usual = {"t_ms": t_ms} | {name: np.full(len(t_ms), 250.0) for name in GAZE_MEDIA_COLUMNS[1:]}
    pq.write_table(pa.table({**usual, **columns}), path)


def columns_of(folder: Path, events: bool = True) -> dict[str, np.ndarray]:
    eyes = trial_eyes(folder / "g", folder / "e" if events else None, DURATION_MS, SCREEN_PX)
    assert eyes.eye.shape == (STEPS, len(EYE_COLUMNS))
    return dict(zip(EYE_COLUMNS, eyes.eye.T, strict=True))


def test_a_fixed_gaze(tmp_path: Path) -> None:
    write_samples(tmp_path / "g")
    got = columns_of(tmp_path, events=False)
    assert np.allclose(got["x_mean_screen"], 0.25)
    assert np.allclose(got["y_mean_screen"], 0.5)
    assert np.allclose(got["dispersion_screen"], 0)
    assert np.allclose(got["samples_valid_share"], 1)
    assert np.allclose(got["pupil_tracker_units"], 250)
    assert np.isnan(got["fixation_share"]).all()


def test_a_gaze_that_moves_evenly(tmp_path: Path) -> None:
    t_ms = np.arange(0.0, DURATION_MS, 10.0)
    x = 0.1 * t_ms  # a tenth of a pixel a millisecond: 0.1 screens a second
    write_samples(tmp_path / "g", left_x=x, right_x=x)
    got = columns_of(tmp_path, events=False)
    assert np.allclose(got["speed_median_screen_per_s"], 0.1, atol=1e-6)
    assert got["x_mean_screen"][0] == pytest.approx(0.0045)


def test_one_eye_is_enough_and_a_blank_cell_touches_one_step(tmp_path: Path) -> None:
    blank = np.full(320, 250.0)
    write_samples(tmp_path / "g", right_x=blank * np.nan)
    before = columns_of(tmp_path, events=False)
    blank[55] = np.nan
    write_samples(tmp_path / "g", right_x=blank * np.nan, left_x=blank)
    after = columns_of(tmp_path, events=False)
    for name in EYE_COLUMNS:
        changed = np.flatnonzero(~np.isclose(before[name], after[name], equal_nan=True))
        assert set(changed.tolist()) <= {5}
    assert after["samples_valid_share"][5] == pytest.approx(0.9)
    assert after["x_mean_screen"][5] == pytest.approx(0.25)


def test_a_gap_in_time_is_missing_and_no_speed(tmp_path: Path) -> None:
    t_ms = np.arange(0.0, DURATION_MS, 10.0)
    keep = (t_ms < 1000) | (t_ms >= 1500)
    x = np.where(t_ms < 1000, 100.0, 900.0)[keep]
    pq.write_table(
        pa.table({"t_ms": t_ms[keep], **{n: x if n.endswith("x") else x * 0 + 250 for n in GAZE_MEDIA_COLUMNS[1:]}}),
        tmp_path / "g",
    )
    got = columns_of(tmp_path, events=False)
    assert np.isnan(got["x_mean_screen"][10:15]).all()
    assert np.isnan(got["samples_valid_share"][10:15]).all()
    assert np.allclose(got["speed_p90_screen_per_s"][15], 0)


def test_a_lost_eye_that_is_reported_far_outside_is_not_a_gaze(tmp_path: Path) -> None:
    write_samples(tmp_path / "g", left_x=np.full(320, -32768.0), right_x=np.full(320, -32768.0))
    got = columns_of(tmp_path, events=False)
    assert np.isnan(got["x_mean_screen"]).all()
    assert np.allclose(got["samples_valid_share"], 0)


def test_events_by_hand(tmp_path: Path) -> None:
    write_samples(tmp_path / "g")
    rows = [
        eye_event("fixation", 0.0, 150.0),
        eye_event("saccade", 150.0, 170.0, x=100.0, y=100.0, end_x=400.0, end_y=300.0),
        eye_event("fixation", 170.0, 3000.0),
        eye_event("blink", 3000.0, 3150.0),
    ]
    write_eye_events(tmp_path / "e", rows)
    got = columns_of(tmp_path)
    assert got["fixation_share"][:3] == pytest.approx([1.0, 0.8, 1.0])
    assert got["fixation_count"][:3] == pytest.approx([1, 2, 1])
    assert got["fixation_duration_mean_s"][0] == pytest.approx(0.15)
    assert got["fixation_duration_mean_s"][2] == pytest.approx(2.83)
    assert got["saccade_rate_per_s"][1] == pytest.approx(10.0)
    assert got["saccade_rate_per_s"].sum() == pytest.approx(10.0)
    assert got["saccade_amplitude_mean_screen"][1] == pytest.approx(0.5)
    assert np.isnan(got["saccade_amplitude_mean_screen"][0])
    assert got["blink_share"][30:] == pytest.approx([1.0, 0.5])


def test_two_eyes_do_not_count_twice(tmp_path: Path) -> None:
    write_samples(tmp_path / "g")
    both = [eye_event("fixation", 0.0, 3200.0), {**eye_event("fixation", 0.0, 3200.0), "eye": "R"}]
    write_eye_events(tmp_path / "e", both)
    got = columns_of(tmp_path)
    assert np.allclose(got["fixation_share"], 1)
    assert np.allclose(got["fixation_count"], 1)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "g").write_text("<html>")
    with pytest.raises(MediaError, match="not a Parquet file"):
        columns_of(tmp_path, events=False)
    pq.write_table(pa.table({"t_ms": [0.0]}), tmp_path / "g")
    with pytest.raises(MediaError, match="no column left_x"):
        columns_of(tmp_path, events=False)

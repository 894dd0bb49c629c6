"""Gaze, playback and camera of one clip, measured from tables whose faults are known."""

import math

import numpy as np
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FLIPS_FILE, GAZE_EVENTS_FILE, ScreenInfo, TrackerInfo
from collect.bundle.tables import DTYPES, Table
from collect.bundle.trials import Trial
from collect.quality.camera_quality import camera_quality
from collect.quality.gaze_quality import gaze_quality
from collect.quality.playback_quality import playback_quality

S = 1_000_000_000
#: Far above 2^53: a float would lose the last digits.
START = 5_000_000_000_000_000_123
SCREEN = ScreenInfo(width_px=1000, height_px=500, refresh_hz=60.0)
NO_EVENTS = np.empty(0, DTYPES[GAZE_EVENTS_FILE])


def tracker(eyes: str = "LR", rate_hz: float = 100.0) -> TrackerInfo:
    return TrackerInfo(
        kind="lsl", model="test", rate_hz=rate_hz, eyes=eyes, pupil_unit="mm", simulated=False,
    )  # fmt: skip


def samples(seconds: float, rate_hz: float = 100.0) -> Table:
    table = np.zeros(round(seconds * rate_hz), DTYPES["gaze/samples.csv"])
    table["host_ns"] = START + np.rint(np.arange(len(table)) / rate_hz * S).astype(np.int64)
    for name in ("left_x", "left_y", "right_x", "right_y"):
        table[name] = 250.0
    return table


def lose(table: Table, from_s: float, to_s: float, *eyes: str) -> None:
    since = (table["host_ns"] - START) / S
    for eye in eyes:
        for axis in "xy":
            table[f"{eye}_{axis}"][(since >= from_s) & (since < to_s)] = np.nan


def test_gaze_counts_either_eye_each_eye_and_samples_that_never_came() -> None:
    table = samples(10)
    lose(table, 2, 4, "left", "right")
    lose(table, 6, 7, "left")
    table = table[(table["host_ns"] - START < 8 * S) | (table["host_ns"] - START >= 9 * S)]
    quality = gaze_quality(table, NO_EVENTS, START, START + 10 * S, tracker(), SCREEN)
    assert quality is not None
    assert (quality.samples, quality.expected) == (900, 1000)
    assert (quality.valid, quality.left, quality.right) == (0.7, 0.6, 0.7)
    assert [(gap.from_s, gap.to_s) for gap in quality.gaps] == [(2.0, 4.0), (8.0, 9.0)]
    assert [second.any for second in quality.seconds] == [1, 1, 0, 0, 1, 1, 1, 1, 0, 1]
    assert quality.seconds[6].left == 0
    assert quality.on_screen == 1.0


@pytest.mark.parametrize(("seconds", "bins"), [(8.004, 8), (8.5, 9), (0.05, 1)])
def test_what_is_left_of_a_clip_is_a_second_only_if_it_is_long_enough(seconds: float, bins: int) -> None:
    end_ns = START + round(seconds * S)
    quality = gaze_quality(samples(seconds), NO_EVENTS, START, end_ns, tracker(), SCREEN)
    assert quality is not None
    assert [second.any for second in quality.seconds] == [1.0] * bins


def test_an_eye_that_is_not_measured_is_not_known_rather_than_lost() -> None:
    table = samples(2)
    lose(table, 0, 2, "right")
    quality = gaze_quality(table, NO_EVENTS, START, START + 2 * S, tracker("L"), SCREEN)
    assert quality is not None
    assert (quality.valid, quality.left, quality.right) == (1.0, 1.0, None)


def test_gaze_beside_the_screen_is_valid_but_told() -> None:
    table = samples(2)
    table["left_x"][:50] = -20
    quality = gaze_quality(table, NO_EVENTS, START, START + 2 * S, tracker(), SCREEN)
    assert quality is not None
    assert (quality.valid, quality.on_screen) == (1.0, 0.75)


def test_blinks_come_from_the_tracker_else_from_gaps_of_their_length() -> None:
    table = samples(5)
    for start in (1.0, 3.0):
        lose(table, start, start + 0.2, "left", "right")
    lose(table, 4.0, 4.03, "left", "right")
    quality = gaze_quality(table, NO_EVENTS, START, START + 5 * S, tracker(), SCREEN)
    assert quality is not None
    assert (quality.blinks, quality.blinks_from, quality.gaps) == (2, "gaps", ())
    nan = math.nan
    blinks = np.array(
        [("blink", eye, START + at, START + at + S // 5, nan, nan, nan, nan, nan, nan, nan, "tracker")
         for eye, at in (("L", S), ("R", S + 10**7), ("L", 3 * S))], DTYPES[GAZE_EVENTS_FILE],
    )  # fmt: skip
    told = gaze_quality(table, blinks, START, START + 5 * S, tracker(), SCREEN)
    assert told is not None
    assert (told.blinks, told.blinks_from) == (2, "tracker")  # of both eyes is one


def trial(frames: int | None, sound_ns: int | None = None) -> Trial:
    return Trial(
        1, "clip", None, None, START, clip_started_ns=START, clip_ended_ns=START + S, frames_in_clip=frames,
        frames_shown=frames, sound_ns=sound_ns,
    )  # fmt: skip


def flips(frames: list[int], late_ms: dict[int, float] | None = None) -> Table:
    table = np.zeros(len(frames), DTYPES[FLIPS_FILE])
    table["frame"], table["clip_pts_ms"] = frames, [40.0 * n for n in frames]
    table["flip_ns"] = [START + round((40 * n + (late_ms or {}).get(n, 0)) * 1e6) for n in frames]
    return table


def test_playback_is_told_by_the_flips_and_not_by_what_the_player_says() -> None:
    shown = [n for n in range(100) if n not in (10, 11, 50)]
    quality = playback_quality(trial(100, START + 12_345_678), flips(shown, {20: 30.0, 30: 10.0}), 60.0)
    assert quality is not None
    assert (quality.frames_shown, quality.frames_skipped, quality.frames_late) == (97, 3, 1)
    assert (quality.late_ms_p50, quality.late_ms_max, quality.sound_offset_ms) == (0.0, 30.0, 12.35)
    assert quality.intervals is not None
    assert sum(quality.intervals.counts) == 96
    usual = np.searchsorted(quality.intervals.edges, 40.0, side="right") - 1
    assert quality.intervals.counts[usual] == max(quality.intervals.counts) == 90


def test_how_an_imported_clip_was_played_is_not_known() -> None:
    assert playback_quality(trial(0), flips([]), None) is None
    assert playback_quality(trial(None), flips([]), None) is None


def test_a_clip_of_which_nothing_was_shown_has_no_lateness() -> None:
    quality = playback_quality(trial(100), flips([]), 60.0)
    assert quality is not None
    assert (quality.shown, quality.late_ms_p95, quality.intervals) == (0.0, None, None)


def frames(times_s: list[float], device: bool = False, jitter_s: dict[int, float] | None = None) -> Table:
    table = np.zeros(len(times_s), DTYPES[CAMERA_FRAMES_FILE])
    table["frame"] = np.arange(len(times_s))
    table["device_ns"] = [round(t * S) + 77 for t in times_s] if device else -1
    table["host_ns"] = [START + round((t + (jitter_s or {}).get(n, 0)) * S) for n, t in enumerate(times_s)]
    return table


REGULAR = [n / 25 for n in range(250)]


def test_gaps_of_the_camera_are_lost_frames() -> None:
    times = [t for n, t in enumerate(REGULAR) if n not in (50, 100, 101)]
    quality = camera_quality(frames(times), START, START + 10 * S, 25.0)
    assert quality is not None
    assert (quality.frames, quality.lost, quality.expected) == (247, 3, 250)
    assert quality.late == 2


@pytest.mark.parametrize("device", [True, False])
def test_a_frame_that_the_host_fetched_late_is_late_but_not_lost(device: bool) -> None:
    quality = camera_quality(frames(REGULAR, device, {50: 0.035}), START, START + 10 * S, 25.0)
    assert quality is not None
    assert (quality.lost, quality.late) == (0, 1)


def test_a_camera_that_halves_its_rate_in_the_dark_has_lost_half() -> None:
    quality = camera_quality(frames(REGULAR[::2]), START, START + 10 * S, 25.0)
    assert quality is not None
    assert quality.lost_share == pytest.approx(0.5, abs=0.01)
    assert quality.fps == 12.5


def test_a_rate_a_little_off_its_name_loses_nothing() -> None:
    quality = camera_quality(frames([n / 29.5 for n in range(295)]), START, START + 10 * S, 30.0)
    assert quality is not None
    assert quality.lost == 0


def test_a_camera_that_ends_in_the_middle_has_lost_the_rest() -> None:
    quality = camera_quality(frames(REGULAR[:125]), START, START + 10 * S, 25.0)
    assert quality is not None
    assert 123 <= quality.lost <= 126
    nothing = camera_quality(frames([]), START, START + 10 * S, 25.0)
    assert nothing is not None
    assert nothing.lost_share == 1.0

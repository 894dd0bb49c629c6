"""Devices on the virtual clock, driven as a session drives them."""

import csv
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.devices.camera.simulated_camera import CameraFaults, CameraSettings, VirtualTimeCamera
from collect.devices.errors import ClipUnreadableError
from collect.devices.protocols import Camera, Clock, Flip, GazeSample, Screen, StopRequested, Tracker
from collect.devices.tracker.simulated_tracker import SimulatedTracker
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.simulation.people import CLIPS, participant

SMALL = CameraSettings(width=160, height=120, fps=10.0)
UNEVEN_MS = [0, 40, 80, 200, 240, 1000]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip whose frames come at uneven times."""
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, pts in enumerate(UNEVEN_MS):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 30 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_the_devices_satisfy_their_protocols() -> None:
    person, clock = participant(), VirtualClock()
    devices: tuple[Clock, Screen, Tracker, Camera] = (
        clock, VirtualScreen(person, clock), SimulatedTracker(person, clock), VirtualTimeCamera(person, clock),
    )  # fmt: skip
    assert devices[2].info.simulated
    assert devices[3].info.simulated
    assert devices[2].info.kind == devices[3].info.kind == "simulated"
    assert devices[1].info.vsync is False


def test_a_trial_leaves_gaze_flips_and_frames_of_the_same_span(tmp_path: Path, clip: Path) -> None:
    person, clock = participant(), VirtualClock()
    screen, tracker = VirtualScreen(person, clock), SimulatedTracker(person, clock, rate_hz=200)
    camera = VirtualTimeCamera(person, clock, SMALL)
    samples: list[GazeSample] = []
    flips: list[Flip] = []
    opened_ns = clock.now_ns()
    camera.open(tmp_path)
    tracker.open()
    assert screen.show_text("Welcome", ["y", "n"]) == "y"
    start_ns = clock.now_ns()
    tracker.start(1, next(iter(CLIPS)))
    camera.start(1)
    playback = screen.play(clip, flips.append, lambda: samples.extend(tracker.poll().samples))
    tracker.stop()
    camera.stop()
    samples.extend(tracker.poll().samples)
    assert screen.ask("seven", lambda: None) == person.answer(1, "seven")
    camera.close()

    assert [flip.clip_pts_ms for flip in flips] == UNEVEN_MS
    assert playback.frames_shown == playback.frames_in_clip == len(UNEVEN_MS)
    # Each frame at the first of 60 refreshes a second that is not before it is due.
    late_ms = [(flip.flip_ns - flips[0].flip_ns) / 1e6 - flip.clip_pts_ms for flip in flips]
    assert all(-0.01 <= late < 1000 / 60 for late in late_ms)
    assert samples[0].host_ns == start_ns
    assert np.diff([sample.host_ns for sample in samples]) == pytest.approx(5e6)
    assert samples[-1].host_ns > flips[-1].flip_ns

    with (tmp_path / CAMERA_FRAMES_FILE).open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == camera.status().frames == (clock.now_ns() - opened_ns) // 100_000_000 + 1
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        frames = list(container.decode(video=0))
    assert [frame.pts for frame in frames] == [float(row["pts_ms"]) for row in rows]
    first = next(index for index, row in enumerate(rows) if int(row["host_ns"]) >= start_ns)
    assert frames[first].key_frame


def test_two_runs_of_one_participant_give_the_same_video(tmp_path: Path) -> None:
    for name in ("a", "b"):
        person, clock = participant(), VirtualClock()
        camera = VirtualTimeCamera(person, clock, SMALL)
        camera.open(tmp_path / name)
        camera.start(2)
        clock.wait_until(clock.now_ns() + 2_000_000_000)
        camera.close()
    tables = [(tmp_path / name / CAMERA_FRAMES_FILE).read_bytes() for name in ("a", "b")]
    assert tables[0] == tables[1]
    pictures = []
    for name in ("a", "b"):
        with av.open(str(tmp_path / name / FACE_VIDEO_FILE)) as container:
            pictures.append([frame.to_ndarray() for frame in container.decode(video=0)])
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_a_camera_that_goes_silent_says_so_in_words(tmp_path: Path) -> None:
    clock = VirtualClock()
    settings = CameraSettings(160, 120, 10.0, CameraFaults(silent_after_frames=5))
    camera = VirtualTimeCamera(participant(), clock, settings)
    camera.open(tmp_path)
    clock.wait_until(clock.now_ns() + 2_000_000_000)
    status = camera.status()
    camera.close()
    assert status.frames == 5
    assert "no more pictures after 5 frames" in (status.failure or "")


def test_a_participant_may_stop_in_the_middle_of_a_clip(clip: Path) -> None:
    screen = VirtualScreen(participant(), VirtualClock(), stop_in_trial=(1, "participant"))
    flips: list[Flip] = []
    with pytest.raises(StopRequested) as stopped:
        screen.play(clip, flips.append, lambda: None)
    assert stopped.value.by == "participant"
    assert 0 < len(flips) < len(UNEVEN_MS)


def test_waiting_polls_at_least_ten_times_a_second() -> None:
    clock = VirtualClock()
    seen: list[int] = []
    VirtualScreen(participant(), clock).fixation_cross(2.05, lambda: seen.append(clock.now_ns()))
    assert np.diff([1_000_000_000, *seen]).max() <= 100_000_000
    assert clock.now_ns() == 3_050_000_000


def test_a_clip_that_is_no_video_is_named(tmp_path: Path) -> None:
    path = tmp_path / "page.mp4"
    path.write_text("<html>not found</html>")
    with pytest.raises(ClipUnreadableError, match=r"page\.mp4: this clip cannot be read"):
        VirtualScreen(participant(), VirtualClock()).play(path, lambda flip: None, lambda: None)

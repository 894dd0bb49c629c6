"""The camera that films in real time, in its own process."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.devices.camera.simulated_camera import CameraFaults, CameraSettings, SimulatedCamera
from collect.devices.errors import CameraUnavailableError
from tests.collect.simulation.people import participant


def until(condition: Callable[[], bool]) -> None:
    """Look until it is so; a camera that never gets there fails the test after a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def camera(faults: CameraFaults) -> SimulatedCamera:
    return SimulatedCamera(participant(), CameraSettings(160, 120, 15.0, faults))


@pytest.fixture
def filming(tmp_path: Path) -> Iterator[SimulatedCamera]:
    device = camera(CameraFaults())
    device.open(tmp_path)
    yield device
    device.close()


def pictures(bundle: Path) -> list[av.VideoFrame]:
    frames: list[av.VideoFrame] = []
    with av.open(str(bundle / FACE_VIDEO_FILE)) as container:
        frames.extend(container.decode(video=0))
    return frames


def rows(bundle: Path) -> list[list[str]]:
    return [line.split(",") for line in (bundle / CAMERA_FRAMES_FILE).read_text().splitlines()[1:]]


def test_it_films_from_open_to_close_on_the_hosts_clock(tmp_path: Path, filming: SimulatedCamera) -> None:
    until(lambda: filming.status().frames >= 8)
    before_ns = time.perf_counter_ns()
    filming.start(1)
    at_start = filming.status().frames
    until(lambda: filming.status().frames >= at_start + 8)
    filming.stop()
    filming.close()
    after_ns = time.perf_counter_ns()
    status = filming.status()
    assert status.failure is None
    table, frames = rows(tmp_path), pictures(tmp_path)
    assert len(table) == len(frames) == status.frames
    host_ns = [int(row[3]) for row in table]
    assert host_ns == sorted(host_ns)
    assert host_ns[0] < before_ns < host_ns[-1] < after_ns
    # The trial can be cut out: a key frame comes with it, within the first two frames after the start.
    first = next(number for number, t_ns in enumerate(host_ns) if t_ns >= before_ns)
    assert any(frame.key_frame for frame in frames[first : first + 2])


def test_a_killed_process_is_told_in_words_and_leaves_a_readable_video(
    tmp_path: Path, filming: SimulatedCamera
) -> None:
    until(lambda: filming.status().frames >= 30)
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: filming.status().failure is not None)
    failure = filming.status().failure
    assert failure is not None
    assert "signal SIGKILL" in failure
    assert "resume the session" in failure
    filming.start(1)
    filming.close()
    assert 0 < len(rows(tmp_path)) <= len(pictures(tmp_path))


def test_a_silent_camera_is_told_in_words(tmp_path: Path) -> None:
    device = camera(CameraFaults(silent_after_frames=3))
    device.open(tmp_path)
    until(lambda: device.status().failure is not None)
    device.close()
    assert device.status().frames == 3
    assert len(pictures(tmp_path)) == 3


def test_a_bundle_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "camera").write_text("in the way")
    device = camera(CameraFaults())
    with pytest.raises(CameraUnavailableError, match="the disk did not take the face video"):
        device.open(tmp_path)
    assert not multiprocessing.active_children()


def test_it_must_be_open_to_film_a_trial() -> None:
    with pytest.raises(CameraUnavailableError, match="not open"):
        camera(CameraFaults()).start(1)

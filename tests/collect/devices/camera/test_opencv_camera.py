"""The real camera class, fed from a video file in the place of a camera: own process, real files."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.bundle.study_devices import OpenCVCamera
from collect.bundle.tables import read_table
from collect.devices.camera.opencv_camera import OpenCVFaceCamera
from collect.devices.errors import CameraUnavailableError
from tests.collect.session.small_study import write_clip

FPS = 20
PERIOD_NS = 1e9 / FPS


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of grey that brightens from frame to frame."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_clip(path, seconds=3.0, fps=FPS)
    return path


def camera(device: Path, width: int = 160, height: int = 90) -> OpenCVFaceCamera:
    return OpenCVFaceCamera(OpenCVCamera(kind="opencv", device=str(device), width=width, height=height, fps=FPS))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_every_frame_to_the_last_is_written_with_the_times_of_device_and_host(film: Path, tmp_path: Path) -> None:
    device = camera(film)
    device.open(tmp_path)
    device.start(1)
    until(lambda: device.status().failure is not None)  # a film ends, as a camera does that is unplugged
    status = device.status()
    device.close()
    assert status.failure is not None
    assert status.failure.endswith("film.mp4: no picture came for 2 s; look at its cable.")
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    assert len(rows) == status.frames > 20
    # Its own times tell that nothing between the first and the last picture is missing.
    assert np.allclose(np.diff(rows["device_ns"].astype(float)), PERIOD_NS, rtol=0.03)
    assert status.dropped == 0
    assert (rows["host_ns"][1:] > rows["host_ns"][:-1]).all()
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        shades = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(shades) == len(rows)
    assert shades[-1] == pytest.approx(217, abs=4)  # the film's last


def test_the_picture_is_seen_before_anything_is_recorded(film: Path, tmp_path: Path) -> None:
    device = camera(film)
    assert device.preview() is None
    device.prepare()
    first = device.preview()
    assert first is not None
    assert first.image.shape == (90, 160, 3)
    until(lambda: (device.preview() or first).host_ns > first.host_ns)
    assert device.status().frames == 0
    assert device.status().fps > 0
    assert device.info.codec.startswith("h264 (libx264 ")
    assert device.info.simulated, "a film is no camera"
    device.close()
    assert device.preview() is None
    assert not list(tmp_path.iterdir())


def test_closing_at_once_leaves_whole_files(film: Path, tmp_path: Path) -> None:
    device = camera(film)
    device.open(tmp_path)
    device.close()
    device.close()
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    assert device.status().failure is None
    if len(rows):  # it may have been closed before the next picture came
        with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
            assert sum(1 for _ in container.decode(video=0)) == len(rows)


def test_a_camera_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraUnavailableError, match=r"nowhere: it cannot be opened.*plugged in.*field 'camera'"):
        camera(tmp_path / "nowhere").open(tmp_path)
    assert not (tmp_path / FACE_VIDEO_FILE).exists()


def test_a_camera_of_another_size_is_refused_before_anything_is_written(film: Path, tmp_path: Path) -> None:
    with pytest.raises(CameraUnavailableError, match="gives 160 × 90 pixels where the study wants 640 × 480"):
        camera(film, 640, 480).open(tmp_path)
    assert not (tmp_path / FACE_VIDEO_FILE).exists()

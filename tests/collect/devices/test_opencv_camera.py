"""The real camera class, fed from a video file in the place of a camera: own process, real files."""

from pathlib import Path

import av
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.bundle.study import OpenCVCamera
from collect.bundle.tables import read_table
from collect.devices.errors import CameraUnavailableError
from collect.devices.opencv_camera import OpenCVFaceCamera
from tests.collect.session.small_study import write_clip

FRAMES = 40


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    write_clip(path, seconds=2.0, fps=20)
    return path


def camera(device: Path, width: int = 160, height: int = 90) -> OpenCVFaceCamera:
    return OpenCVFaceCamera(OpenCVCamera(kind="opencv", device=str(device), width=width, height=height, fps=20))


def test_every_frame_is_written_with_the_times_of_device_and_host(film: Path, tmp_path: Path) -> None:
    device = camera(film)
    device.open(tmp_path)
    device.start(1)
    while device.status().failure is None:  # a film ends, as a camera does that is unplugged
        pass
    status = device.status()
    device.close()
    assert status.frames == FRAMES
    assert status.dropped == 0
    assert status.failure is not None
    assert "no picture came for 2 s" in status.failure
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    assert len(rows) == FRAMES
    assert (rows["host_ns"][1:] > rows["host_ns"][:-1]).all()
    assert (rows["device_ns"][1:] > rows["device_ns"][:-1]).all()
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        assert sum(1 for _ in container.decode(video=0)) == FRAMES


def test_closing_at_once_leaves_whole_files(film: Path, tmp_path: Path) -> None:
    device = camera(film)
    device.open(tmp_path)
    device.close()
    device.close()
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(rows) >= 1


def test_a_camera_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CameraUnavailableError, match=r"nowhere: it cannot be opened.*plugged in.*field 'camera'"):
        camera(tmp_path / "nowhere").open(tmp_path)
    assert not (tmp_path / FACE_VIDEO_FILE).exists()


def test_a_camera_of_another_size_is_refused_before_anything_is_written(film: Path, tmp_path: Path) -> None:
    with pytest.raises(CameraUnavailableError, match="gives 160 × 90 pixels where the study wants 640 × 480"):
        camera(film, 640, 480).open(tmp_path)
    assert not (tmp_path / FACE_VIDEO_FILE).exists()

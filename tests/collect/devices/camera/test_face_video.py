import csv
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from collect.bundle.errors import BundleBrokenError, BundleWriteError
from collect.bundle.format import CAMERA_FRAME_COLUMNS, CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.devices.camera.face_video import FaceVideoWriter

MS = 1_000_000
WIDTH, HEIGHT = 160, 120


def picture(number: int) -> np.ndarray:
    """Grey, as bright as its number says, with a moving bar."""
    image = np.full((HEIGHT, WIDTH, 3), 40 + number % 150, np.uint8)
    image[:, number * 3 % WIDTH][:] = 255
    return image


def written(bundle: Path) -> tuple[list[dict[str, str]], list[av.VideoFrame]]:
    with (bundle / CAMERA_FRAMES_FILE).open() as table:
        rows = list(csv.DictReader(table))
    frames: list[av.VideoFrame] = []
    with av.open(str(bundle / FACE_VIDEO_FILE)) as container:
        frames.extend(container.decode(video=0))
    return rows, frames


#: Writes frames at 30 a second into argv[1], from host time argv[2] ms, then ends as argv[3] says.
WRITER = """
import os, signal, sys
from pathlib import Path
from tests.collect.devices.camera.test_face_video import HEIGHT, MS, WIDTH, picture
from collect.devices.camera.face_video import FaceVideoWriter
writer = FaceVideoWriter(Path(sys.argv[1]), WIDTH, HEIGHT, 30.0)
for number in range(100):
    writer.write(picture(number), None, int(sys.argv[2]) * MS + number * 33_333_333)
if sys.argv[3] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
writer.close()
"""


def write_in_process(bundle: Path, start_ms: int, end: str) -> int:
    return subprocess.run([sys.executable, "-c", WRITER, str(bundle), str(start_ms), end], check=False).returncode


def test_time_stamps_are_the_true_times_and_not_counted_frames(tmp_path: Path) -> None:
    host_ms = [5000, 5031, 5067, 5068, 5300, 9000]
    with FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 30.0) as writer:
        for number, t_ms in enumerate(host_ms):
            writer.write(picture(number), 77 + number if number else None, t_ms * MS + 400_000)
    rows, frames = written(tmp_path)
    assert tuple(rows[0]) == CAMERA_FRAME_COLUMNS
    assert [frame.pts for frame in frames] == [t - 5000 for t in host_ms] == [float(row["pts_ms"]) for row in rows]
    assert [int(row["host_ns"]) for row in rows] == [t * MS + 400_000 for t in host_ms]
    assert [row["device_ns"] for row in rows] == ["", "78", "79", "80", "81", "82"]
    assert [int(row["frame"]) for row in rows] == list(range(6))
    assert not list(tmp_path.glob("**/*.partial"))


def test_two_frames_in_one_millisecond_keep_their_order(tmp_path: Path) -> None:
    with FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 30.0) as writer:
        for number in range(3):
            writer.write(picture(number), None, 1_000_000_000 + number * 100_000)
    rows, frames = written(tmp_path)
    assert [frame.pts for frame in frames] == [0, 1, 2] == [float(row["pts_ms"]) for row in rows]


def test_key_frames_come_each_second_and_where_asked_for(tmp_path: Path) -> None:
    with FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 10.0) as writer:
        for number in range(30):
            writer.write(picture(number), None, number * 100 * MS, keyframe=number == 14)
    _, frames = written(tmp_path)
    assert [number for number, frame in enumerate(frames) if frame.key_frame] == [0, 10, 14, 24]


def test_both_forms_of_pictures_look_alike_afterwards(tmp_path: Path) -> None:
    grey = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    grey[:HEIGHT] = round(16 + 219 * 100 / 255)
    with FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 30.0) as writer:
        writer.write(np.full((HEIGHT, WIDTH, 3), 100, np.uint8), None, 0)
        writer.write(grey, None, 33 * MS)
    _, frames = written(tmp_path)
    for frame in frames:
        assert (frame.colorspace, frame.color_range) == (6, 1)
        assert frame.to_ndarray(format="bgr24").mean() == pytest.approx(100, abs=1)


def test_a_killed_writer_loses_at_most_a_second_and_every_line_has_its_frame(tmp_path: Path) -> None:
    assert write_in_process(tmp_path, 1000, "killed") == -9
    rows, frames = written(tmp_path)
    assert 70 <= len(rows) <= len(frames) <= 100
    assert [frame.pts for frame in frames[: len(rows)]] == [float(row["pts_ms"]) for row in rows]
    assert frames[len(rows) - 1].to_ndarray(format="gray8").mean() > 40


@pytest.mark.parametrize(("second_start_ms", "gap_ms"), [(60_000, None), (500, 1000)], ids=["same boot", "reboot"])
def test_a_resumed_video_goes_on_where_the_killed_one_broke_off(
    tmp_path: Path, second_start_ms: int, gap_ms: int | None
) -> None:
    write_in_process(tmp_path, 1000, "killed")
    before, _ = written(tmp_path)
    assert write_in_process(tmp_path, second_start_ms, "closed") == 0
    rows, frames = written(tmp_path)
    assert rows[: len(before)] == before
    assert len(rows) == len(frames) == len(before) + 100
    assert [int(row["frame"]) for row in rows] == list(range(len(rows)))
    assert [frame.pts for frame in frames] == [float(row["pts_ms"]) for row in rows]
    assert frames[len(before)].key_frame
    last, first = frames[len(before) - 1].pts, frames[len(before)].pts
    assert last is not None
    assert first is not None
    true_gap = round((int(rows[len(before)]["host_ns"]) - int(before[-1]["host_ns"])) / MS)
    assert first - last == pytest.approx(gap_ms or true_gap, abs=1)
    # The pictures of the first part have come through unharmed.
    assert frames[10].to_ndarray(format="gray8").mean() == pytest.approx(picture(10).mean(), abs=4)


def test_a_video_of_another_size_is_not_gone_on_with(tmp_path: Path) -> None:
    write_in_process(tmp_path, 1000, "closed")
    before = (tmp_path / FACE_VIDEO_FILE).read_bytes()
    with pytest.raises(BundleBrokenError, match=r"has 160×120 pixels, the camera now gives 320×240"):
        FaceVideoWriter(tmp_path, 320, 240, 30.0)
    assert (tmp_path / FACE_VIDEO_FILE).read_bytes() == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "camera").write_text("in the way")
    with pytest.raises(BundleWriteError, match="the disk did not take the face video"):
        FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 30.0)


def test_closing_twice_and_closing_without_a_frame_is_fine(tmp_path: Path) -> None:
    writer = FaceVideoWriter(tmp_path, WIDTH, HEIGHT, 30.0)
    writer.close()
    writer.close()
    assert (tmp_path / CAMERA_FRAMES_FILE).read_text().splitlines() == [",".join(CAMERA_FRAME_COLUMNS)]

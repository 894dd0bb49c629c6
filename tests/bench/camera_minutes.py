"""Frames late, dropped or without a time in some minutes of recording: `python -m tests.bench.camera_minutes 10`.

A frame is late whose host time is more than one and a half periods after the one before. `… 10 1080` records 1080p.
"""

import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import psutil

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.bundle.tables import read_table
from duchenne.console import tell
from tests.bench.filmed_pictures import filming_camera

FPS = 30.0
WIDTHS = {720: 1280, 1080: 1920}


@dataclass(frozen=True)
class CameraMinutes:
    """`load`: share of one processor core that the camera's process took. `longest_ms`: between two frames."""

    encoder: str
    seconds: float
    frames: int
    in_video: int
    late: int
    dropped: int
    without_two_times: int
    longest_ms: float
    load: float
    warning: str | None


def record(minutes: float, height: int = 720) -> CameraMinutes:
    with tempfile.TemporaryDirectory(prefix="duchenne-bench-") as folder:
        bundle = Path(folder)
        camera = filming_camera(WIDTHS[height], height, FPS)
        camera.open(bundle)
        (process,) = (child for child in multiprocessing.active_children() if child.name == "camera")
        watched = psutil.Process(process.pid)
        before, begun_s = watched.cpu_times(), time.monotonic()
        while time.monotonic() - begun_s < minutes * 60 and camera.status().failure is None:
            time.sleep(0.2)
        after, seconds = watched.cpu_times(), time.monotonic() - begun_s
        status, encoder = camera.status(), camera.info.codec
        camera.close()
        rows = read_table(bundle, CAMERA_FRAMES_FILE, sealed=True)
        with av.open(str(bundle / FACE_VIDEO_FILE)) as container:
            in_video = sum(1 for packet in container.demux(video=0) if packet.size)
    if status.failure is not None:
        raise RuntimeError(status.failure)
    between_ms = np.diff(rows["host_ns"].astype(np.float64)) / 1e6
    both = np.isfinite(rows["device_ns"].astype(float)) & np.isfinite(rows["host_ns"].astype(float))
    return CameraMinutes(
        encoder, seconds, len(rows), in_video, int((between_ms > 1500 / FPS).sum()), status.dropped,
        int((~both).sum()), float(between_ms.max()),
        (after.user + after.system - before.user - before.system) / seconds, status.warning,
    )  # fmt: skip


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]] or [10.0]
    tell(str(record(given[0], int(given[1]) if len(given) > 1 else 720)))

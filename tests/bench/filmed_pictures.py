"""A camera source for benchmarks: a simulated face as a USB camera would send it, and as cheap to make.

The pictures are drawn and compressed once, as Motion JPEG; each is then decompressed when it falls due, which is what
OpenCV does with a real camera's. So the camera's process has the work that it would have in a lab, and no more.
"""

import time
from dataclasses import dataclass

import cv2
import numpy as np

from collect.bundle.format import CameraInfo
from collect.devices.camera.camera_source import Captured, Happening
from collect.devices.camera.process_camera import ProcessCamera
from collect.simulation.face import FacePose, FaceRenderer
from collect.simulation.face_look import random_look

_NS = 1_000_000_000
_PICTURES = 48
#: As V4L2 does by default.
_DRIVER_KEEPS = 4


@dataclass(frozen=True)
class FilmedPictures:
    width: int
    height: int
    fps: float

    def __call__(self) -> "FilmedSource":
        return FilmedSource(self)


class FilmedSource:
    """Satisfies collect.devices.camera.camera_source.CameraSource."""

    def __init__(self, wanted: FilmedPictures) -> None:
        self._wanted = wanted
        self._tick = 0

    def open(self) -> str:
        wanted = self._wanted
        renderer = FaceRenderer(random_look(np.random.default_rng(1)), wanted.width, wanted.height, 1)
        swing = np.sin(np.arange(_PICTURES) * 2 * np.pi / _PICTURES)
        poses = [FacePose("happiness", True, abs(float(way)), move_x=3 * float(way)) for way in swing]
        drawn = [cv2.cvtColor(renderer.render(pose), cv2.COLOR_YUV2BGR_I420) for pose in poses]
        self._pictures = [cv2.imencode(".jpg", picture)[1] for picture in drawn]
        self._start_ns = time.perf_counter_ns()
        return "Motion JPEG from memory"

    def capture(self) -> Captured | None:
        due_ns = self._start_ns + round(self._tick * _NS / self._wanted.fps)
        time.sleep(max(0, due_ns - time.perf_counter_ns()) / _NS)
        host_ns = time.perf_counter_ns()
        # A driver keeps a few pictures for who comes late; what fell due before those is lost.
        fell_due = int((host_ns - self._start_ns) * self._wanted.fps / _NS)
        self._tick = max(self._tick, fell_due - _DRIVER_KEEPS + 1)
        device_ns = round(self._tick * _NS / self._wanted.fps)
        image = cv2.imdecode(self._pictures[self._tick % _PICTURES], cv2.IMREAD_COLOR)
        self._tick += 1
        return Captured(np.asarray(image, np.uint8), device_ns, host_ns)

    def told(self, what: Happening) -> None:
        """The film goes on."""

    def close(self) -> None:
        """There is nothing to let go."""


def filming_camera(width: int = 1280, height: int = 720, fps: float = 30.0) -> ProcessCamera:
    """A camera for benchmarks, not opened yet."""
    info = CameraInfo(
        kind="simulated", model="benchmark", width_px=width, height_px=height, nominal_fps=fps, codec="h264",
        simulated=True,
    )  # fmt: skip
    return ProcessCamera("The benchmark's camera", info, FilmedPictures(width, height, fps), "Look at the machine.")

"""A real camera through OpenCV: the only file that captures with cv2.

Exposure, focus and white balance are left as the camera has them: the lab sets them with the camera's own program.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collect.bundle.format import CameraInfo
from collect.bundle.study_devices import OpenCVCamera
from collect.devices.camera.camera_source import Captured, Happening
from collect.devices.camera.face_video import CODEC
from collect.devices.camera.process_camera import ProcessCamera
from collect.devices.errors import CameraUnavailableError

#: More bytes a second than this do not fit uncompressed through USB 2, so that such a camera would slow down.
_RAW_BYTES_A_SECOND = 22_000_000
_NOTHING_CAME_S = 0.005


class OpenCVFaceCamera(ProcessCamera):
    """Satisfies collect.devices.protocols.Camera. A video file in the place of a camera counts as simulated."""

    def __init__(self, settings: OpenCVCamera) -> None:
        info = CameraInfo(
            kind="opencv", model=f"OpenCV device {settings.device}", width_px=settings.width, height_px=settings.height,
            nominal_fps=settings.fps, codec=CODEC, simulated=_is_file(settings.device),
        )  # fmt: skip
        hint = "Check that it is plugged in, that no other program uses it, and the study's field 'camera'."
        super().__init__(f"Camera {settings.device}", info, OpenCVPictures(settings), hint)


@dataclass(frozen=True)
class OpenCVPictures:
    """Makes the source in the camera's process."""

    settings: OpenCVCamera

    def __call__(self) -> "OpenCVSource":
        return OpenCVSource(self.settings)


class OpenCVSource:
    """Satisfies collect.devices.camera.camera_source.CameraSource."""

    def __init__(self, settings: OpenCVCamera) -> None:
        self._settings = settings
        self._paced = _is_file(settings.device)
        self._device_ms = 0.0
        #: Host time at which the device's clock stood at 0; only of a film.
        self._film_zero_ns: int | None = None
        self._first: Captured | None = None

    def open(self) -> str:
        # Windows' Media Foundation takes half a minute to open a camera where it looks for hardware converters.
        os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
        import cv2

        self._cv2 = cv2
        for backend in _backends(cv2, self._settings.device):
            self._capture: Any = cv2.VideoCapture(self._settings.device, backend)
            if self._capture.isOpened():
                return self._set_up()
            self._capture.release()
        raise CameraUnavailableError("it cannot be opened")

    def capture(self) -> Captured | None:
        """Blocks in the driver until the next picture has come."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if not self._capture.grab():
            time.sleep(_NOTHING_CAME_S)
            return None
        host_ns = time.perf_counter_ns()  # before decoding, as near to the exposure as we get
        device_ms = float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC))
        whole, image = self._capture.retrieve()
        if not whole:
            return None
        if self._paced:
            host_ns = self._wait_for_film(device_ms, host_ns)
        # Not every backend has a clock behind this number; one that stands still or runs back tells nothing.
        told = device_ms > self._device_ms
        self._device_ms = max(device_ms, self._device_ms)
        return Captured(image, round(device_ms * 1e6) if told else None, host_ns)

    def told(self, what: Happening) -> None:
        """A real camera films what is there."""

    def close(self) -> None:
        self._capture.release()

    def _set_up(self) -> str:
        """Set the camera as the study wants it, and see that the first picture is so."""
        cv2, capture, settings = self._cv2, self._capture, self._settings
        if settings.width * settings.height * 2 * settings.fps > _RAW_BYTES_A_SECOND:
            # Before the size: large sizes at full rate are often offered in this format only.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        capture.set(cv2.CAP_PROP_FPS, settings.fps)
        # The driver's few buffers are left to it: with only one, what comes while we decode would be lost.
        first = self.capture()
        if first is None:
            raise CameraUnavailableError("it opens, but gives no picture")
        height, width = first.image.shape[:2]
        if (width, height) != (settings.width, settings.height):
            raise CameraUnavailableError(
                f"it gives {width} × {height} pixels where the study wants {settings.width} × {settings.height}"
            )
        self._first = first
        return " ".join(part for part in (capture.getBackendName(), _letters(capture.get(cv2.CAP_PROP_FOURCC))) if part)

    def _wait_for_film(self, device_ms: float, host_ns: int) -> int:
        """A film is read at its own speed, as if its pictures came now."""
        if self._film_zero_ns is None:
            self._film_zero_ns = host_ns - round(device_ms * 1e6)
        due_ns = self._film_zero_ns + round(device_ms * 1e6)
        time.sleep(max(0, due_ns - time.perf_counter_ns()) / 1e9)
        return max(due_ns, host_ns)


def _is_file(device: int | str) -> bool:
    return isinstance(device, str) and Path(device).is_file()


def _backends(cv2: Any, device: int | str) -> tuple[int, ...]:
    """Best first: those of the system's own cameras that tell when a picture was taken."""
    if isinstance(device, str) and not device.startswith("/dev/"):
        return (cv2.CAP_ANY,)
    if sys.platform == "win32":
        return (cv2.CAP_MSMF, cv2.CAP_DSHOW, cv2.CAP_ANY)
    if sys.platform == "darwin":
        return (cv2.CAP_AVFOUNDATION, cv2.CAP_ANY)
    return (cv2.CAP_V4L2, cv2.CAP_ANY)


def _letters(fourcc: float) -> str:
    """'MJPG' of its number; empty where the camera tells none."""
    letters = int(fourcc).to_bytes(4, "little", signed=True).decode("ascii", "replace") if fourcc > 0 else ""
    return letters if letters.isprintable() else ""

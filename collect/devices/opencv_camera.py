"""A real camera through OpenCV, in a process of its own: the only file that captures with cv2.

Capture and encoding never share an interpreter with the screen, so that neither waits for the other.
"""

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from collect.bundle.format import CameraInfo
from collect.bundle.study import OpenCVCamera
from collect.devices.errors import CameraUnavailableError
from collect.devices.face_video import CODEC, FaceVideoWriter
from collect.devices.protocols import CameraStatus
from collect.errors import CollectError

_OPENING_S, _CLOSING_S = 30.0, 30.0
#: A camera that gives nothing for this long has failed.
_SILENCE_S = 2.0
_FRAMES, _DROPPED = 0, 1


class OpenCVFaceCamera:
    """Satisfies collect.devices.protocols.Camera."""

    def __init__(self, settings: OpenCVCamera) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._counts = self._context.Array("q", 2)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._failure: str | None = None

    @property
    def info(self) -> CameraInfo:
        """As the study wants it; `open` refuses a camera that gives another size."""
        settings = self._settings
        return CameraInfo(
            kind="opencv", model=f"OpenCV device {settings.device}", width_px=settings.width, height_px=settings.height,
            nominal_fps=settings.fps, codec=CODEC, simulated=False,
        )  # fmt: skip

    def open(self, bundle: Path) -> None:
        """Returns once the first frame was captured. Raises CameraUnavailableError."""
        self._failure = None
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_camera_process, args=(self._settings, bundle, theirs, self._counts), daemon=True, name="camera"
        )
        self._process.start()
        theirs.close()
        said = self._received() if self._pipe.poll(_OPENING_S) else "it did not answer in time"
        if said != "":
            self.close()
            raise CameraUnavailableError(
                f"Camera {self._settings.device}: {said or 'its process ended at once'}. Check that it is plugged in, "
                "that no other program uses it, and the study's field 'camera'."
            )

    def start(self, trial: int) -> None:
        self._send("keyframe")

    def stop(self) -> None:
        """The camera records from open to close; a trial's end is nothing to it."""

    def status(self) -> CameraStatus:
        self._look_for_failure()
        return CameraStatus(self._counts[_FRAMES], self._counts[_DROPPED], self._failure)

    def close(self) -> None:
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return
        self._look_for_failure()
        self._process = self._pipe = None
        with contextlib.suppress(OSError):  # it has ended by itself
            pipe.send("close")
        process.join(_CLOSING_S)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()

    def _send(self, word: str) -> None:
        if self._pipe is None:
            raise CameraUnavailableError("The camera is not open. Open it before the session records.")
        with contextlib.suppress(OSError):  # a dead camera is told by `status`
            self._pipe.send(word)

    def _received(self) -> str | None:
        assert self._pipe is not None, "asked before the camera was opened"
        try:
            return str(self._pipe.recv())
        except (EOFError, OSError):
            return None

    def _look_for_failure(self) -> None:
        if self._failure is not None or self._process is None or self._pipe is None:
            return
        if self._pipe.poll(0) and (said := self._received()):
            self._failure = f"Camera {self._settings.device}: {said}."
        elif not self._process.is_alive():
            self._failure = (
                f"Camera {self._settings.device}: its process ended by itself (exit status {self._process.exitcode}). "
                "What it had written is in the bundle."
            )


def _camera_process(settings: OpenCVCamera, bundle: Path, pipe: Connection, counts: "list[int]") -> None:
    """The camera's own process: tells "" once it records, a sentence when it fails, and ends when told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the session ends us in order
    import cv2

    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(settings.device)
    try:
        first = _opened(cv2, capture, settings)
        with FaceVideoWriter(bundle, settings.width, settings.height, settings.fps) as video:
            recorder = _Recorder(settings, video, counts)
            recorder.write(first)
            pipe.send("")
            recorder.run(lambda: _captured(cv2, capture), pipe)
    except CollectError as error:
        with contextlib.suppress(OSError):
            pipe.send(str(error))
    finally:
        capture.release()


@dataclass(frozen=True)
class _Captured:
    """One frame: (height, width, 3) uint8 BGR, the device's time if it tells one, and the host's."""

    image: Any
    device_ns: int | None
    host_ns: int


def _opened(cv2: Any, capture: Any, settings: OpenCVCamera) -> _Captured:
    """Set the camera as the study wants it, and see that the first frame is so."""
    if not capture.isOpened():
        raise CameraUnavailableError("it cannot be opened")
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
    capture.set(cv2.CAP_PROP_FPS, settings.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    first = _captured(cv2, capture)
    if first is None:
        raise CameraUnavailableError("it opens, but gives no picture")
    height, width = first.image.shape[:2]
    if (width, height) != (settings.width, settings.height):
        raise CameraUnavailableError(
            f"it gives {width} × {height} pixels where the study wants {settings.width} × {settings.height}"
        )
    return first


def _captured(cv2: Any, capture: Any) -> _Captured | None:
    if not capture.grab():
        return None
    host_ns = time.perf_counter_ns()  # before decoding, as near to the exposure as we get
    device_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
    whole, image = capture.retrieve()
    if not whole:
        return None
    return _Captured(image, round(device_ms * 1e6) if device_ms > 0 else None, host_ns)


class _Recorder:
    def __init__(self, settings: OpenCVCamera, video: FaceVideoWriter, counts: "list[int]") -> None:
        self._period_ns = 1e9 / settings.fps
        self._video, self._counts = video, counts
        self._last_ns: int | None = None
        self._keyframe = True

    def write(self, frame: _Captured) -> None:
        self._count_dropped(frame)
        self._video.write(frame.image, frame.device_ns, frame.host_ns, self._keyframe)
        self._keyframe = False
        self._counts[_FRAMES] += 1

    def run(self, capture: Callable[[], _Captured | None], pipe: Connection) -> None:
        """Until told to close. Raises CameraUnavailableError when no picture comes any more."""
        last_ns = time.perf_counter_ns()
        while True:
            if pipe.poll(0):
                try:
                    word = pipe.recv()
                except EOFError:  # the session's process is gone
                    return
                if word == "close":
                    return
                self._keyframe = True
            frame = capture()
            if frame is not None:
                last_ns = frame.host_ns
                self.write(frame)
            elif time.perf_counter_ns() - last_ns > _SILENCE_S * 1e9:
                raise CameraUnavailableError(f"no picture came for {_SILENCE_S:.0f} s; look at its cable")
            else:
                time.sleep(0.01)

    def _count_dropped(self, frame: _Captured) -> None:
        """Frames that must have been lost between the last one and this, by the device's own clock if it has one."""
        now_ns = frame.device_ns if frame.device_ns is not None else frame.host_ns
        if self._last_ns is not None and now_ns > self._last_ns:
            self._counts[_DROPPED] += max(0, round((now_ns - self._last_ns) / self._period_ns) - 1)
        self._last_ns = now_ns

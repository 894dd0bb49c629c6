"""The thread of the camera's process that takes pictures and never waits for those who encode them."""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import MutableSequence

from collect.devices.camera.camera_drops import LostPictures
from collect.devices.camera.camera_source import Captured
from collect.devices.camera.camera_words import LOST, MILLI_FPS, OVERFLOWN, CameraTask
from collect.devices.errors import CameraUnavailableError
from collect.devices.precedence import CAMERA, before_others
from collect.errors import CollectError

#: A camera that gives nothing for this long has failed.
SILENCE_S = 2.0
#: Room for about a second of pictures, but not for more than this many bytes.
_QUEUE_BYTES, _QUEUE_LEAST = 96_000_000, 6
_FPS_OVER_NS = 2_000_000_000
_ENDING_S = 1.0


class Capture:
    """Fetch pictures with `next`. What finds the queue full is lost, and counted as OVERFLOWN."""

    def __init__(self, task: CameraTask, counts: MutableSequence[int]) -> None:
        room = min(round(task.fps), _QUEUE_BYTES // (task.width * task.height * 3))
        self._pictures: queue.Queue[Captured | CollectError] = queue.Queue(max(_QUEUE_LEAST, room))
        self._opened: queue.SimpleQueue[str | CollectError] = queue.SimpleQueue()
        self.source = task.source()
        self._counts, self._fps = counts, task.fps
        self._lost: LostPictures | None = None
        self._ending = threading.Event()
        self._recent: deque[int] = deque()
        self._fetched_ns = 0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def begin(self) -> str:
        """Open the camera; returns what it says of itself. Raises CameraUnavailableError."""
        self._thread.start()
        opened = self._opened.get()
        if isinstance(opened, CollectError):
            raise opened
        self._fetched_ns = time.perf_counter_ns()
        return opened

    def next(self, timeout_s: float) -> Captured | None:
        """The oldest picture that waits; None where none comes in time. Raises CameraUnavailableError."""
        try:
            picture = self._pictures.get(timeout=timeout_s)
        except queue.Empty:
            if time.perf_counter_ns() - self._fetched_ns > SILENCE_S * 1e9:
                raise CameraUnavailableError(f"no picture came for {SILENCE_S:.0f} s; look at its cable") from None
            return None
        if isinstance(picture, CollectError):
            raise picture
        self._fetched_ns = time.perf_counter_ns()
        return picture

    def start_counting(self) -> None:
        """Forget the pictures that wait, and count from now on what gets lost."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._pictures.get_nowait()
        self._lost = LostPictures(self._fps)
        self._fetched_ns = time.perf_counter_ns()  # trying encoders may have taken longer than a camera may be silent

    def end(self) -> None:
        """A camera that hangs is not waited for: its thread ends with the process."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_ENDING_S)

    def _run(self) -> None:
        with before_others(CAMERA):  # a picture that is fetched late has a late time
            self._capture()

    def _capture(self) -> None:
        # Opened, asked and closed in one thread: not every camera's library likes to change threads.
        try:
            self._opened.put(self.source.open())
        except Exception as error:  # whatever a driver raises, it must be told, and nobody else waits for this thread
            self._opened.put(_told(error))
            return
        try:
            while not self._ending.is_set():
                picture = self.source.capture()
                if picture is not None:
                    self._keep(picture)
        except Exception as error:  # as above
            self._pictures.put(_told(error))
        finally:
            self.source.close()

    def _keep(self, picture: Captured) -> None:
        lost = self._lost
        if lost is not None:
            lost.saw(picture.device_ns, picture.host_ns)
            self._counts[LOST] = lost.count
        self._recent.append(picture.host_ns)
        while picture.host_ns - self._recent[0] > _FPS_OVER_NS:
            self._recent.popleft()
        self._counts[MILLI_FPS] = round(1000 * rate_of(self._recent))
        try:
            self._pictures.put_nowait(picture)
        except queue.Full:
            if lost is not None:
                self._counts[OVERFLOWN] += 1


def _told(error: Exception) -> CollectError:
    if isinstance(error, CollectError):
        return error
    return CameraUnavailableError(f"its driver failed ({type(error).__name__}: {error})")


def rate_of(host_ns: deque[int]) -> float:
    """Pictures a second; 0 where there are too few to tell."""
    return (len(host_ns) - 1) * 1e9 / (host_ns[-1] - host_ns[0]) if len(host_ns) > 1 else 0.0

"""The newest camera picture in memory that two processes share, small enough for a page on the screen.

Written by the camera's process, read by the session's. The writer never waits: while the picture is being read, the
next one is not put there. A lock that its owner died with only ever costs the reader a moment.
"""

from multiprocessing.context import SpawnContext
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.synchronize import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.devices.protocols import CameraPreview

_WIDEST = 640
_HEADER = 8
_READ_WAIT_S = 0.1


def preview_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the preview of such a picture."""
    scale = min(1.0, _WIDEST / width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def preview_of(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width, 3) RGB in the preview's size, of a BGR or I420 picture."""
    import cv2

    planar = image.ndim == 2
    if planar:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_YUV2BGR_I420), np.uint8)
    if (image.shape[1], image.shape[0]) != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


class PreviewPlace(NamedTuple):
    """What the other process needs to find the picture."""

    name: str
    lock: Lock
    size: tuple[int, int]


class PreviewReader:
    """Owns the shared memory."""

    def __init__(self, width: int, height: int, context: SpawnContext) -> None:
        size = preview_size(width, height)
        self._memory = SharedMemory(create=True, size=_HEADER + size[0] * size[1] * 3)
        _bytes_of(self._memory)[:_HEADER] = bytes(_HEADER)
        self.place = PreviewPlace(self._memory.name, context.Lock(), size)

    def newest(self) -> CameraPreview | None:
        """None where nothing was written yet."""
        width, height = self.place.size
        if not self.place.lock.acquire(timeout=_READ_WAIT_S):
            return None
        try:
            content = bytes(_bytes_of(self._memory)[: _HEADER + width * height * 3])
        finally:
            self.place.lock.release()
        host_ns = int.from_bytes(content[:_HEADER], "little")
        if host_ns == 0:
            return None
        pixels = np.frombuffer(content, np.uint8, offset=_HEADER)
        return CameraPreview(pixels.reshape(height, width, 3), host_ns)

    def close(self) -> None:
        self._memory.close()
        self._memory.unlink()


class PreviewWriter:
    def __init__(self, place: PreviewPlace) -> None:
        self._memory = SharedMemory(name=place.name)
        self._lock, self.size = place.lock, place.size

    def write(self, image: NDArray[np.uint8], host_ns: int) -> bool:
        """Put an RGB picture of the preview's size there; False where it is just being read."""
        if not self._lock.acquire(block=False):
            return False
        try:
            place = _bytes_of(self._memory)
            place[_HEADER : _HEADER + image.nbytes] = np.ascontiguousarray(image).data.cast("B")
            place[:_HEADER] = host_ns.to_bytes(_HEADER, "little")
        finally:
            self._lock.release()
        return True

    def close(self) -> None:
        self._memory.close()


def _bytes_of(memory: SharedMemory) -> memoryview:
    assert memory.buf is not None, "used after it was closed"
    return memory.buf

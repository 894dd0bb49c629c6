"""Decodes a clip ahead of its playing: pictures in a thread of their own, sound as a whole."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.devices.errors import ClipUnreadableError

#: Pictures kept ready. At 1280 × 720 one takes 3.7 MB.
FRAMES_AHEAD = 12


class ClipFrame(NamedTuple):
    """One decoded picture: (height, width, 4) uint8, top row first, in the order blue, green, red, unused."""

    number: int
    pts_ms: float
    picture: NDArray[np.uint8]


class ClipFrames:
    """The frames of a clip in the order of their showing, decoded by a thread into a short queue.

    Pictures are scaled, proportions kept, to fit `screen` (width, height in pixels).
    Raises ClipUnreadableError from `next_frame` where the file breaks off.
    """

    def __init__(self, path: Path, screen: tuple[int, int], ahead: int = FRAMES_AHEAD) -> None:
        self._path = path
        self._screen = screen
        self._ready: queue.Queue[ClipFrame | Exception | None] = queue.Queue(maxsize=ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._decode, name=f"decode {path.name}", daemon=True)
        self._thread.start()

    def next_frame(self) -> ClipFrame | None:
        """The next frame, or None after the last one. Waits for the decoder if need be."""
        got = self._ready.get()
        if isinstance(got, Exception):
            raise ClipUnreadableError(
                f"{self._path}: cannot be decoded ({got}). If a video player cannot play it either, replace it."
            ) from got
        return got

    def close(self) -> None:
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.01)  # makes room for a decoder that waits to put
            except queue.Empty:
                continue
        self._thread.join()

    def _decode(self) -> None:
        try:
            for frame in _decoded(self._path, self._screen):
                self._put(frame)
                if self._stop.is_set():
                    return
            self._put(None)
        except Exception as failure:  # handed over to the thread that plays, which raises it
            self._put(failure)

    def _put(self, item: ClipFrame | Exception | None) -> None:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.05)
            except queue.Full:
                continue
            return


@contextmanager
def opened_frames(path: Path, screen: tuple[int, int]) -> Iterator[ClipFrames]:
    frames = ClipFrames(path, screen)
    try:
        yield frames
    finally:
        frames.close()


def _decoded(path: Path, screen: tuple[int, int]) -> Iterator[ClipFrame]:
    import av

    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError("it has no picture")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for number, frame in enumerate(container.decode(stream)):
            if frame.time is None:
                raise ValueError(f"frame {number} has no time stamp")
            width, height = fitted_size((frame.width, frame.height), screen)
            small = frame.reformat(width, height, format="bgra", interpolation="BILINEAR")
            picture: NDArray[np.uint8] = np.asarray(small.to_ndarray(), dtype=np.uint8)
            yield ClipFrame(number, float(frame.time) * 1000.0, np.ascontiguousarray(picture))


def fitted_size(size: tuple[int, int], screen: tuple[int, int]) -> tuple[int, int]:
    """As large as `screen` allows, proportions kept."""
    scale = min(screen[0] / size[0], screen[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@dataclass(frozen=True)
class ClipSound:
    """samples: (n, 2) float32 in [-1, 1] at `rate_hz`."""

    samples: NDArray[np.float32]
    rate_hz: int


def has_sound(path: Path) -> bool:
    import av

    with av.open(str(path)) as container:
        return bool(container.streams.audio)


def read_sound(path: Path, rate_hz: int) -> ClipSound | None:
    """The clip's whole sound as stereo; None where it has none. Its first sample belongs to the clip's time 0."""
    import av

    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=rate_hz)
        pieces: list[NDArray[Any]] = []
        first_s: float | None = None
        for frame in container.decode(audio=0):
            first_s = frame.time if first_s is None else first_s
            pieces += [_stereo(out) for out in resampler.resample(frame)]
        pieces += [_stereo(out) for out in resampler.resample(None)]
    if not pieces:
        return None
    return ClipSound(
        _from_time_0(np.concatenate(pieces).astype(np.float32, copy=False), first_s or 0.0, rate_hz), rate_hz
    )


def _from_time_0(samples: NDArray[np.float32], first_s: float, rate_hz: int) -> NDArray[np.float32]:
    """A sound that begins later than the clip gets silence before it; one that begins earlier loses what is before."""
    shift = round(first_s * rate_hz)
    if shift <= 0:
        return samples[-shift:]
    return np.concatenate([np.zeros((shift, 2), np.float32), samples])


def _stereo(frame: Any) -> NDArray[Any]:
    return np.asarray(frame.to_ndarray()).reshape(-1, 2)

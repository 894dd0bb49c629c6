"""Plays a clip's sound from the very moment its first frame is shown, and says when it truly began."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from collect.devices.screen.clip_frames import ClipSound

RATE_HZ = 48_000
_NS = 1_000_000_000
#: What a card is given beyond its own latency to take the first samples.
_SPARE_NS = 60_000_000
#: A card that claims to be further ahead than this has no clock to speak of; its stated latency is used instead.
_LONGEST_AHEAD_S = 1.0


def sound_device_exists() -> bool:
    """Whether the machine has a sound card (or what passes for one) that can play."""
    try:
        import sounddevice

        sounddevice.query_devices(kind="output")
    except (OSError, ValueError, ImportError):  # no PortAudio, or PortAudioError (a ValueError's cousin) below
        return False
    except Exception as failure:
        if type(failure).__name__ == "PortAudioError":
            return False
        raise
    return True


class SoundFeed:
    """What the sound card is given: silence until the time that was set, then the samples, then silence."""

    def __init__(self, sound: ClipSound) -> None:
        self._samples = sound.samples
        self._rate_hz = sound.rate_hz
        self._next = 0
        self._begin_ns: int | None = None
        #: When the first sample reached the loudspeaker, in nanoseconds of the host's clock.
        self.began_ns: int | None = None

    def begin_at(self, t_ns: int) -> None:
        """The first sample shall be heard at this host time, or as soon after it as the card can."""
        self._begin_ns = t_ns

    def fill(self, out: NDArray[np.float32], reaches_ear_ns: int) -> None:
        """Fill `out` (n, 2), whose first row will be heard at `reaches_ear_ns`."""
        out[:] = 0
        if self._begin_ns is None:
            return
        silent = 0
        if self.began_ns is None:
            silent = max(0, round((self._begin_ns - reaches_ear_ns) * self._rate_hz / _NS))
            if silent >= len(out):
                return
            self.began_ns = reaches_ear_ns + round(silent * _NS / self._rate_hz)
        piece = self._samples[self._next : self._next + len(out) - silent]
        out[silent : silent + len(piece)] = piece
        self._next += len(piece)


class OutputStream(Protocol):
    """What is used of sounddevice.OutputStream."""

    @property
    def latency(self) -> float: ...

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class SoundPlayer:
    """An output stream that runs silently from the start, so that no sound waits for the card's waking up.

    opened: makes the stream from a rate in Hz and a callback; PortAudio's by default.
    """

    def __init__(
        self,
        sound: ClipSound,
        opened: Callable[[int, Callable[..., None]], OutputStream] | None = None,
        now_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self.feed = SoundFeed(sound)
        self._now_ns = now_ns
        self._latency_s = 0.0
        self._stream = (opened or _portaudio_stream)(sound.rate_hz, self._callback)
        self._latency_s = float(self._stream.latency)
        self._stream.start()

    @property
    def notice_ns(self) -> int:
        """How long before it is to be heard the sound must be asked for."""
        return round(self._latency_s * _NS) + _SPARE_NS

    def _callback(self, out: NDArray[np.float32], _frames: int, when: Any, _status: Any) -> None:
        ahead_s = when.outputBufferDacTime - when.currentTime
        if not 0 <= ahead_s <= _LONGEST_AHEAD_S:
            ahead_s = self._latency_s
        self.feed.fill(out, self._now_ns() + round(ahead_s * _NS))

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()


def _portaudio_stream(rate_hz: int, callback: Callable[..., None]) -> OutputStream:
    import sounddevice

    stream: OutputStream = sounddevice.OutputStream(
        samplerate=rate_hz, channels=2, dtype="float32", latency="low", callback=callback
    )
    return stream

"""Plays a clip's sound from the moment its first frame is shown, and says when it truly began."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.devices.clip_frames import ClipSound

RATE_HZ = 48_000


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
    """What the sound card is given: silence until `begin`, then the samples, then silence."""

    def __init__(self, sound: ClipSound) -> None:
        self._samples = sound.samples
        self._next = 0
        self._begun = False
        #: When the first sample reaches the loudspeaker, in nanoseconds of the host's clock.
        self.began_ns: int | None = None

    def begin(self) -> None:
        self._begun = True

    def fill(self, out: NDArray[np.float32], reaches_ear_ns: int) -> None:
        """Fill `out` (n, 2), whose first row will be heard at `reaches_ear_ns`."""
        if not self._begun:
            out[:] = 0
            return
        if self.began_ns is None:
            self.began_ns = reaches_ear_ns
        piece = self._samples[self._next : self._next + len(out)]
        out[: len(piece)] = piece
        out[len(piece) :] = 0
        self._next += len(piece)


class SoundPlayer:
    """An output stream that runs silently from the start, so that `begin` is heard without the card's waking up."""

    def __init__(self, sound: ClipSound) -> None:
        import sounddevice

        self.feed = SoundFeed(sound)
        self._stream = sounddevice.OutputStream(
            samplerate=sound.rate_hz, channels=2, dtype="float32", latency="low", callback=self._callback
        )
        self._stream.start()

    def _callback(self, out: NDArray[np.float32], _frames: int, when: Any, _status: Any) -> None:
        ahead_s = when.outputBufferDacTime - when.currentTime
        self.feed.fill(out, time.perf_counter_ns() + round(ahead_s * 1e9))

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()

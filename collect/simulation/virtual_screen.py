"""A screen on a virtual clock, with a simulated participant before it. No picture is drawn: only its times are real.

Clips are 'played' by the true time stamps of their frames, each frame shown at the refresh at or after it is due.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av

from collect.bundle.format import ScreenInfo
from collect.devices.errors import ClipUnreadableError
from collect.devices.protocols import Answer, Flip, Playback, StopRequested
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock

_NS = 1_000_000_000
_POLL_NS = 100_000_000
#: Seconds to read a text and press a key, and to answer an item: median and spread of the logarithm.
_READING_S, _ANSWERING_S, _SPREAD = 1.1, 0.9, 0.25
_USUAL_SCREEN = ScreenInfo(width_px=1920, height_px=1080, refresh_hz=60.0, vsync=False)


class VirtualScreen:
    """Satisfies collect.devices.protocols.Screen. Faster than real time: waiting only moves the clock."""

    def __init__(
        self,
        participant: SimulatedParticipant,
        clock: VirtualClock,
        info: ScreenInfo = _USUAL_SCREEN,
        first_trial: int = 1,
        stop_in_trial: tuple[int, Literal["participant", "experimenter"]] | None = None,
        pressed: Callable[[str, Sequence[str]], str] = lambda _text, keys: keys[0],
    ) -> None:
        """
        :param first_trial: number of the trial that the first clip belongs to; more than 1 in a resumed session.
        :param stop_in_trial: in the middle of this trial's clip, that person asks to stop.
        :param pressed: which of the keys the participant presses at a text; the first, if not said.
        """
        self._participant, self._clock, self._pressed = participant, clock, pressed
        # No glass, no vertical blank: flips are paced by software.
        self._info = info.model_copy(update={"vsync": False, "refresh_hz": info.refresh_hz or 60.0})
        self._trial = first_trial - 1
        self._stop_in_trial = stop_in_trial
        self._random = participant.random("reaction times")

    @property
    def info(self) -> ScreenInfo:
        return self._info

    def open(self) -> None:
        """Nothing to open."""

    def show_text(self, text: str, keys: Sequence[str]) -> str:
        self._pass(self._reaction_s(_READING_S), lambda: None)
        return self._pressed(text, keys)

    def fixation_cross(self, seconds: float, poll: Callable[[], None]) -> None:
        self._pass(seconds, poll)

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        """Raises ClipUnreadableError, and StopRequested where that was scripted."""
        frames_ms, duration_ms, sound = _frame_times(clip)
        self._trial += 1
        start_ns = self._clock.now_ns()
        stop_at = len(frames_ms) // 2 if self._stop_in_trial and self._stop_in_trial[0] == self._trial else None
        for number, pts_ms in enumerate(frames_ms):
            self._wait(self._refresh_ns(start_ns, pts_ms - frames_ms[0]), poll)
            on_flip(Flip(number, pts_ms, self._clock.now_ns()))
            poll()
            if number == stop_at and self._stop_in_trial is not None:
                raise StopRequested(self._stop_in_trial[1])
        self._wait(self._refresh_ns(start_ns, duration_ms), poll)
        return Playback(len(frames_ms), len(frames_ms), 0, start_ns if sound else None)

    def ask(self, item: Literal["seven", "three", "valence", "arousal"], poll: Callable[[], None]) -> Answer:
        self._pass(self._reaction_s(_ANSWERING_S), poll)
        return self._participant.answer(self._trial, item)

    def close(self) -> None:
        """Nothing to close."""

    def _reaction_s(self, median_s: float) -> float:
        return median_s * math.exp(float(self._random.normal(0, _SPREAD)))

    def _pass(self, seconds: float, poll: Callable[[], None]) -> None:
        self._wait(self._clock.now_ns() + round(seconds * _NS), poll)

    def _wait(self, until_ns: int, poll: Callable[[], None]) -> None:
        """Let time go by until then, looking around at least every 100 ms."""
        while until_ns - self._clock.now_ns() > _POLL_NS:
            self._clock.wait_until(self._clock.now_ns() + _POLL_NS)
            poll()
        self._clock.wait_until(until_ns)

    def _refresh_ns(self, start_ns: int, since_ms: float) -> int:
        """The first refresh at or after this time of the clip."""
        assert self._info.refresh_hz is not None
        period_ns = _NS / self._info.refresh_hz
        return start_ns + round(math.ceil(since_ms * 1e6 / period_ns - 1e-6) * period_ns)


@lru_cache(maxsize=256)
def _frame_times(clip: Path) -> tuple[tuple[float, ...], float, bool]:
    """Time stamps of the clip's frames in ms, in the order of their showing; its length in ms; whether it has sound."""
    try:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            packets = [packet for packet in container.demux(stream) if packet.pts is not None]
            sound = bool(container.streams.audio)
    except (av.error.FFmpegError, IndexError) as error:
        raise ClipUnreadableError(
            f"{clip}: this clip cannot be read as a video ({error}). Replace the file and its digest in the manifest."
        ) from None
    if not packets:
        raise ClipUnreadableError(f"{clip}: this clip has no frames. Replace the file and its digest in the manifest.")
    unit_ms = float(packets[0].time_base) * 1000
    times = sorted((packet.pts or 0) * unit_ms for packet in packets)
    last_ms = max((packet.duration or 0) for packet in packets) * unit_ms or 1000 / 30
    return tuple(times), times[-1] - times[0] + last_ms, sound

"""A screen on a virtual clock or a real one, with a simulated participant before it. No picture is drawn.

Clips are 'played' by the true time stamps of their frames, each frame shown at the refresh at or after it is due.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av

from collect.bundle.format import ScreenInfo, SelfReportItem
from collect.devices.errors import ClipUnreadableError
from collect.devices.protocols import Answer, Clock, Flip, Playback, SetupView, StopRequested
from collect.simulation.participant import SimulatedParticipant

_NS = 1_000_000_000
_POLL_NS = 100_000_000
#: Seconds to read a text and press a key, to answer an item, to write a sentence: median; spread of the logarithm.
_READING_S, _ANSWERING_S, _WRITING_S, _SPREAD = 1.1, 0.9, 6.0, 0.25
_USUAL_SCREEN = ScreenInfo(width_px=1920, height_px=1080, refresh_hz=60.0, vsync=False)


class VirtualScreen:
    """Satisfies collect.devices.protocols.Screen. On a VirtualClock waiting only moves the clock: faster than real."""

    def __init__(
        self,
        participant: SimulatedParticipant,
        clock: Clock,
        info: ScreenInfo = _USUAL_SCREEN,
        first_trial: int = 1,
        stop_in_trial: tuple[int, Literal["participant", "experimenter"]] | None = None,
        pressed: Callable[[str, Sequence[str]], str] = lambda _text, keys: keys[0],
        has_sound: bool = True,
    ) -> None:
        """
        :param first_trial: number of the trial that the first clip belongs to; more than 1 in a resumed session.
        :param stop_in_trial: in the middle of this trial's clip, that person asks to stop.
        :param pressed: which of the keys the participant presses at a text; the first, if not said. The setup page's
            text is empty.
        :param has_sound: whether clips are 'heard'.
        """
        self._participant, self._clock, self._pressed, self._sound = participant, clock, pressed, has_sound
        # No glass, no vertical blank: flips are paced by software.
        self._info = info.model_copy(update={"vsync": False, "refresh_hz": info.refresh_hz or 60.0})
        self._trial = first_trial - 1
        self._crossed = False
        self._stop_in_trial = stop_in_trial
        self._random = participant.random("reaction times")

    @property
    def info(self) -> ScreenInfo:
        return self._info

    def open(self) -> None:
        """Nothing to open."""

    @property
    def has_sound(self) -> bool:
        return self._sound

    def show_text(self, text: str, keys: Sequence[str], poll: Callable[[], None] | None = None) -> str:
        poll = poll or _nothing
        poll()  # the page is there
        self._pass(self._reaction_s(_READING_S), poll)
        return self._pressed(text, keys)

    def show_setup(self, look: Callable[[], SetupView], keys: Sequence[str]) -> str:
        """Looks once when the page is there and once when it is left; nobody draws what it sees."""
        look()
        self._pass(self._reaction_s(_READING_S), _nothing)
        look()
        return self._pressed("", keys)

    def fixation_cross(self, seconds: float, poll: Callable[[], None]) -> None:
        """Begins the next trial of the simulated participant."""
        self._trial, self._crossed = self._trial + 1, True
        self._pass(seconds, poll)

    def rest(self, seconds: float, poll: Callable[[], None]) -> None:
        self._pass(seconds, poll)

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        """Raises ClipUnreadableError, and StopRequested where that was scripted."""
        frames_ms, duration_ms, sound = _frame_times(clip)
        self._trial += not self._crossed
        self._crossed = False
        start_ns = self._clock.now_ns()
        stop_at = len(frames_ms) // 2 if self._stop_in_trial and self._stop_in_trial[0] == self._trial else None
        for number, pts_ms in enumerate(frames_ms):
            self._wait(self._refresh_ns(start_ns, pts_ms - frames_ms[0]), poll)
            on_flip(Flip(number, pts_ms, self._clock.now_ns()))
            poll()
            if number == stop_at and self._stop_in_trial is not None:
                raise StopRequested(self._stop_in_trial[1])
        self._wait(self._refresh_ns(start_ns, duration_ms), poll)
        return Playback(len(frames_ms), len(frames_ms), 0, start_ns if sound and self._sound else None)

    def ask(self, item: SelfReportItem, poll: Callable[[], None]) -> Answer:
        poll()  # the page is there
        self._pass(self._reaction_s(_WRITING_S if item == "text" else _ANSWERING_S), poll)
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


def _nothing() -> None:
    """Nobody looks around."""


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

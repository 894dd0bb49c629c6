"""What was flipped is told, with its time; what came too late is left out; who wants to stop is heard at once."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from collect.devices.errors import ClipUnreadableError
from collect.devices.protocols import Flip, Playback, StopRequested
from collect.devices.screen.clip_frames import ClipFrame, ClipFrames, ClipSound
from collect.devices.screen.clip_player import ClipPlayer
from collect.devices.screen.clip_sound import SoundFeed, SoundPlayer
from collect.simulation.virtual_clock import VirtualClock

MS = 1_000_000
REFRESH_NS = 16 * MS
CLIP = Path("clip.mp4")


class Window:
    """Shows at the next multiple of the refresh, if it has a vertical blank; `slow` frames take longer to draw."""

    def __init__(self, clock: VirtualClock, vsync: bool = False, slow_ms: dict[int, int] | None = None) -> None:
        self._clock, self._vsync, self._slow = clock, vsync, slow_ms or {}
        self._drawn = -1
        self.shown: list[int] = []

    def draw(self, picture: np.ndarray) -> None:
        self._drawn = int(picture[0, 0, 0])
        self._clock.wait_until(self._clock.now_ns() + self._slow.get(self._drawn, 1) * MS)

    def flip(self) -> int:
        if self._vsync:
            self._clock.wait_until((self._clock.now_ns() // REFRESH_NS + 1) * REFRESH_NS)
        self.shown.append(self._drawn)
        return self._clock.now_ns()

    def pressed(self) -> list[str]:
        return []


class Frames:
    def __init__(self, times_ms: list[float]) -> None:
        self._left = [
            ClipFrame(number, pts_ms, np.full((1, 1, 4), number, np.uint8)) for number, pts_ms in enumerate(times_ms)
        ]

    def next_frame(self) -> ClipFrame | None:
        return self._left.pop(0) if self._left else None


def played(
    clock: VirtualClock,
    window: Window,
    times_ms: list[float],
    *,
    vsync: bool = False,
    sound: SoundPlayer | None = None,
    poll: Callable[[], None] = lambda: None,
) -> tuple[Playback, list[Flip]]:
    flips: list[Flip] = []
    player = ClipPlayer(window, clock, REFRESH_NS, vsync, flips.append, poll)
    return player.play(CLIP, cast(ClipFrames, Frames(times_ms)), sound), flips


def test_every_frame_is_flipped_when_it_is_due_and_told() -> None:
    clock = VirtualClock()
    times = [0.0, 33.0, 67.0, 100.0]
    playback, flips = played(clock, Window(clock), times)
    assert playback == Playback(4, 4, 0, None)
    assert [flip.frame for flip in flips] == [0, 1, 2, 3]
    assert [flip.clip_pts_ms for flip in flips] == times
    assert [(flip.flip_ns - flips[0].flip_ns) / MS for flip in flips] == times


def test_the_last_frame_lasts_as_long_as_the_others() -> None:
    clock = VirtualClock()
    _, flips = played(clock, Window(clock), [0.0, 40.0, 80.0])
    assert clock.now_ns() - flips[0].flip_ns == 120 * MS


def test_with_a_vertical_blank_each_frame_meets_the_nearest_one() -> None:
    clock = VirtualClock()
    playback, flips = played(clock, Window(clock, vsync=True), [i * 1000 / 30 for i in range(30)], vsync=True)
    off_ms = [(flip.flip_ns - flips[0].flip_ns) / MS - flip.clip_pts_ms for flip in flips]
    assert playback.frames_shown == 30
    assert max(abs(ms) for ms in off_ms) <= 8.5


def test_a_frame_that_took_too_long_is_late_and_those_after_it_catch_up() -> None:
    clock = VirtualClock()
    window = Window(clock, slow_ms={2: 60})
    playback, flips = played(clock, window, [i * 40.0 for i in range(8)])
    assert (playback.frames_shown, playback.frames_late) == (8, 1)
    assert flips[-1].flip_ns - flips[0].flip_ns == 280 * MS


def test_after_a_long_stop_frames_are_left_out_and_counted_as_not_shown() -> None:
    clock = VirtualClock()
    window = Window(clock, slow_ms={2: 500})
    playback, flips = played(clock, window, [i * 40.0 for i in range(20)])
    assert playback.frames_in_clip == 20
    assert playback.frames_shown == len(flips) == len(window.shown) < 20
    assert [flip.frame for flip in flips] == window.shown
    assert flips[-1].flip_ns - flips[0].flip_ns == 760 * MS


def test_sound_and_picture_begin_together() -> None:
    clock = VirtualClock()
    asked: list[int] = []

    class Feed(SoundFeed):
        def begin_at(self, t_ns: int) -> None:
            asked.append(t_ns)
            super().begin_at(t_ns)

    class Sound:
        notice_ns = 80 * MS
        feed = Feed(ClipSound(np.ones((10, 2), np.float32), 1000))

    _, flips = played(clock, Window(clock), [20.0, 60.0], sound=cast(SoundPlayer, Sound()))
    assert asked == [flips[0].flip_ns - 20 * MS]  # the clip's time 0 is 20 ms before its first frame


def test_with_sound_a_lag_that_would_be_noticed_is_not_kept() -> None:
    clock = VirtualClock()
    window = Window(clock, slow_ms={2: 200})

    class Sound:
        notice_ns = 80 * MS
        feed = SoundFeed(ClipSound(np.ones((10, 2), np.float32), 1000))

    with_sound, _ = played(clock, window, [i * 40.0 for i in range(12)], sound=cast(SoundPlayer, Sound()))
    mute, _ = played(clock, Window(clock, slow_ms={2: 200}), [i * 40.0 for i in range(12)])
    assert with_sound.frames_shown < mute.frames_shown == 12


def test_a_request_ends_the_clip_at_once_even_between_slow_frames() -> None:
    clock = VirtualClock()
    window = Window(clock)
    begun_ns = clock.now_ns()

    def poll() -> None:
        if clock.now_ns() - begun_ns > 300 * MS:
            raise StopRequested("experimenter")

    with pytest.raises(StopRequested):
        played(clock, window, [0.0, 5000.0], poll=poll)
    assert clock.now_ns() - begun_ns < 400 * MS
    assert window.shown == [0]


def test_a_clip_without_frames_is_named() -> None:
    clock = VirtualClock()
    with pytest.raises(ClipUnreadableError, match=r"clip\.mp4: holds no frame"):
        played(clock, Window(clock), [])


def test_where_a_flip_takes_a_while_it_is_asked_for_that_much_earlier() -> None:
    clock = VirtualClock()

    class SlowFlips(Window):
        def flip(self) -> int:
            clock.wait_until(clock.now_ns() + 5 * MS)
            return super().flip()

    _, flips = played(clock, SlowFlips(clock), [i * 40.0 for i in range(5)])
    assert [(flip.flip_ns - flips[0].flip_ns) / MS for flip in flips] == [0, 40, 80, 120, 160]

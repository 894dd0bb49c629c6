"""Plays one clip: every frame at its own time, every flip told, sound and picture from the same moment on."""

import contextlib
import gc
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Protocol

from collect.devices.errors import ClipUnreadableError
from collect.devices.protocols import Clock, Flip, Playback
from collect.devices.screen.clip_frames import ClipFrame, ClipFrames
from collect.devices.screen.clip_sound import SoundPlayer
from collect.devices.screen.pacing import NS_PER_MS, SILENT_SKIP_NS, SOUNDING_SKIP_NS, Pacing
from collect.devices.screen.screen_canvas import Picture

#: Whoever records or wants to stop is listened to at least this often, however slow the clip's frames follow.
_POLL_EVERY_NS = 40 * NS_PER_MS
#: So long before a frame is due nobody else gets a turn: a poll may take a while.
_QUIET_NS = 12 * NS_PER_MS


class ClipWindow(Protocol):
    def draw(self, picture: Picture) -> None: ...

    def flip(self) -> int: ...

    def pressed(self) -> list[str]: ...


@dataclass
class ClipPlayer:
    """refresh_ns: one refresh of the screen. vsync: flips wait for a vertical blank."""

    window: ClipWindow
    clock: Clock
    refresh_ns: int
    vsync: bool
    on_flip: Callable[[Flip], None]
    poll: Callable[[], None]
    #: The picture that was shown nearest after `keep_ms` of the clip, for the documentation.
    keep_ms: float | None = None
    kept: Picture | None = None
    #: How long the last flips took.
    _flips_ns: deque[int] = field(default_factory=lambda: deque(maxlen=15), init=False)

    def play(self, clip: Path, frames: ClipFrames, sound: SoundPlayer | None) -> Playback:
        """To the last frame, which lasts as long as the others. What `poll` raises ends the clip at once."""
        frame = frames.next_frame()
        if frame is None:
            raise ClipUnreadableError(f"{clip}: holds no frame at all. Replace the file.")
        first_ms = frame.pts_ms
        pacing = self._begun(frame, sound)
        decoded = shown = 1
        late = 0
        last_ms, frame_ms = first_ms, 0.0
        while True:
            self._look_around()
            frame = frames.next_frame()
            if frame is None:
                break
            decoded += 1
            frame_ms, last_ms = frame.pts_ms - last_ms, frame.pts_ms
            if pacing.is_hopeless(frame.pts_ms, self.clock.now_ns()):
                continue
            late += self._shown_late(frame, pacing)
            shown += 1
            if self.keep_ms is not None and self.kept is None and frame.pts_ms - first_ms >= self.keep_ms:
                self.kept = frame.picture
        self._wait(pacing.due_ns(last_ms + frame_ms))
        return Playback(decoded, shown, late, None if sound is None else sound.feed.began_ns)

    def _begun(self, frame: ClipFrame, sound: SoundPlayer | None) -> Pacing:
        """Shows the first frame. A sound card needs a moment's notice: both begin when it can."""
        self.window.draw(frame.picture)
        skip_ns = SILENT_SKIP_NS
        if sound is not None:
            start_ns = self.clock.now_ns() + sound.notice_ns
            sound.feed.begin_at(start_ns - round(frame.pts_ms * NS_PER_MS))
            self._wait(start_ns - self._ahead_ns)
            skip_ns = SOUNDING_SKIP_NS
        flip_ns = self._flipped()
        self.on_flip(Flip(frame.number, frame.pts_ms, flip_ns))
        return Pacing(flip_ns, frame.pts_ms, self.refresh_ns, skip_ns)

    def _shown_late(self, frame: ClipFrame, pacing: Pacing) -> bool:
        due_ns = pacing.due_ns(frame.pts_ms)
        if due_ns - self.clock.now_ns() > _POLL_EVERY_NS:
            self._wait(due_ns - _QUIET_NS)
        self.window.draw(frame.picture)
        self.clock.wait_until(due_ns - self._ahead_ns)
        flip_ns = self._flipped()
        self.on_flip(Flip(frame.number, frame.pts_ms, flip_ns))
        return pacing.is_late(frame.pts_ms, flip_ns)

    def _flipped(self) -> int:
        asked_ns = self.clock.now_ns()
        flip_ns = self.window.flip()
        self._flips_ns.append(flip_ns - asked_ns)
        return flip_ns

    @property
    def _ahead_ns(self) -> int:
        """With a vertical blank the flip waits for it: ask half a refresh early and the nearest blank is met. Without
        one it returns when the picture has been copied: ask as much earlier as that took lately."""
        half_ns = self.refresh_ns // 2
        if self.vsync:
            return half_ns
        return min(half_ns, round(median(self._flips_ns))) if self._flips_ns else 0

    def _wait(self, until_ns: int) -> None:
        while until_ns - self.clock.now_ns() > _POLL_EVERY_NS:
            self.clock.wait_until(self.clock.now_ns() + _POLL_EVERY_NS - _QUIET_NS)
            self._look_around()
        self.clock.wait_until(until_ns)

    def _look_around(self) -> None:
        self.poll()
        self.window.pressed()


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A collection in the middle of a clip takes longer than a frame lasts."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

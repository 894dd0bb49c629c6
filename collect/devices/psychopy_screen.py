"""The participant's screen and keyboard through PsychoPy: the only file that imports it, and not before `open`."""

import contextlib
import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from collect.bundle.format import Emotion, Polarity, ScreenInfo
from collect.devices.clip_frames import ClipFrames, opened_frames, read_sound
from collect.devices.clip_sound import RATE_HZ, SoundPlayer, sound_device_exists
from collect.devices.errors import ClipUnreadableError, ScreenUnavailableError, SoundUnavailableError
from collect.devices.pacing import NS_PER_MS, Pacing
from collect.devices.picture_texture import PictureTexture
from collect.devices.protocols import Answer, Clock, Flip, Playback
from collect.devices.screen_keys import Keys, Selection
from collect.devices.screen_pages import (
    BACKGROUND,
    Picture,
    blank_page,
    calibration_page,
    choice_page,
    fixation_page,
    scale_page,
    text_page,
)

WINDOW_TITLE = "Duchenne session"
_KEY_LOOK_NS = 8 * NS_PER_MS
#: Without a vertical blank there is no refresh to measure; lateness is then told against one of this rate.
_NOMINAL_HZ = 60.0
_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "software")
#: Before the machine's other programs: a frame waits for nobody's mail.
_PRECEDENCE = -10
#: A picture of a clip for the documentation is taken once this much of it was shown.
_CLIP_PICTURE_MS = 1500.0

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
_ADVICE = "Say what you felt, not what your face showed."


class PsychopyScreen:
    """Plays clips frame by frame, asks the self-report, and reads the window's own key events.

    width_px, height_px: the window's size; with `fullscreen` it must be the screen's.
    needs_sound: True refuses to open on a machine that cannot play sound; False plays clips mute there.
    picture_folder: one picture of every kind of page is saved there as PNG, for the documentation.
    """

    def __init__(
        self,
        width_px: int,
        height_px: int,
        clock: Clock,
        *,
        fullscreen: bool = False,
        width_cm: float | None = None,
        distance_cm: float | None = None,
        needs_sound: bool = True,
        picture_folder: Path | None = None,
    ) -> None:
        self._clock = clock
        self._fullscreen = fullscreen
        self._needs_sound = needs_sound
        self._picture_folder = picture_folder
        self._info = ScreenInfo(width_px=width_px, height_px=height_px, width_cm=width_cm, distance_cm=distance_cm)
        self._keys = Keys(clock)
        self._window: Any = None
        self._texture: PictureTexture | None = None
        self._sound = False
        self._usual_priority: int | None = None

    @property
    def info(self) -> ScreenInfo:
        """`refresh_hz` and `vsync` are known only once the screen is open."""
        return self._info

    # --- life ---

    def open(self) -> None:
        self._sound = sound_device_exists()
        if self._needs_sound and not self._sound:
            raise SoundUnavailableError(
                "This machine has no sound output, and the study needs sound. Plug in or enable a sound card; "
                "or say in the study that clips may be played without sound."
            )
        # Set before the window is opened, since the threads of renderer and decoder inherit it.
        self._usual_priority = _priority_changed_to(_PRECEDENCE)
        self._window = self._opened_window()
        self._window.winHandle.set_caption(WINDOW_TITLE)
        self._keys.attach(self._window.winHandle)
        self._texture = PictureTexture()
        self._window.winHandle.activate()
        self._window.flip()
        vsync, refresh_hz = self._measured_refresh()
        self._info = self._info.model_copy(update={"vsync": vsync, "refresh_hz": refresh_hz})

    def _opened_window(self) -> Any:
        width, height = self._info.width_px, self._info.height_px
        try:
            from psychopy import logging as psychopy_logging

            psychopy_logging.console.setLevel(psychopy_logging.CRITICAL)  # its warnings are not for participants
            from psychopy import monitors, visual

            monitor = monitors.Monitor(
                "duchenne", width=self._info.width_cm or 53.0, distance=self._info.distance_cm or 60.0
            )
            monitor.setSizePix([width, height])
            logging.getLogger("matplotlib").setLevel(logging.WARNING)
            return visual.Window(
                (width, height), winType="pyglet", fullscr=self._fullscreen, allowGUI=False, monitor=monitor,
                units="pix", color=BACKGROUND, colorSpace="hex", waitBlanking=True, checkTiming=False, useFBO=False,
                autoLog=False,
            )  # fmt: skip
        except Exception as failure:  # pyglet and PsychoPy raise whatever the display's library raised
            raise ScreenUnavailableError(
                f"No {width} × {height} window could be opened ({type(failure).__name__}: {failure}). "
                "Start from a desktop session (DISPLAY must be set), check the screen size in the study, "
                "and that the graphics driver offers OpenGL 2 or later (glxinfo -B)."
            ) from failure

    def _measured_refresh(self) -> tuple[bool, float | None]:
        """Whether flips wait for a vertical blank, and its rate. A software renderer has none, be it ever so even."""
        from pyglet import gl

        if any(name in str(gl.gl_info.get_renderer()).lower() for name in _SOFTWARE_RENDERERS):
            return False, None
        measured = self._window.getActualFrameRate(nIdentical=10, nMaxFrames=120, nWarmUpFrames=10, threshold=1)
        if measured is None or not 20 <= measured <= 400:
            return False, None
        return True, float(measured)

    def close(self) -> None:
        if self._window is None:
            return
        if self._usual_priority is not None:
            _priority_changed_to(self._usual_priority)
        window, self._window = self._window, None
        if self._texture is not None:
            with contextlib.suppress(Exception):  # the context may be gone with the display
                self._texture.delete()
        window.close()

    # --- pages ---

    def show_text(self, text: str, keys: Sequence[str], poll: Callable[[], None] | None = None) -> str:
        self._show(text_page(text, *self._size), "text")
        while True:
            if poll is not None:
                poll()
            for key in self._pressed():
                if key in keys:
                    return key
            self._clock.wait_until(self._clock.now_ns() + _KEY_LOOK_NS)

    def fixation_cross(self, seconds: float, poll: Callable[[], None]) -> None:
        self._stay(fixation_page(*self._size), "fixation", seconds, poll)

    def rest(self, seconds: float, poll: Callable[[], None]) -> None:
        self._stay(blank_page(*self._size), "rest", seconds, poll)

    def _stay(self, page: Picture, name: str, seconds: float, poll: Callable[[], None]) -> None:
        self._show(page, name)
        until_ns = self._clock.now_ns() + round(seconds * 1e9)
        while (now_ns := self._clock.now_ns()) < until_ns:
            poll()
            self._pressed()
            self._clock.wait_until(min(until_ns, now_ns + _KEY_LOOK_NS))

    def ask(self, item: Literal["seven", "three", "valence", "arousal"], poll: Callable[[], None]) -> Answer:
        """`poll` is called for the first time when the page is on the screen."""
        selection = Selection({"seven": len(EMOTIONS), "three": len(POLARITIES)}.get(item, 9))
        self._show(self._question(item, None), item)
        while True:
            poll()
            for key in self._pressed():
                outcome = selection.press(key)
                if outcome == "confirmed" and selection.chosen is not None:
                    self._save_window(f"{item}-answered")
                    return _answer(item, selection.chosen)
                if outcome == "moved":
                    self._redraw(self._question(item, selection.chosen))
            self._clock.wait_until(self._clock.now_ns() + _KEY_LOOK_NS)

    def _question(self, item: Literal["seven", "three", "valence", "arousal"], chosen: int | None) -> Picture:
        if item == "valence" or item == "arousal":
            return scale_page(item, chosen, *self._size)
        options: Sequence[str] = EMOTIONS if item == "seven" else POLARITIES
        question = (
            "What did you feel most while watching?"
            if item == "seven"
            else "Was what you felt positive, negative or neutral?"
        )
        return choice_page(question, _ADVICE, options, None if chosen is None else chosen - 1, *self._size)

    # --- calibration graphics, for a tracker that draws its targets on this screen ---

    def show_target(self, x_px: float, y_px: float) -> None:
        self._redraw(calibration_page(*self._size, (x_px, y_px)))

    def show_nothing(self) -> None:
        self._redraw(calibration_page(*self._size, None))

    def pressed_keys(self) -> list[str]:
        return self._pressed()

    # --- clips ---

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        self._keys.clear()
        with opened_frames(clip, self._size) as frames, self._sound_of(clip) as sound, _without_garbage_collection():
            return self._play(clip, frames, sound, on_flip, poll)

    def _play(
        self,
        clip: Path,
        frames: ClipFrames,
        sound: SoundPlayer | None,
        on_flip: Callable[[Flip], None],
        poll: Callable[[], None],
    ) -> Playback:
        frame = frames.next_frame()
        if frame is None:
            raise ClipUnreadableError(f"{clip}: holds no frame at all. Replace the file.")
        refresh_ns = round(1e9 / (self._info.refresh_hz or _NOMINAL_HZ))
        # With a vertical blank the flip waits for it: ask half a refresh early and the nearest blank is met.
        ahead_ns = refresh_ns // 2 if self._info.vsync else 0
        pacing: Pacing | None = None
        decoded = shown = late = 0
        first_pts_ms = last_pts_ms = frame.pts_ms
        frame_ms = 0.0
        kept: Picture | None = None
        while frame is not None:
            decoded += 1
            frame_ms, last_pts_ms = frame.pts_ms - last_pts_ms, frame.pts_ms
            if pacing is None or not pacing.is_hopeless(frame.pts_ms, self._clock.now_ns()):
                self._texture_of(frame.picture)
                if pacing is not None:
                    self._clock.wait_until(pacing.due_ns(frame.pts_ms) - ahead_ns)
                flip_ns = self._flip()
                if pacing is None:
                    if sound is not None:
                        sound.feed.begin()
                    pacing = Pacing(flip_ns, frame.pts_ms, refresh_ns)
                shown += 1
                late += pacing.is_late(frame.pts_ms, flip_ns)
                on_flip(Flip(frame.number, frame.pts_ms, flip_ns))
                if kept is None and frame.pts_ms - first_pts_ms >= _CLIP_PICTURE_MS:
                    kept = frame.picture
            poll()
            self._pressed()
            frame = frames.next_frame()
        assert pacing is not None
        self._clock.wait_until(pacing.due_ns(last_pts_ms + frame_ms))  # the last frame lasts as long as the others
        if kept is not None and self._picture_folder is not None:
            self._texture_of(
                kept
            )  # once more, off the screen: reading the window while it plays would make frames late
            self._save_window("clip")
        return Playback(decoded, shown, late, None if sound is None else sound.feed.began_ns)

    def _texture_of(self, picture: Picture) -> None:
        """Draw the picture into the back buffer; the next flip shows it."""
        assert self._texture is not None, "the screen is not open"
        self._texture.upload(picture)
        self._texture.draw(*self._size)

    @contextlib.contextmanager
    def _sound_of(self, clip: Path) -> Iterator[SoundPlayer | None]:
        sound = read_sound(clip, RATE_HZ) if self._sound else None
        if sound is None:
            yield None
            return
        player = SoundPlayer(sound)
        try:
            yield player
        finally:
            player.close()

    # --- the window ---

    @property
    def _size(self) -> tuple[int, int]:
        return self._info.width_px, self._info.height_px

    def _flip(self) -> int:
        self._window.flip()
        return self._clock.now_ns()

    def _pressed(self) -> list[str]:
        self._window.winHandle.dispatch_events()
        return self._keys.take()

    def _show(self, page: Picture, name: str) -> None:
        """A new page: what was pressed before it was there does not count."""
        self._redraw(page)
        self._window.winHandle.dispatch_events()
        self._keys.clear()
        self._save_window(name)

    def _redraw(self, page: Picture) -> None:
        self._texture_of(page)
        self._flip()

    def save_picture(self, path: Path) -> None:
        """What the window shows now, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._window_picture().save(path)

    def _window_picture(self) -> Any:
        """The last picture once more, read from the back buffer: software renderers give the front one black."""
        assert self._texture is not None, "the screen is not open"
        self._texture.draw(*self._size)
        picture = self._window.getMovieFrame(buffer="back")
        self._window.movieFrames.clear()
        return picture

    def _save_window(self, name: str) -> None:
        if self._picture_folder is not None:
            self._save_picture(self._window_picture(), name)

    def _save_picture(self, picture: Any, name: str) -> None:
        """One of a kind; text pages are numbered, since each says something else."""
        if self._picture_folder is None or picture is None:
            return
        self._picture_folder.mkdir(parents=True, exist_ok=True)
        if name == "text":
            name = f"text-{len(list(self._picture_folder.glob('text-*.png'))) + 1}"
        path = self._picture_folder / f"{name}.png"
        if not path.exists():
            picture.save(path)


def _priority_changed_to(nice: int) -> int | None:
    """Returns what it was before; None where the system does not let us (only root may go before others on Linux)."""
    try:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except (OSError, AttributeError):  # Windows has neither
        return None
    return before


def _answer(item: Literal["seven", "three", "valence", "arousal"], chosen: int) -> Answer:
    if item == "seven":
        return Answer(choice=EMOTIONS[chosen - 1])
    if item == "three":
        return Answer(choice=POLARITIES[chosen - 1])
    return Answer(step=chosen)


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A collection in the middle of a clip takes longer than a frame lasts."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""The participant's screen and keyboard: pages, questions and clips in a PsychoPy window."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args

from collect.bundle.format import Emotion, Polarity, ScreenInfo, SelfReportItem
from collect.devices.errors import SoundUnavailableError
from collect.devices.precedence import CLIP, before_others
from collect.devices.protocols import Answer, Clock, Flip, Playback, SetupView
from collect.devices.screen.clip_frames import opened_frames, read_sound
from collect.devices.screen.clip_player import ClipPlayer, without_garbage_collection
from collect.devices.screen.clip_sound import RATE_HZ, SoundPlayer, sound_device_exists
from collect.devices.screen.pacing import NS_PER_MS
from collect.devices.screen.psychopy_window import WINDOW_TITLE, PsychopyWindow
from collect.devices.screen.screen_canvas import Picture
from collect.devices.screen.screen_keys import Selection
from collect.devices.screen.screen_pages import (
    STEPS,
    blank_page,
    calibration_page,
    choice_page,
    fixation_page,
    scale_page,
    text_page,
)
from collect.devices.screen.screen_setup_page import SetupPage
from collect.devices.screen.screen_writing_page import Writing, writing_page
from collect.language.words import Words, words_for

__all__ = ["WINDOW_TITLE", "PsychopyScreen"]

_KEY_LOOK_NS = 8 * NS_PER_MS
#: The setup page's live picture moves at 20 frames a second; more would take time from the camera.
_SETUP_LOOK_NS = 50 * NS_PER_MS
#: Without a vertical blank there is no refresh to measure; lateness is then told against one of this rate.
_NOMINAL_HZ = 60.0
#: A picture of a clip for the documentation is taken once this much of it was shown.
_CLIP_PICTURE_MS = 1500.0

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)


class PsychopyScreen:
    """Plays clips frame by frame, asks the self-report, and reads the window's own key events.

    width_px, height_px: the window's size; with `fullscreen` it must be the screen's.
    needs_sound: True refuses to open on a machine that cannot play sound; False plays clips mute there.
    picture_folder: one picture of every kind of page is saved there as PNG, for the documentation.
    words: all that the pages say; English, if not given.
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
        words: Words | None = None,
    ) -> None:
        info = ScreenInfo(width_px=width_px, height_px=height_px, width_cm=width_cm, distance_cm=distance_cm)
        self._window = PsychopyWindow(info, fullscreen, clock, picture_folder)
        self._clock = clock
        self._needs_sound = needs_sound
        self._words = words_for("en") if words is None else words
        self._sound = False

    @property
    def info(self) -> ScreenInfo:
        """`refresh_hz` and `vsync` are known only once the screen is open."""
        return self._window.info

    @property
    def has_sound(self) -> bool:
        """Can this machine play the clips' sound? Known once the screen is open."""
        return self._sound

    def open(self) -> None:
        """Raises SoundUnavailableError, ScreenUnavailableError."""
        self._sound = sound_device_exists()
        if self._needs_sound and not self._sound:
            raise SoundUnavailableError(
                "This machine has no sound output, and the study needs sound. Plug in or enable a sound card; "
                "or say in the study that clips may be played without sound."
            )
        self._window.open()

    def close(self) -> None:
        self._window.close()

    def save_picture(self, path: Path) -> None:
        """What the window shows now, as PNG."""
        self._window.save_picture(path)

    # --- pages ---

    def show_text(self, text: str, keys: Sequence[str], poll: Callable[[], None] | None = None) -> str:
        """Raises MissingGlyphError where no font has a character of the text."""
        self._window.show_page(text_page(text, *self._window.size), "text")
        while True:
            if poll is not None:
                poll()
            for key in self._window.pressed():
                if key in keys:
                    return key
            self._clock.wait_until(self._clock.now_ns() + _KEY_LOOK_NS)

    def show_setup(self, look: Callable[[], SetupView], keys: Sequence[str]) -> str:
        page = SetupPage(self._words, *self._window.size)
        self._window.show_page(page.picture(look()), "setup")
        next_ns = self._clock.now_ns()
        while True:
            next_ns = max(next_ns + _SETUP_LOOK_NS, self._clock.now_ns())
            while self._clock.now_ns() < next_ns:
                for key in self._window.pressed():
                    if key in keys:
                        self._window.save("setup-left")
                        return key
                self._clock.wait_until(min(next_ns, self._clock.now_ns() + _KEY_LOOK_NS))
            self._window.show(page.picture(look()))

    def fixation_cross(self, seconds: float, poll: Callable[[], None]) -> None:
        self._stay(fixation_page(*self._window.size), "fixation", seconds, poll)

    def rest(self, seconds: float, poll: Callable[[], None]) -> None:
        self._stay(blank_page(*self._window.size), "rest", seconds, poll)

    def _stay(self, page: Picture, name: str, seconds: float, poll: Callable[[], None]) -> None:
        self._window.show_page(page, name)
        until_ns = self._clock.now_ns() + round(seconds * 1e9)
        while (now_ns := self._clock.now_ns()) < until_ns:
            poll()
            self._window.pressed()
            self._clock.wait_until(min(until_ns, now_ns + _KEY_LOOK_NS))

    # --- questions ---

    def ask(self, item: SelfReportItem, poll: Callable[[], None]) -> Answer:
        """`poll` is called for the first time when the page is on the screen."""
        if item == "text":
            return self._written(poll)
        chosen = self._chosen(item, poll)
        if item == "seven":
            return Answer(choice=EMOTIONS[chosen - 1])
        if item == "three":
            return Answer(choice=POLARITIES[chosen - 1])
        return Answer(step=chosen)

    def _chosen(self, item: SelfReportItem, poll: Callable[[], None]) -> int:
        """Counts from 1."""
        selection = Selection({"seven": len(EMOTIONS), "three": len(POLARITIES)}.get(item, STEPS))
        self._window.show_page(self._question(item, None), item)
        while True:
            poll()
            moved = False
            for key in self._window.pressed():
                outcome = selection.press(key)
                moved = moved or outcome == "moved"
                if outcome == "confirmed" and selection.chosen is not None:
                    if moved:  # both within one look: the picture for the documentation still shows what was chosen
                        self._window.show(self._question(item, selection.chosen))
                    self._window.save(f"{item}-answered")
                    return selection.chosen
            if moved:
                self._window.show(self._question(item, selection.chosen))
            self._clock.wait_until(self._clock.now_ns() + _KEY_LOOK_NS)

    def _question(self, item: SelfReportItem, chosen: int | None) -> Picture:
        words, questions = self._words, self._words.questions
        if item == "seven":
            names = [words.emotions[emotion] for emotion in EMOTIONS]
            return choice_page(questions.seven, names, chosen, words, *self._window.size)
        if item == "three":
            names = [words.polarities[polarity] for polarity in POLARITIES]
            return choice_page(questions.three, names, chosen, words, *self._window.size)
        return scale_page(item, getattr(questions, item), chosen, words, *self._window.size)

    def _written(self, poll: Callable[[], None]) -> Answer:
        """In the participant's own words; an empty text where they left it empty."""
        writing = Writing()
        self._window.show_page(writing_page(writing, self._words, *self._window.size), "writing")
        while True:
            poll()
            self._window.pressed()
            typed = self._window.typed()
            done = writing.take(typed)
            if typed:
                self._window.show(writing_page(writing, self._words, *self._window.size))
            if done:
                self._window.save("writing-answered")
                return Answer(text=writing.text)
            self._clock.wait_until(self._clock.now_ns() + _KEY_LOOK_NS)

    # --- calibration graphics, for a tracker that draws its targets on this screen ---

    def show_target(self, x_px: float, y_px: float) -> None:
        self._window.show(calibration_page(*self._window.size, (x_px, y_px)))

    def show_nothing(self) -> None:
        self._window.show(calibration_page(*self._window.size, None))

    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is, in pixels from the top left corner; None where it is not over the window."""
        return self._window.pointer()

    def pressed_keys(self) -> list[str]:
        return self._window.pressed()

    # --- clips ---

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        """To the last frame, or until `poll` or a key raises: the decoder and the sound are then ended, too."""
        self._window.keys.clear()
        keep_ms = None if self._window.picture_folder is None else _CLIP_PICTURE_MS
        refresh_ns = round(1e9 / (self.info.refresh_hz or _NOMINAL_HZ))
        player = ClipPlayer(self._window, self._clock, refresh_ns, self.info.vsync, on_flip, poll, keep_ms)
        with (
            before_others(CLIP),
            opened_frames(clip, self._window.size) as frames,
            self._sound_of(clip) as sound,
            without_garbage_collection(),
        ):
            playback = player.play(clip, frames, sound)
        if player.kept is not None:
            # Once more, off the screen: reading the window while it plays would make frames late.
            self._window.draw(player.kept)
            self._window.save("clip")
        return playback

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

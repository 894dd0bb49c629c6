"""The window on the participant's screen, through PsychoPy: the only file that imports it, and not before `open`."""

import contextlib
import logging
from pathlib import Path
from typing import Any

from collect.bundle.format import ScreenInfo
from collect.devices.errors import ScreenUnavailableError
from collect.devices.precedence import CLIP, before_others
from collect.devices.protocols import Clock, StopRequested
from collect.devices.screen.picture_texture import PictureTexture
from collect.devices.screen.screen_canvas import BACKGROUND, Picture
from collect.devices.screen.screen_keys import Keys

WINDOW_TITLE = "Duchenne session"
_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "software")


class PsychopyWindow:
    """Shows pictures, tells when they were flipped, and collects the keys pressed in it.

    picture_folder: one picture of every kind of page is saved there as PNG, for the documentation.
    """

    def __init__(self, info: ScreenInfo, fullscreen: bool, clock: Clock, picture_folder: Path | None = None) -> None:
        self.info = info
        self.keys = Keys(clock)
        self.picture_folder = picture_folder
        self._fullscreen = fullscreen
        self._clock = clock
        self._window: Any = None
        self._texture: PictureTexture | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.info.width_px, self.info.height_px

    # --- life ---

    def open(self) -> None:
        """Afterwards `info` tells the refresh rate and whether flips wait for it. Raises ScreenUnavailableError."""
        with before_others(CLIP):  # which the renderer's threads inherit, and keep
            self._window = self._opened()
        self._window.winHandle.set_caption(WINDOW_TITLE)
        self.keys.attach(self._window.winHandle)
        self._texture = PictureTexture()
        self._window.winHandle.activate()
        self._window.flip()
        vsync, refresh_hz = self._measured_refresh()
        self.info = self.info.model_copy(update={"vsync": vsync, "refresh_hz": refresh_hz})

    def _opened(self) -> Any:
        width, height = self.size
        try:
            from psychopy import logging as psychopy_logging

            psychopy_logging.console.setLevel(psychopy_logging.CRITICAL)  # its warnings are not for participants
            from psychopy import monitors, visual

            monitor = monitors.Monitor(
                "duchenne", width=self.info.width_cm or 53.0, distance=self.info.distance_cm or 60.0
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
        window, self._window = self._window, None
        if self._texture is not None:
            with contextlib.suppress(Exception):  # the context may be gone with the display
                self._texture.delete()
        window.close()

    # --- pictures ---

    def draw(self, picture: Picture) -> None:
        """Into the back buffer; the next flip shows it."""
        assert self._texture is not None, "the screen is not open"
        self._texture.upload(picture)
        self._texture.draw(*self.size)

    def flip(self) -> int:
        """Host time in nanoseconds of the flip's return."""
        self._window.flip()
        return self._clock.now_ns()

    def show(self, picture: Picture) -> int:
        self.draw(picture)
        return self.flip()

    def show_page(self, page: Picture, name: str) -> None:
        """A new page: what was pressed before it was there does not count."""
        self.show(page)
        self._window.winHandle.dispatch_events()
        self.keys.clear()
        self.save(name)

    # --- keys ---

    def pressed(self) -> list[str]:
        """Raises StopRequested once the stop key was held long enough, and where somebody closed the window."""
        self._window.winHandle.dispatch_events()
        if self._window.winHandle.has_exit:
            self._window.winHandle.has_exit = False  # once: the session still has a last page to show
            raise StopRequested("experimenter")
        return self.keys.take()

    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is, in pixels from the top left corner; None where it is not over the window."""
        handle = self._window.winHandle
        if not handle._mouse_in_window:
            return None
        return float(handle._mouse_x), float(self.size[1] - 1 - handle._mouse_y)

    def typed(self) -> str:
        """What was written since the last look; to be asked after `pressed`, which fetches it."""
        return self.keys.take_typed()

    # --- pictures of the window, for the documentation ---

    def save_picture(self, path: Path) -> None:
        """What the window shows now, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._seen().save(path)

    def save(self, name: str) -> None:
        """One of a kind; text pages are numbered, since each says something else."""
        if self.picture_folder is None:
            return
        if name == "text":
            name = f"text-{len(list(self.picture_folder.glob('text-*.png'))) + 1}"
        path = self.picture_folder / f"{name}.png"
        if not path.exists():
            self.save_picture(path)

    def _seen(self) -> Any:
        """The last picture once more, read from the back buffer: software renderers give the front one black."""
        assert self._texture is not None, "the screen is not open"
        self._texture.draw(*self.size)
        picture = self._window.getMovieFrame(buffer="back")
        self._window.movieFrames.clear()
        return picture

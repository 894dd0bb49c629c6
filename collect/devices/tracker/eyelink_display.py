"""Calibration targets of an EyeLink, drawn on the participant's own screen.

The camera's picture is watched on the Host PC; here are only the targets and the keys.
"""

from typing import Any, Protocol

from collect.devices.protocols import StopRequested


class CalibrationGraphics(Protocol):
    """What a screen does for a tracker that calibrates on it. Pixels from the top left corner."""

    def show_target(self, x_px: float, y_px: float) -> None: ...

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]: ...


def calibration_display(library: Any, graphics: CalibrationGraphics) -> Any:
    """An instance of the library's EyeLinkCustomDisplay; its `stop` is set where a person asked to stop meanwhile."""
    keys = {
        "return": library.ENTER_KEY, "escape": library.ESC_KEY, "space": ord(" "), "up": library.CURS_UP,
        "down": library.CURS_DOWN, "left": library.CURS_LEFT, "right": library.CURS_RIGHT,
        "pageup": library.PAGE_UP, "pagedown": library.PAGE_DOWN,
    }  # fmt: skip

    class Display(library.EyeLinkCustomDisplay):
        stop: StopRequested | None = None

        def setup_cal_display(self) -> None:
            graphics.show_nothing()

        def exit_cal_display(self) -> None:
            graphics.show_nothing()

        def clear_cal_display(self) -> None:
            graphics.show_nothing()

        def erase_cal_target(self) -> None:
            graphics.show_nothing()

        def draw_cal_target(self, x: float, y: float) -> None:
            graphics.show_target(x, y)

        def get_input_key(self) -> list[Any]:
            """Called from C, through which no exception passes: a stop is kept, and Esc leaves the setup."""
            try:
                pressed = graphics.pressed_keys()
            except StopRequested as stop:
                self.stop = stop
                return [library.KeyInput(library.ESC_KEY)]
            codes = [keys.get(name, ord(name) if len(name) == 1 else None) for name in pressed]
            return [library.KeyInput(code) for code in codes if code is not None]

        def play_beep(self, beepid: int) -> None:
            """Silent: beeps would be heard in the recording."""

        def alert_printf(self, msg: str) -> None:
            """The Host PC shows it, too."""

        def record_abort_hide(self) -> None:
            graphics.show_nothing()

        def setup_image_display(self, width: int, height: int) -> int:
            return 0  # no camera picture here

        def image_title(self, title: str) -> None: ...

        def draw_image_line(self, width: int, line: int, totlines: int, buff: Any) -> None: ...

        def set_image_palette(self, red: Any, green: Any, blue: Any) -> None: ...

        def exit_image_display(self) -> None: ...

        def draw_line(self, x1: float, y1: float, x2: float, y2: float, colorindex: int) -> None: ...

        def draw_lozenge(self, x: float, y: float, width: float, height: float, colorindex: int) -> None: ...

        def get_mouse_state(self) -> tuple[tuple[int, int], int]:
            return (0, 0), 0

    return Display()

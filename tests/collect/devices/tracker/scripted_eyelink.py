"""A scripted EyeLink library: what must be said, in which order, and what is answered.

No address is ever given to the real library. It is used for two things only: its signatures, and its dummy link.
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pylink

from collect.bundle.format import ScreenInfo
from collect.bundle.study_devices import EyeLinkTracker
from collect.devices.tracker.eyelink_tracker import EyeLink1000
from collect.simulation.virtual_clock import VirtualClock

ADDRESS = "tracker.invalid"
SETTINGS = EyeLinkTracker(kind="eyelink", address=ADDRESS, rate_hz=1000, eyes="LR")
SCREEN = ScreenInfo(width_px=1920, height_px=1080, width_cm=53.0, distance_cm=60.0)
EVENTS = "LEFT,RIGHT,FIXATION,SACCADE,BLINK,MESSAGE,BUTTON,INPUT"

Step = tuple[str, tuple[object, ...], Any]


class ScriptedLink:
    """Answers each call from a script; a call that is not next in it fails, and so does what is left over."""

    def __init__(self, script: Sequence[Step]) -> None:
        self.script = list(script)
        self.said: list[tuple[str, tuple[object, ...]]] = []
        self.clock_us = 5_000_000.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        assert hasattr(pylink.EyeLink, name), f"the real library has no {name}"

        def call(*args: object) -> Any:
            self.said.append((name, args))
            if name == "trackerTimeUsec":  # asked often, and never twice the same
                return self.clock_us
            assert self.script, f"nothing was expected any more, but {name}{args} was called"
            expected, arguments, answer = self.script.pop(0)
            assert (name, args) == (expected, arguments)
            if isinstance(answer, Exception):
                raise answer
            return answer(*args) if callable(answer) else answer

        return call


class ScriptedLibrary(SimpleNamespace):
    """The real module's constants and classes around a scripted link."""

    def __init__(self, link: ScriptedLink | Exception) -> None:
        self.addresses: list[str] = []
        self.display: Any = None

        def connect(address: str) -> ScriptedLink:
            self.addresses.append(address)
            if isinstance(link, Exception):
                raise link
            return link

        def open_graphics(display: Any) -> None:
            assert isinstance(display, pylink.EyeLinkCustomDisplay)
            self.display = display

        names = (
            "SAMPLE_TYPE", "ENDFIX", "ENDSACC", "ENDBLINK", "MISSING_DATA", "ENTER_KEY", "ESC_KEY", "CURS_UP",
            "CURS_DOWN", "CURS_LEFT", "CURS_RIGHT", "PAGE_UP", "PAGE_DOWN", "TRIAL_OK", "TRIAL_ERROR",
            "KeyInput", "EyeLinkCustomDisplay",
        )  # fmt: skip
        super().__init__(
            EyeLink=connect, openGraphicsEx=open_graphics, closeGraphics=lambda: None, msecDelay=lambda ms: None,
            **{name: getattr(pylink, name) for name in names},
        )  # fmt: skip


class Graphics:
    """The screen's side of a calibration: targets are noted, keys come from a list."""

    def __init__(self, keys: Sequence[list[str] | Exception] = ()) -> None:
        self.targets: list[tuple[float, float] | None] = []
        self._keys = list(keys)

    def show_target(self, x_px: float, y_px: float) -> None:
        self.targets.append((x_px, y_px))

    def show_nothing(self) -> None:
        self.targets.append(None)

    def pressed_keys(self) -> list[str]:
        keys = self._keys.pop(0) if self._keys else []
        if isinstance(keys, Exception):
            raise keys
        return keys


def command(text: str) -> Step:
    return ("sendCommand", (text,), 0)


OPENING: list[Step] = [
    ("getTrackerVersionString", (), "EYELINK CL 6.14"),
    ("openDataFile", ("DTEST.EDF",), 0),
    ("setOfflineMode", (), None),
    command("add_file_preamble_text 'RECORDED BY DUCHENNE'"),
    command("screen_pixel_coords = 0 0 1919 1079"),
    command("sample_rate = 1000"),
    command("binocular_enabled = YES"),
    command("pupil_size_diameter = NO"),
    command("recording_parse_type = GAZE"),
    command(f"file_event_filter = {EVENTS}"),
    command("file_sample_data = LEFT,RIGHT,GAZE,HREF,AREA,GAZERES,BUTTON,STATUS,INPUT"),
    command(f"link_event_filter = {EVENTS}"),
    command("link_sample_data = LEFT,RIGHT,GAZE,GAZERES,AREA,STATUS,INPUT"),
    command("calibration_type = HV9"),
    command("screen_phys_coords = -265 149 265 -149"),
    command("simulation_screen_distance = 600"),
    ("sendMessage", ("DISPLAY_COORDS 0 0 1919 1079",), 0),
]
STARTING: list[Step] = [
    ("setOfflineMode", (), None),
    command("record_status_message 'trial 3: fear'"),
    ("startRecording", (1, 1, 1, 1), 0),
    ("waitForBlockStart", (1000, 1, 1), 1),
]
LOOKING: list[Step] = [("isConnected", (), 1), ("isRecording", (), pylink.TRIAL_OK)]
EMPTY_LINK: list[Step] = [*LOOKING, ("getNextData", (), 0)]
CLOSING: list[Step] = [("setOfflineMode", (), None), ("closeDataFile", (), 0)]


def tracker(
    script: Sequence[Step], graphics: Graphics | None = None, settings: EyeLinkTracker = SETTINGS
) -> tuple[EyeLink1000, ScriptedLink]:
    """An open tracker whose script goes on after the opening."""
    link = ScriptedLink([*OPENING, *script])
    device = EyeLink1000(
        settings, SCREEN, VirtualClock(9_000_000_000), graphics or Graphics(), ScriptedLibrary(link), "DTEST"
    )
    device.open()
    return device, link

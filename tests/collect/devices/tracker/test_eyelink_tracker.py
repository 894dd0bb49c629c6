"""The EyeLink code against a scripted library: what must be said, in which order, and what is made of the answers.

No address is ever given to the real library. It is used for two things only: its signatures, and its dummy link.
"""

import contextlib
import inspect
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pylink
import pytest
from pylink.tracker import EndBlinkEvent, EndFixationEvent, EndSaccadeEvent, Sample

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import EyeLinkTracker
from collect.devices.errors import RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.protocols import DriftCheck, StopRequested
from collect.devices.tracker.eyelink_commands import opening_commands
from collect.devices.tracker.eyelink_file import fetch_again, host_file_name
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


def sample(time_ms: float, left: tuple[float, float, float] | None, right: tuple[float, float, float] | None) -> Sample:
    """The real library's own sample, as its link would give it."""
    missing = (pylink.MISSING_DATA,) * 2 + (0.0,)
    eyes = [left or missing, right or missing]
    flags = (0x8000 if left else 0) | (0x4000 if right else 0)
    pairs = [[eye[i] for eye in eyes] for i in (0, 1, 2)]
    nothing = [0.0, 0.0]
    fields = [time_ms, 200, flags, nothing, nothing, nothing, nothing, pairs[2], pairs[0], pairs[1]]
    return Sample(*fields, *[0] * 23)


def event(kind: type, eye: int, **values: object) -> Any:
    """The real library's own event class, filled by its own getters' names."""
    made = kind.__new__(kind)
    for getter, value in values.items():
        assert hasattr(kind, getter)
        setattr(made, getter, lambda value=value: value)
    made.getEye = lambda: eye
    return made


def test_opening_configures_the_tracker_and_asks_no_other_address() -> None:
    device, link = tracker([])
    assert device._library.addresses == [ADDRESS]
    assert link.script == []
    assert device.info.model == "EYELINK CL 6.14"
    assert not device.info.simulated


def test_one_eye_is_asked_for_by_name() -> None:
    one = EyeLinkTracker(kind="eyelink", address=ADDRESS, eyes="L")
    commands = opening_commands(one, SCREEN)
    assert "binocular_enabled = NO" in commands
    assert "active_eye = LEFT" in commands


def test_a_tracker_that_does_not_answer_is_told_with_its_address() -> None:
    refusing = ScriptedLibrary(RuntimeError("Link terminated"))
    with pytest.raises(TrackerUnavailableError, match=r"EyeLink at tracker\.invalid: connecting failed \(Link term"):
        EyeLink1000(SETTINGS, SCREEN, VirtualClock(), Graphics(), refusing).open()


def test_samples_and_events_come_in_host_time_with_gaps_as_gaps() -> None:
    fixation = event(
        EndFixationEvent, 1, getStartTime=4_000, getEndTime=4_200, getAverageGaze=(900.5, 500.25),
        getAveragePupilSize=1100.0,
    )  # fmt: skip
    saccade = event(
        EndSaccadeEvent, 0, getStartTime=4_200, getEndTime=4_230, getStartGaze=(900.0, 500.0), getEndGaze=(100.0, 50.0)
    )
    blink = event(EndBlinkEvent, 0, getStartTime=4_300, getEndTime=4_400)
    data: list[tuple[int, Any]] = [
        (200, sample(5_001.0, (960.0, 540.0, 1200.0), (962.0, 541.0, 1250.0))),
        (pylink.STARTBLINK, None),
        (200, sample(5_002.0, None, (963.0, 542.0, 1251.0))),
        (200, sample(5_003.0, (pylink.MISSING_DATA, pylink.MISSING_DATA, 0.0), (964.0, 543.0, 1252.0))),
        (pylink.ENDFIX, fixation), (pylink.ENDSACC, saccade), (pylink.ENDBLINK, blink),
    ]  # fmt: skip
    reading: list[Step] = [*LOOKING]
    for kind, item in data:
        reading.append(("getNextData", (), kind))
        if item is not None:
            reading.append(("getFloatData", (), item))
    device, link = tracker([*STARTING, *reading, ("getNextData", (), 0)])
    device.start(3, "fear")
    batch = device.poll()
    assert link.script == []
    # The host read 9 s when the tracker read 5 s.
    first, one_eyed, blinking = batch.samples
    assert first == (9_001_000_000, 5_001.0, 960.0, 540.0, 1200.0, 962.0, 541.0, 1250.0)
    assert all(math.isnan(value) for value in one_eyed[2:5])
    assert one_eyed[5:] == (963.0, 542.0, 1251.0)
    assert all(math.isnan(value) for value in blinking[2:5])
    assert [(e.kind, e.eye) for e in batch.events] == [("fixation", "R"), ("saccade", "L"), ("blink", "L")]
    assert batch.events[0][2:8] == (8_000_000_000, 8_200_000_000, 4_000.0, 4_200.0, 900.5, 500.25)
    assert batch.events[0].pupil == 1100.0
    assert batch.events[1][6:10] == (900.0, 500.0, 100.0, 50.0)
    assert math.isnan(batch.events[2].x)


def test_what_the_link_held_at_the_stop_is_not_lost() -> None:
    last: list[Step] = [
        *LOOKING, ("getNextData", (), 200), ("getFloatData", (), sample(5_100.0, (1.0, 2.0, 3.0), None)),
        ("getNextData", (), 0), ("stopRecording", (), None),
    ]  # fmt: skip
    device, link = tracker([*STARTING, *last])
    device.start(3, "fear")
    device.stop()
    assert [s.device_ms for s in device.poll().samples] == [5_100.0]
    assert not device.poll().samples
    assert link.script == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ([*STARTING[:2], ("startRecording", (1, 1, 1, 1), 27)], "did not start to record"),
        ([*STARTING[:3], ("waitForBlockStart", (1000, 1, 1), 0)], "sends no data over the link"),
    ],
)
def test_a_trial_without_recording_does_not_begin(script: list[Step], complaint: str) -> None:
    device, _ = tracker(script)
    with pytest.raises(TrackerUnavailableError, match=complaint):
        device.start(3, "fear")


def test_a_broken_link_is_told_at_the_next_poll() -> None:
    device, _ = tracker([*STARTING, ("isConnected", (), 0)])
    device.start(3, "fear")
    with pytest.raises(TrackerUnavailableError, match="the link broke"):
        device.poll()


def test_calibration_draws_on_our_screen_and_reads_the_validation() -> None:
    graphics = Graphics([["c"], ["return", "escape"]])
    keys: list[list[int]] = []

    def setup() -> None:
        display = device._library.display
        display.setup_cal_display()
        display.draw_cal_target(960, 540)
        keys.extend([key.__key__ for key in display.get_input_key()] for _ in range(2))
        display.exit_cal_display()

    said = "VALIDATION HV9 LR LEFT GOOD ERROR 0.41 avg. 0.98 max VALIDATION HV9 LR RIGHT GOOD ERROR 0.52 avg. 1.10 max"
    device, link = tracker([("doTrackerSetup", (), setup), ("getCalibrationMessage", (), said)], graphics)
    result = device.calibrate()
    assert (result.mean_error_deg, result.max_error_deg, result.accepted) == (0.52, 1.10, True)
    assert graphics.targets == [None, (960, 540), None, None]
    assert keys == [[ord("c")], [pylink.ENTER_KEY, pylink.ESC_KEY]]
    assert link.script == []


@pytest.mark.parametrize("numbers", ["1.20 avg. 1.90", "0.60 avg. 2.40"])
def test_a_poor_validation_is_not_accepted(numbers: str) -> None:
    said = f"VALIDATION HV9 L LEFT POOR ERROR {numbers} max  OFFSET 0.93 deg."
    device, _ = tracker([("doTrackerSetup", (), None), ("getCalibrationMessage", (), said)])
    assert not device.calibrate().accepted


def test_leaving_without_a_validation_is_told() -> None:
    device, _ = tracker([("doTrackerSetup", (), None), ("getCalibrationMessage", (), "calibration aborted")])
    with pytest.raises(
        TrackerUnavailableError, match=r"without a validation \(it says 'calibration aborted'\).*press V"
    ):
        device.calibrate()


def test_a_participant_who_stops_during_calibration_is_heard() -> None:
    graphics = Graphics([StopRequested("participant")])

    def setup() -> None:  # called from C, where no exception passes
        assert [key.__key__ for key in device._library.display.get_input_key()] == [pylink.ESC_KEY]

    device, _ = tracker([("doTrackerSetup", (), setup)], graphics)
    with pytest.raises(StopRequested):
        device.calibrate()


def test_the_recording_is_fetched_once_under_its_own_name(tmp_path: Path) -> None:
    def fetch(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RESEARCH_EDF")
        return 15

    partial = str(tmp_path / "original.edf.partial")
    device, link = tracker([*CLOSING, ("receiveDataFile", ("DTEST.EDF", partial), fetch), ("close", (), None)])
    assert device.close(tmp_path / "original") == tmp_path / "original.edf"
    assert device.close(tmp_path / "original") is None
    assert [path.name for path in tmp_path.iterdir()] == ["original.edf"]
    assert link.script == []


def test_half_a_file_is_asked_for_again_and_then_told_where_the_whole_one_is(tmp_path: Path) -> None:
    def half(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RES")
        return 15

    partial = str(tmp_path / "original.edf.partial")
    again: Step = ("receiveDataFile", ("DTEST.EDF", partial), half)
    lost: Step = ("receiveDataFile", ("DTEST.EDF", partial), RuntimeError("timeout"))
    device, link = tracker([*CLOSING, again, lost, again, ("close", (), None)])
    with pytest.raises(TrackerUnavailableError, match=r"6 of 15 bytes arrived.*still on the Host PC as DTEST\.EDF"):
        device.close(tmp_path / "original")
    assert list(tmp_path.iterdir()) == []
    assert link.script == []


def test_a_host_that_is_gone_at_the_end_still_has_the_file_by_its_name(tmp_path: Path) -> None:
    gone: list[Step] = [
        ("setOfflineMode", (), RuntimeError("link terminated")), ("isConnected", (), 0),
        ("close", (), RuntimeError("link terminated")),
    ]  # fmt: skip
    device, link = tracker(gone)
    with pytest.raises(
        RecordingNotFetchedError, match=r"broke while going off line.*on the Host PC as DTEST\.EDF"
    ) as lost:
        device.close(tmp_path / "original")
    assert lost.value.file == device.host_file == "DTEST.EDF"
    assert device.close(tmp_path / "original") is None
    assert link.script == []


def test_a_file_that_stayed_there_is_fetched_later_by_name(tmp_path: Path) -> None:
    def fetch(source: str, target: str) -> int:
        Path(target).write_bytes(b"SR_RESEARCH_EDF")
        return 15

    target = tmp_path / "original.edf"
    link = ScriptedLink(
        [
            ("setOfflineMode", (), None), ("receiveDataFile", ("DTEST.EDF", f"{target}.partial"), fetch),
            ("close", (), None),
        ]
    )  # fmt: skip
    library = ScriptedLibrary(link)
    assert fetch_again(ADDRESS, "DTEST.EDF", target, library) == target
    assert target.read_bytes() == b"SR_RESEARCH_EDF"
    assert (library.addresses, link.script) == ([ADDRESS], [])


def test_a_full_disk_on_the_host_pc_is_told_before_the_session() -> None:
    script = [OPENING[0], ("openDataFile", ("DTEST.EDF",), -1)]
    library = ScriptedLibrary(ScriptedLink(script))
    with pytest.raises(TrackerUnavailableError, match=r"did not open the data file DTEST\.EDF \(is its disk full"):
        EyeLink1000(SETTINGS, SCREEN, VirtualClock(), Graphics(), library, "DTEST").open()


@pytest.mark.parametrize("answer", [pylink.ABORT_EXPT, RuntimeError("Not recording")])
def test_a_recording_that_is_ended_at_the_host_pc_is_told_at_the_next_poll(answer: object) -> None:
    device, link = tracker([*STARTING, ("isConnected", (), 1), ("isRecording", (), answer)])
    device.start(3, "fear")
    with pytest.raises(TrackerUnavailableError, match="somebody ended it at the Host PC, or its disk is full"):
        device.poll()
    assert link.script == []


def test_the_clock_is_read_about_once_a_second_and_stamps_messages() -> None:
    clock = VirtualClock(9_000_000_000)
    link = ScriptedLink([*OPENING, ("sendMessage", ("TRIALID 3",), 0)])
    device = EyeLink1000(SETTINGS, SCREEN, clock, Graphics(), ScriptedLibrary(link), "DTEST")
    device.open()
    assert len(device.poll().clock) == 7
    readings = []
    for _ in range(300):
        clock.wait_until(clock.now_ns() + 40_000_000)
        link.clock_us += 40_000 * 1.00005  # 50 ppm too fast
        readings += device.poll().clock
    assert len(readings) == 12
    assert all(reading.uncertainty_ns >= 1000 for reading in readings)
    assert device.message("TRIALID 3") == pytest.approx(link.clock_us / 1000, abs=0.02)
    assert link.script == []


def test_a_drift_check_is_judged_by_the_worse_eye() -> None:
    said = (
        "DRIFTCORRECT LR LEFT  at 960,540  OFFSET 0.63 deg.  1.0,-22.0 pix. "
        "DRIFTCORRECT LR RIGHT at 960,540  OFFSET 1.30 deg.  -1.0,10.5 pix."
    )
    checking: list[Step] = [
        ("setOfflineMode", (), None), ("doDriftCorrect", (960, 540, 1, 0), 0), ("getCalibrationMessage", (), said)
    ]  # fmt: skip
    device, link = tracker(checking * 2)
    assert device.drift_check() == DriftCheck(1.30, accepted=True)
    device._limits = CalibrationLimits(drift_deg=1.0)
    assert device.drift_check() == DriftCheck(1.30, accepted=False)
    assert link.script == []


def test_esc_in_a_drift_check_asks_for_a_calibration_and_a_stop_is_heard() -> None:
    esc: list[Step] = [("setOfflineMode", (), None), ("doDriftCorrect", (960, 540, 1, 0), pylink.ESC_KEY)]
    device, _ = tracker(esc)
    assert device.drift_check() == DriftCheck(None, accepted=False)

    def checked(*args: object) -> int:
        stopped._library.display.get_input_key()
        return int(pylink.ESC_KEY)

    stopped, _ = tracker([esc[0], (*esc[1][:2], checked)], Graphics([StopRequested("participant")]))
    with pytest.raises(StopRequested):
        stopped.drift_check()


def test_a_drift_check_that_fails_is_told_in_words() -> None:
    """The library's dummy link raises here, too."""
    device, _ = tracker(
        [
            ("setOfflineMode", (), None), ("doDriftCorrect", (960, 540, 1, 0), RuntimeError("Not connected")),
            ("isConnected", (), 1),
        ]
    )  # fmt: skip
    with pytest.raises(TrackerUnavailableError, match=r"checking for drift failed \(Not connected\)"):
        device.drift_check()


def test_the_studys_limits_decide_what_is_accepted() -> None:
    said = "VALIDATION HV9 L LEFT GOOD ERROR 0.60 avg. 1.20 max"
    device, _ = tracker([("doTrackerSetup", (), None), ("getCalibrationMessage", (), said)])
    device._limits = CalibrationLimits(mean_deg=0.5)
    assert not device.calibrate().accepted


@pytest.mark.parametrize("stem", ["TOOLONG99", "small", "A-B", ""])
def test_names_that_the_host_pc_does_not_take_are_refused(stem: str) -> None:
    with pytest.raises(ValueError, match="at most 8"):
        host_file_name(stem)


def test_the_name_on_the_host_pc_is_one_that_it_takes() -> None:
    names = {EyeLink1000(SETTINGS, SCREEN, VirtualClock(), Graphics())._file for _ in range(20)}
    assert len(names) == 20
    assert all(len(name.removesuffix(".EDF")) == 8 and name.removesuffix(".EDF").isalnum() for name in names)


#: The first line of a method's own documentation, such as doDriftCorrect(x, y, draw, allow_setup).
DOCUMENTED = re.compile(r"^\s*(\w+)\(([^)]*)\)", re.MULTILINE)


def test_the_real_library_takes_every_call_of_ours() -> None:
    """Through its dummy link, which connects to nothing: a wrong name or number of arguments is a TypeError there."""
    whole: list[Step] = [
        ("doTrackerSetup", (), None), ("getCalibrationMessage", (), "ERROR 0.41 avg. 0.98 max"),
        ("setOfflineMode", (), None), ("doDriftCorrect", (960, 540, 1, 0), 0), ("getCalibrationMessage", (), ""),
        *STARTING, *EMPTY_LINK, ("stopRecording", (), None), *CLOSING, ("close", (), None),
    ]  # fmt: skip
    device, link = tracker(whole)
    device.calibrate()
    device.drift_check()
    device.start(3, "fear")
    device.stop()
    device.close(None)
    assert link.script == []
    dummy = pylink.EyeLink(None)
    waiting = {"waitForBlockStart", "doTrackerSetup"}  # would wait for data and keys that never come
    for name, args in dict.fromkeys(link.said):
        if name not in waiting:
            with contextlib.suppress(RuntimeError):  # nothing is connected
                getattr(dummy, name)(*args)


def test_the_real_library_documents_the_order_of_our_arguments() -> None:
    expected = {
        "doDriftCorrect": "x, y, draw, allow_setup",
        "startRecording": "File_samples, File_events, Link_samples, Link_events",
        "receiveDataFile": "src, dest, opt = 2",
        "openDataFile": "name",
    }
    for name, arguments in expected.items():
        documented = DOCUMENTED.match(getattr(pylink.EyeLink, name).__doc__)
        assert documented is not None
        assert documented.groups() == (name, arguments)
    assert list(inspect.signature(pylink.EyeLink.sendMessage).parameters)[:2] == ["self", "message_text"]
    assert (pylink.TRIAL_OK, pylink.ESC_KEY) == (0, 27)

"""The EyeLink code against a scripted library: opening, samples, clock, and what the real library takes of all that."""

import contextlib
import inspect
import math
import re
from typing import Any

import pylink
import pytest
from pylink.tracker import EndBlinkEvent, EndFixationEvent, EndSaccadeEvent, Sample

from collect.bundle.study_devices import EyeLinkTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import ClockReading
from collect.devices.tracker.eyelink_commands import opening_commands
from collect.devices.tracker.eyelink_tracker import EyeLink1000
from collect.simulation.virtual_clock import VirtualClock
from tests.collect.devices.tracker.scripted_eyelink import (
    ADDRESS,
    CLOSING,
    EMPTY_LINK,
    LOOKING,
    OPENING,
    SCREEN,
    SETTINGS,
    STARTING,
    Graphics,
    ScriptedLibrary,
    ScriptedLink,
    Step,
    tracker,
)


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
    made: Any = object.__new__(kind)
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
    readings: list[ClockReading] = []
    for _ in range(300):
        clock.wait_until(clock.now_ns() + 40_000_000)
        link.clock_us += 40_000 * 1.00005  # 50 ppm too fast
        readings += device.poll().clock
    assert len(readings) == 12
    assert all(reading.uncertainty_ns >= 1000 for reading in readings)
    assert device.message("TRIALID 3") == pytest.approx(link.clock_us / 1000, abs=0.02)
    assert link.script == []


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

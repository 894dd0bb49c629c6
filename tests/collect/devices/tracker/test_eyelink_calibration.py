"""What the tracker says of a validation or a drift check, and the people in the room who break it off."""

import pylink
import pytest

from collect.bundle.limits import CalibrationLimits
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import DriftCheck, StopRequested
from tests.collect.devices.tracker.scripted_eyelink import Graphics, Step, tracker


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

"""A validation with targets: degrees are right, gaps are told, a stop is heard; and the mouse, which uses it too."""

import math
from collections.abc import Callable

import pytest

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import MouseTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import GazeSample, StopRequested, Tracker
from collect.devices.tracker.mouse_tracker import MouseGaze
from collect.devices.tracker.target_validation import TargetValidation
from collect.devices.tracker.validation_targets import ViewingGeometry, target_places
from collect.simulation.virtual_clock import VirtualClock

SCREEN = ScreenInfo(width_px=1920, height_px=1080, width_cm=53.0, distance_cm=60.0)
PX_PER_CM = 1920 / 53
#: One degree around the middle of this screen.
DEGREE_PX = 60 * math.tan(math.radians(1)) * PX_PER_CM
Place = tuple[float, float]


class Desk:
    """A screen with somebody in front of it, who looks (or points) beside the target by `off` pixels."""

    def __init__(self, off: Callable[[Place], Place | None], stop_after: int = 10**9) -> None:
        self.off, self.target, self.shown = off, (960.0, 540.0), 0
        self._stop_after = stop_after

    def show_target(self, x_px: float, y_px: float) -> None:
        self.target = (x_px, y_px)
        self.shown += 1
        if self.shown > self._stop_after:
            raise StopRequested("participant")

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]:
        return []

    def pointer(self) -> Place | None:
        return self.off(self.target)

    def samples(self) -> list[GazeSample]:
        x, y = self.off(self.target) or (math.nan, math.nan)
        blink = GazeSample(0, 0.0, *[math.nan] * 6)
        return [GazeSample(0, 0.0, x, y, 3.0, x, y + DEGREE_PX, 3.0), blink]


def validation(desk: Desk, limits: CalibrationLimits | None = None) -> TargetValidation:
    geometry = ViewingGeometry.of(SCREEN)
    assert geometry is not None
    return TargetValidation(geometry, VirtualClock(), desk, limits or CalibrationLimits(), desk.samples)


def test_nine_targets_are_shown_and_each_is_judged_in_degrees() -> None:
    desk = Desk(lambda target: (target[0] + DEGREE_PX / 2, target[1]))
    result = validation(desk).calibrate("LR")
    assert desk.shown == 9
    assert len(result.points) == 18
    middle = {point.eye: point for point in result.points if point.target_x == 960 and point.target_y == 540}
    assert middle["L"].error_deg == pytest.approx(0.5, abs=0.002)
    assert middle["R"].error_deg == pytest.approx(math.hypot(1, 0.5), abs=0.002)
    assert {(p.target_x, p.target_y) for p in result.points} == set(target_places(1920, 1080, 9))
    # The worse eye is told; towards the edges a pixel is less than in the middle.
    assert 0.8 < result.mean_error_deg < 1.118
    assert not result.accepted or result.mean_error_deg <= 1.0


def test_the_limits_of_the_study_decide() -> None:
    desk = Desk(lambda target: (target[0], target[1] - DEGREE_PX))
    assert validation(desk, CalibrationLimits(mean_deg=1.05)).calibrate("L").accepted
    assert not validation(desk, CalibrationLimits(mean_deg=0.5)).calibrate("L").accepted
    assert validation(desk).drift_check("L").accepted
    check = validation(desk, CalibrationLimits(drift_deg=0.9)).drift_check("L")
    assert check.error_deg == pytest.approx(1.0, abs=0.002)
    assert not check.accepted


def test_a_target_without_gaze_is_a_gap_and_not_accepted() -> None:
    corner = target_places(1920, 1080, 9)[-1]
    result = validation(Desk(lambda target: None if target == corner else target)).calibrate("L")
    assert not result.accepted
    assert [point.error_deg for point in result.points].count(None) == 1
    assert result.mean_error_deg == 0


def test_no_gaze_at_all_is_told_and_a_drift_check_fails() -> None:
    desk = Desk(lambda target: None)
    with pytest.raises(TrackerUnavailableError, match=r"No gaze came.*'tracker\.channels'"):
        validation(desk).calibrate("LR")
    check = validation(desk).drift_check("LR")
    assert check.error_deg is None
    assert not check.accepted


def test_a_stop_between_targets_is_heard() -> None:
    with pytest.raises(StopRequested):
        validation(Desk(lambda target: target, stop_after=3)).calibrate("L")


def test_the_angle_between_opposite_edges_is_the_screens() -> None:
    geometry = ViewingGeometry.of(SCREEN)
    assert geometry is not None
    expected = 2 * math.degrees(math.atan(26.5 / 60))
    assert geometry.degrees_between((0, 540), (1920, 540)) == pytest.approx(expected, abs=1e-9)
    assert ViewingGeometry.of(ScreenInfo(width_px=10, height_px=10)) is None


def test_the_mouse_stands_for_one_eye_and_counts_as_simulated() -> None:
    clock, desk = VirtualClock(), Desk(lambda target: (100.0, 200.0))
    mouse = MouseGaze(MouseTracker(kind="mouse", rate_hz=50), SCREEN, clock, desk.pointer, desk)
    protocol: Tracker = mouse
    with pytest.raises(TrackerUnavailableError, match="not open"):
        protocol.start(1, "fear")
    protocol.open()
    assert (mouse.info.kind, mouse.info.simulated, mouse.info.eyes) == ("mouse", True, "L")
    mouse.start(1, "fear")
    start_ns = clock.now_ns()
    samples: list[GazeSample] = []
    for _ in range(25):
        clock.wait_until(clock.now_ns() + 40_000_000)
        samples += mouse.poll().samples
    desk.off = lambda target: None
    clock.wait_until(clock.now_ns() + 40_000_000)
    mouse.stop()
    samples += mouse.poll().samples
    assert not mouse.poll().samples
    assert [sample.host_ns for sample in samples] == [start_ns + n * 20_000_000 for n in range(53)]
    assert (samples[10].left_x, samples[10].left_y) == (100.0, 200.0)
    assert all(math.isnan(value) for sample in samples for value in sample[4:])
    assert math.isnan(samples[-1].left_x)


def test_the_mouse_is_validated_by_five_targets() -> None:
    desk = Desk(lambda target: target)
    mouse = MouseGaze(
        MouseTracker(kind="mouse"), ScreenInfo(width_px=800, height_px=600), VirtualClock(), desk.pointer, desk
    )
    mouse.open()
    result = mouse.calibrate()
    assert (desk.shown, len(result.points), result.accepted) == (5, 5, True)
    assert mouse.drift_check().accepted
    assert mouse.poll().clock[0].uncertainty_ns == 0

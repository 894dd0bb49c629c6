"""Validation and drift check of trackers that bring no procedure of their own: targets are shown, the gaze compared.

Nobody is calibrated here; what the tracker's own program has calibrated is measured.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from collect.bundle.format import ValidationPoint
from collect.bundle.limits import CalibrationLimits
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import CalibrationResult, Clock, DriftCheck, GazeSample
from collect.devices.tracker.eyelink_display import CalibrationGraphics
from collect.devices.tracker.validation_targets import Eyes, ViewingGeometry, judged, target_places

_NS_PER_S = 1_000_000_000
_LOOK_EVERY_NS = 20_000_000
#: The eyes need about a fifth of a second to go, and some more to rest; what is collected then is one fixation.
_SETTLE_S, _COLLECT_S = 0.9, 0.6


class TargetValidation:
    """read_gaze: all samples since it was called last. graphics: the participant's screen.

    targets: how many of them a validation has. settle_s: between a target's coming and the collecting of gaze.
    """

    def __init__(
        self, geometry: ViewingGeometry, clock: Clock, graphics: CalibrationGraphics, limits: CalibrationLimits,
        read_gaze: Callable[[], Sequence[GazeSample]], targets: Literal[5, 9] = 9, settle_s: float = _SETTLE_S,
    ) -> None:  # fmt: skip
        self._geometry, self._clock, self._graphics, self._limits = geometry, clock, graphics, limits
        self._read_gaze, self._targets, self._settle_s = read_gaze, targets, settle_s

    def calibrate(self, eyes: Eyes) -> CalibrationResult:
        """Raises TrackerUnavailableError where no gaze came at any target, StopRequested."""
        places = target_places(self._geometry.width_px, self._geometry.height_px, self._targets)
        result = judged(eyes, [point for place in places for point in self._looked_at(place, eyes)], self._limits)
        if result is None:
            raise TrackerUnavailableError(
                f"No gaze came from the tracker while {self._targets} targets were shown. Look whether it sees the "
                "eyes and is calibrated in its own program, and whether the study's field 'tracker.channels' names the "
                "channels of the gaze."
            )
        return result

    def drift_check(self, eyes: Eyes) -> DriftCheck:
        """With a target in the middle; not accepted where no gaze came. Raises StopRequested."""
        (middle,) = target_places(self._geometry.width_px, self._geometry.height_px, 1)
        errors = [point.error_deg for point in self._looked_at(middle, eyes) if point.error_deg is not None]
        worst = max(errors, default=None)
        return DriftCheck(worst, worst is not None and worst <= self._limits.drift_deg)

    def _looked_at(self, place: tuple[float, float], eyes: Eyes) -> list[ValidationPoint]:
        try:
            self._graphics.show_target(*place)
            self._wait(self._settle_s)
            samples = self._wait(_COLLECT_S)
        finally:
            self._graphics.show_nothing()
        return [self._point(place, eye, samples) for eye in ("L", "R") if eye in eyes]

    def _wait(self, seconds: float) -> list[GazeSample]:
        """The gaze of so many seconds; keys are looked at all the while, so that a stop is heard."""
        samples: list[GazeSample] = []
        end_ns = self._clock.now_ns() + round(seconds * _NS_PER_S)
        while self._clock.now_ns() < end_ns:
            self._clock.wait_until(min(end_ns, self._clock.now_ns() + _LOOK_EVERY_NS))
            self._graphics.pressed_keys()
            samples += self._read_gaze()
        return samples

    def _point(
        self, place: tuple[float, float], eye: Literal["L", "R"], samples: Iterable[GazeSample]
    ) -> ValidationPoint:
        of_eye = [(s.left_x, s.left_y) if eye == "L" else (s.right_x, s.right_y) for s in samples]
        seen = [(x, y) for x, y in of_eye if math.isfinite(x) and math.isfinite(y)]
        if not seen:
            return ValidationPoint(eye=eye, target_x=place[0], target_y=place[1], x=None, y=None, error_deg=None)
        x, y = _median([x for x, _ in seen]), _median([y for _, y in seen])
        error_deg = self._geometry.degrees_between(place, (x, y))
        return ValidationPoint(
            eye=eye, target_x=place[0], target_y=place[1], x=round(x, 1), y=round(y, 1), error_deg=round(error_deg, 3)
        )


def _median(values: list[float]) -> float:
    """Of an even number the upper one: a place that was truly measured."""
    return sorted(values)[len(values) // 2]

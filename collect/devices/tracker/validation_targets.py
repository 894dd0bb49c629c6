"""Where the targets of a validation stand, and what is made of the gaze at each of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from collect.bundle.format import ScreenInfo, ValidationPoint
from collect.bundle.limits import CalibrationLimits
from collect.devices.protocols import CalibrationResult

Eyes = Literal["L", "R", "LR"]
#: The outer targets leave this share of the screen free on each side: further out no eye tracker measures well.
_MARGIN = 0.1
_GRID: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((0.5, 0.5),),
    5: ((0.5, 0.5), (0.5, 0.0), (0.5, 1.0), (0.0, 0.5), (1.0, 0.5)),
    9: ((0.5, 0.5), (0.5, 0.0), (0.5, 1.0), (0.0, 0.5), (1.0, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
}


@dataclass(frozen=True)
class ViewingGeometry:
    """Screen pixels as seen by the eyes; they look at its middle from `distance_px` away."""

    width_px: int
    height_px: int
    distance_px: float

    @classmethod
    def of(cls, screen: ScreenInfo) -> "ViewingGeometry | None":
        """None where the study does not say how large the screen is and how far away."""
        if screen.width_cm is None or screen.distance_cm is None:
            return None
        return cls(screen.width_px, screen.height_px, screen.distance_cm / screen.width_cm * screen.width_px)

    def degrees_between(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        """The angle at the eyes between two places of the screen, in pixels from its top left corner."""
        (ax, ay), (bx, by) = (self._seen(place) for place in (a, b))
        depth = self.distance_px
        cross = math.hypot(ay * depth - depth * by, depth * bx - ax * depth, ax * by - ay * bx)
        return math.degrees(math.atan2(cross, ax * bx + ay * by + depth * depth))

    def _seen(self, place: tuple[float, float]) -> tuple[float, float]:
        return place[0] - self.width_px / 2, place[1] - self.height_px / 2


def target_places(width_px: int, height_px: int, number: Literal[1, 5, 9]) -> tuple[tuple[float, float], ...]:
    """In pixels from the top left corner, the middle of the screen first."""
    span = 1 - 2 * _MARGIN
    return tuple((width_px * (_MARGIN + span * x), height_px * (_MARGIN + span * y)) for x, y in _GRID[number])


def judged(eyes: Eyes, points: Sequence[ValidationPoint], limits: CalibrationLimits) -> CalibrationResult | None:
    """The validation that these points make; an eye's own mean and greatest error count, the worse eye's are told.

    Not accepted where a point has no gaze. None where no point has any: nothing was measured.
    """
    of_eye = [[p.error_deg for p in points if p.eye == eye and p.error_deg is not None] for eye in eyes]
    seen = [errors for errors in of_eye if errors]
    if not seen:
        return None
    mean, greatest = max(sum(errors) / len(errors) for errors in seen), max(max(errors) for errors in seen)
    complete = all(point.error_deg is not None for point in points) and len(seen) == len(of_eye)
    accepted = complete and mean <= limits.mean_deg and greatest <= limits.max_deg
    return CalibrationResult(eyes, round(mean, 3), round(greatest, 3), accepted, tuple(points))

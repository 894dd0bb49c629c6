"""How many pixels of a screen are one degree of visual angle."""

import math

from collect.bundle.format import ScreenInfo

#: Where nobody wrote down how wide the screen is and how far away: a 24-inch monitor at 70 cm.
ASSUMED_WIDTH_CM, ASSUMED_DISTANCE_CM = 53.0, 70.0


def px_per_degree(screen: ScreenInfo) -> float:
    """In the middle of the screen; assumes a usual screen where its size or distance is not known."""
    width_cm, distance_cm = screen.width_cm, screen.distance_cm
    if width_cm is None or distance_cm is None:
        width_cm, distance_cm = ASSUMED_WIDTH_CM, ASSUMED_DISTANCE_CM
    return screen.width_px / math.degrees(2 * math.atan(width_cm / 2 / distance_cm))


def is_assumed(screen: ScreenInfo) -> bool:
    return screen.width_cm is None or screen.distance_cm is None

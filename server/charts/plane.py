"""Arrows in the plane of valence (to the right) and arousal (upwards): geometry for templates, nothing drawn yet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The picture's own coordinates: a square of this side, with room around the plane for words.
SIDE = 460.0
MARGIN = 34.0
_LETTER = 7.2  # px, of the labels' type
_LINE = 15.0
_HEAD = 11.0


@dataclass(frozen=True)
class Movement:
    """From one place to another (valence, arousal), without a label where `name` is ''.

    `says` is read out; `valence_ends`, `arousal_ends`: the interval of where it ends.
    """

    name: str
    felt: tuple[float, float]
    shown: tuple[float, float]
    href: str
    says: str
    valence_ends: tuple[float, float] | None = None
    arousal_ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Arrow:
    """px: the shaft from (x1, y1) to (x2, y2), the head's corners, the label's anchor point, the whiskers' paths."""

    movement: Movement
    x1: float
    y1: float
    x2: float
    y2: float
    head: str
    label_x: float
    label_y: float
    anchor: str
    whiskers: str
    moves: bool


def x_of(valence: float) -> float:
    return round(MARGIN + (valence + 1) / 2 * (SIDE - 2 * MARGIN), 1)


def y_of(arousal: float) -> float:
    return round(SIDE - MARGIN - (arousal + 1) / 2 * (SIDE - 2 * MARGIN), 1)


def arrows(movements: Sequence[Movement]) -> list[Arrow]:
    """One arrow each; those with a name get it where it covers no other name and no end of a named arrow, as far as
    that goes."""
    named = [one for one in movements if one.name]
    ends = [(x_of(place[0]), y_of(place[1])) for one in named for place in (one.felt, one.shown)]
    taken: list[tuple[float, float, float, float]] = []
    drawn: list[Arrow] = []
    for movement in movements:
        x1, y1 = x_of(movement.felt[0]), y_of(movement.felt[1])
        x2, y2 = x_of(movement.shown[0]), y_of(movement.shown[1])
        anchor, label_x, label_y = "start", x1, y1
        if movement.name:
            anchor, label_x, label_y, box = _label(movement.name, (x1, y1), (x2, y2), taken, ends)
            taken.append(box)
        moves = math.hypot(x2 - x1, y2 - y1) > 3
        head, (stop_x, stop_y) = _head((x1, y1), (x2, y2)) if moves else ("", (x2, y2))
        drawn.append(
            Arrow(
                movement, x1, y1, stop_x, stop_y, head, label_x, label_y, anchor, _whiskers(movement, x2, y2), moves
            )
        )  # fmt: skip
    return drawn


def _head(start: tuple[float, float], end: tuple[float, float]) -> tuple[str, tuple[float, float]]:
    """The corners of the head, and where the shaft stops below it."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    size = min(_HEAD, math.dist(start, end) * 0.8)
    corners = [end]
    for side in (-1, 1):
        back = angle + math.pi + side * 0.42
        corners.append((end[0] + size * math.cos(back), end[1] + size * math.sin(back)))
    stop = (round(end[0] - size * 0.8 * math.cos(angle), 1), round(end[1] - size * 0.8 * math.sin(angle), 1))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners), stop


def _whiskers(movement: Movement, x: float, y: float) -> str:
    path = ""
    if movement.valence_ends:
        path += f"M{x_of(movement.valence_ends[0])} {y}H{x_of(movement.valence_ends[1])}"
    if movement.arousal_ends:
        path += f"M{x} {y_of(movement.arousal_ends[0])}V{y_of(movement.arousal_ends[1])}"
    return path


Box = tuple[float, float, float, float]


def _label(
    name: str, start: tuple[float, float], end: tuple[float, float], taken: list[Box], ends: list[tuple[float, float]]
) -> tuple[str, float, float, Box]:
    """Beside the start, away from the end if there is room: (text-anchor, x, y of the base line, box)."""
    width = len(name) * _LETTER
    away_x = start[0] - end[0]
    places = []
    for dx, dy, anchor in (
        (10, 4, "start"), (-10, 4, "end"), (0, -11, "middle"), (0, 20, "middle"), (9, -9, "start"), (-9, -9, "end"),
        (9, 18, "start"), (-9, 18, "end"), (0, -26, "middle"), (0, 34, "middle"), (12, -24, "start"), (-12, 32, "end"),
    ):  # fmt: skip
        x, y = start[0] + dx, start[1] + dy
        left = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
        box = (left, y - 11, left + width, y - 11 + _LINE)
        cost = 100.0 * sum(_overlap(box, other) for other in taken)
        cost += 30.0 * sum(_holds(box, point) for point in ends)
        cost += 1000.0 * (box[0] < 2 or box[2] > SIDE - 2 or box[1] < 2 or box[3] > SIDE - 2)
        cost += 40.0 * (box[0] < MARGIN or box[2] > SIDE - MARGIN or box[3] > SIDE - MARGIN)  # the axes' own words
        cost += math.hypot(dx, dy) / 10 + (2.0 if dx * away_x < 0 else 0.0)
        places.append((cost, anchor, round(x, 1), round(y, 1), box))
    _cost, anchor, x, y, box = min(places, key=lambda one: one[0])
    return anchor, x, y, box


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return 1 + wide * high / 100 if wide > 0 and high > 0 else 0.0


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] - 3 <= point[0] <= box[2] + 3 and box[1] - 3 <= point[1] <= box[3] + 3

"""The small figures of the scales, nine graded drawings each, our own: a face, a body, a vessel and a heart."""

import math
from collections.abc import Callable

from PIL import ImageDraw

Point = tuple[float, float]
#: Draws a figure at a centre, in a size, for a value in [-1, 1], in a colour upon another one.
Figure = Callable[[ImageDraw.ImageDraw, Point, float, float, str, str], None]


def valence_figure(
    draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str, ground: str
) -> None:
    """A face from a deep frown (value -1) to a broad smile (value 1). `size` is its diameter."""
    x, y = centre
    radius, line = size / 2, _line_width(size)
    _ring(draw, centre, radius, colour, line)
    for side in (-1, 1):
        _disc(draw, (x + side * radius * 0.36, y - radius * 0.16), radius * 0.085, colour)
        # Sad brows rise towards the nose, glad ones are light arcs.
        inner, outer, lift = radius * 0.20, radius * 0.54, radius * (0.44 + 0.06 * max(0.0, value))
        slope = radius * 0.17 * max(0.0, -value)
        bend = radius * 0.09 * max(0.0, value)
        brow = [
            (x + side * (inner + (outer - inner) * t), y - lift - slope * (0.5 - t) - bend * 4 * t * (1 - t))
            for t in (i / 12 for i in range(13))
        ]
        _stroke(draw, brow, colour, line)
    half, depth = radius * (0.42 + 0.12 * abs(value)), value * radius * 0.34
    _stroke(draw, _parabola((x, y + radius * 0.42), half, depth), colour, line)


def arousal_figure(
    draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str, ground: str
) -> None:
    """A person at rest, eyes closed and a dot for a heart (value -1), up to one who bursts (value 1)."""
    x, y = centre
    strength, line = (value + 1) / 2, _line_width(size)
    head, chest = (x, y - size * 0.31), (x, y + size * 0.17)
    _stroke(draw, _torso(x, y, size), colour, line)
    _disc(draw, head, size * 0.19 + line, ground)
    _ring(draw, head, size * 0.19, colour, line)
    for side in (-1, 1):
        _eye(draw, (head[0] + side * size * 0.075, head[1] - size * 0.01), size, strength, colour, line)
    outer = size * (0.035 + 0.285 * strength)
    if strength < 0.05:
        _disc(draw, chest, outer, colour)
        return
    star = _star(chest, outer, outer * (0.80 - 0.34 * strength), 8 + 2 * round(3 * strength))
    draw.polygon(
        _star(chest, outer + line * 1.6, outer * (0.80 - 0.34 * strength) + line * 1.6, len(star) // 2), ground
    )
    draw.polygon(star, colour)


def familiarity_figure(
    draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str, ground: str
) -> None:
    """A round vessel, empty (value -1) to full (value 1)."""
    x, y = centre
    radius = size * 0.38
    circle = [
        (x + radius * math.cos(2 * math.pi * i / 72), y + radius * math.sin(2 * math.pi * i / 72)) for i in range(72)
    ]
    _vessel(draw, circle, value, colour, _line_width(size))


def liking_figure(
    draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str, ground: str
) -> None:
    """A heart, empty (value -1) to full (value 1)."""
    x, y = centre
    scale = size * 0.40 / 16
    heart = []
    for i in range(96):
        t = 2 * math.pi * i / 96
        height = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        heart.append((x + scale * 16 * math.sin(t) ** 3, y - scale * (height + 2.5)))
    _vessel(draw, heart, value, colour, _line_width(size))


def _line_width(size: float) -> int:
    return max(2, round(size / 28))


def _vessel(draw: ImageDraw.ImageDraw, outline: list[Point], value: float, colour: str, line: int) -> None:
    top, bottom = min(y for _, y in outline), max(y for _, y in outline)
    level = bottom - (value + 1) / 2 * (bottom - top)
    filled = _below(outline, level)
    if len(filled) > 2:
        draw.polygon(filled, colour)
    _stroke(draw, [*outline, outline[0], outline[1]], colour, line)


def _below(outline: list[Point], level: float) -> list[Point]:
    """The part of a closed shape below a level (screen coordinates: larger y)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if y0 >= level:
            kept.append((x0, y0))
        if (y0 >= level) != (y1 >= level):
            kept.append((x0 + (x1 - x0) * (level - y0) / (y1 - y0), level))
    return kept


def _torso(x: float, y: float, size: float) -> list[Point]:
    """Shoulders and body as one line, open at the foot."""
    half, top, foot = size * 0.30, y - size * 0.10, y + size * 0.47
    shoulder = size * 0.20
    left = [
        (x - half + shoulder * (1 - math.cos(a)), top + shoulder * (1 - math.sin(a)))
        for a in (math.pi / 2 * i / 12 for i in range(13))
    ]
    right = [(2 * x - px, py) for px, py in reversed(left)]
    return [(x - half, foot), *left, *right, (x + half, foot), (x - half, foot), left[0]]


def _eye(draw: ImageDraw.ImageDraw, at: Point, size: float, strength: float, colour: str, line: int) -> None:
    """Closed at rest, a point in between, wide open at the height of it."""
    if strength < 0.2:
        _stroke(draw, _parabola(at, size * 0.038, size * 0.022), colour, max(2, line - 1))
    elif strength < 0.6:
        _disc(draw, at, size * 0.022, colour)
    else:
        _ring(draw, at, size * (0.024 + 0.022 * strength), colour, max(2, line - 1))
        _disc(draw, at, size * 0.016, colour)


def _star(centre: Point, outer: float, inner: float, rays: int) -> list[Point]:
    return [
        (
            centre[0] + (inner if i % 2 else outer) * math.cos(math.pi * i / rays - math.pi / 2),
            centre[1] + (inner if i % 2 else outer) * math.sin(math.pi * i / rays - math.pi / 2),
        )
        for i in range(2 * rays)
    ]


def _parabola(centre: Point, half: float, depth: float) -> list[Point]:
    """`depth` > 0 hangs down in the middle: a smile."""
    x, y = centre
    return [(x + half * s, y + depth * (1 - s * s) - depth / 2) for s in (i / 12 - 1 for i in range(25))]


def _stroke(draw: ImageDraw.ImageDraw, points: list[Point], colour: str, line: int) -> None:
    """A line with round ends."""
    draw.line(points, fill=colour, width=line, joint="curve")
    for end in (points[0], points[-1]):
        _disc(draw, end, line / 2, colour)


def _ring(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: str, line: int) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=line)


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: str) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

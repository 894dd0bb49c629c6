"""The small figures above the valence and arousal scales: five graded drawings each, our own."""

import math

from PIL import ImageDraw

Point = tuple[float, float]


def valence_figure(draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str) -> None:
    """A face whose mouth goes from a deep frown (value -1) to a broad smile (value 1). `size` is its diameter."""
    x, y = centre
    radius, line = size / 2, max(2, round(size / 26))
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=line)
    for side in (-1, 1):
        _disc(draw, (x + side * radius * 0.36, y - radius * 0.22), radius * 0.085, colour)
    _mouth(draw, (x, y + radius * 0.40), radius * 0.52, value * radius * 0.30, colour, line)


def arousal_figure(draw: ImageDraw.ImageDraw, centre: Point, size: float, value: float, colour: str) -> None:
    """A heart of stillness that bursts: a small dot (value -1) grows into a star of long rays (value 1)."""
    x, y = centre
    strength = (value + 1) / 2
    radius, line = size / 2, max(2, round(size / 30))
    core = radius * (0.16 + 0.18 * strength)
    _disc(draw, centre, core, colour)
    if strength == 0:
        draw.ellipse(
            (x - radius * 0.45, y - radius * 0.45, x + radius * 0.45, y + radius * 0.45), outline=colour, width=line
        )
        return
    rays = 8 + round(8 * strength)
    for ray in range(rays):
        angle = 2 * math.pi * ray / rays - math.pi / 2
        reach = core + (radius - core) * (0.35 + 0.65 * strength) * (1.0 if ray % 2 == 0 else 1 - 0.35 * strength)
        start = core + radius * 0.10
        draw.line(
            (
                x + start * math.cos(angle),
                y + start * math.sin(angle),
                x + reach * math.cos(angle),
                y + reach * math.sin(angle),
            ),
            fill=colour,
            width=line,
        )


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: str) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _mouth(draw: ImageDraw.ImageDraw, centre: Point, half: float, depth: float, colour: str, line: int) -> None:
    """A parabola through both corners; `depth` > 0 hangs down in the middle: a smile."""
    x, y = centre
    steps = 24
    points = [
        (x + half * (2 * i / steps - 1), y + depth * (1 - (2 * i / steps - 1) ** 2) - depth / 2)
        for i in range(steps + 1)
    ]
    draw.line(points, fill=colour, width=line, joint="curve")
    for end in (points[0], points[-1]):
        _disc(draw, end, line / 2, colour)

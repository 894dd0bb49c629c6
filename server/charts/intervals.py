"""Figures with their intervals as SVG: a dot on a line, and a line with a band over time.

Places are percentages, so the pictures fit whatever width they are given, without bending letters or dots. Colours
come from classes in static/intervals.css. Each picture says in words what it shows; the figures stand beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


@dataclass(frozen=True)
class Scale:
    """The values at both ends, and those that get a line across: `firm` ones are named under it."""

    low: float
    high: float
    firm: tuple[float, ...] = ()
    faint: tuple[float, ...] = ()

    def place(self, value: float) -> float:
        """Where a value lies, in percent; what is beyond an end lies at it."""
        inside = min(max(value, self.low), self.high)
        return round((inside - self.low) / (self.high - self.low) * 100, 2)


@dataclass(frozen=True)
class Point:
    """One figure of a series, `name` being its place in time; None where it is not known."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


def written(value: float, digits: int = 2) -> str:
    """A figure as one reads it: with a true minus, and no minus before a zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def in_words(value: float, low: float | None, high: float | None, digits: int = 2) -> str:
    """'0.45, interval 0.44 to 0.46'."""
    if low is None or high is None:
        return f"{written(value, digits)}, no interval"
    return f"{written(value, digits)}, interval {written(low, digits)} to {written(high, digits)}"


def dot_with_interval(scale: Scale, value: float, low: float | None, high: float | None, name: str = "") -> Markup:
    """One row of a chart: the interval as a line, the figure as a dot on it."""
    lines = [_across(scale, one, "firm") for one in scale.firm] + [_across(scale, one, "faint") for one in scale.faint]
    reach = ""
    if low is not None and high is not None:
        reach = f'<line class="reach" x1="{scale.place(low)}%" x2="{scale.place(high)}%" y1="50%" y2="50%"/>'
    dot = f'<circle class="dot" cx="{scale.place(value)}%" cy="50%" r="5"/>'
    words = escape(f"{name} {in_words(value, low, high)}".strip())
    return Markup(f'<svg class="figure-row" role="img" aria-label="{words}">{"".join(lines)}{reach}{dot}</svg>')  # noqa: S704 -- numbers, and words that are escaped


def scale_below(scale: Scale) -> Markup:
    """The names of the firm lines, to stand above or below rows of the same width."""
    names = "".join(
        f'<text x="{scale.place(one)}%" y="13" text-anchor="{_anchor(scale, one)}">{_short(one)}</text>'
        for one in scale.firm
    )
    return Markup(f'<svg class="figure-scale" aria-hidden="true">{names}</svg>')  # noqa: S704 -- numbers only


def line_with_band(scale: Scale, points: Sequence[Point], name: str) -> Markup:
    """A series over time: the figures as dots on a line, their intervals as a band; gaps where a figure is missing."""
    left = [_along(number, len(points)) for number in range(len(points))]
    lines = "".join(
        f'<line class="{kind}" x1="0" x2="100%" y1="{_down(scale, one)}%" y2="{_down(scale, one)}%"/>'
        for kind, values in (("firm", scale.firm), ("faint", scale.faint))
        for one in values
    )
    dots = "".join(
        f'<circle class="dot" cx="{x}%" cy="{_down(scale, point.value)}%" r="3">'
        f"<title>{escape(_said(point))}</title></circle>"
        for x, point in zip(left, points, strict=True)
        if point.value is not None
    )
    bent = '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">'
    drawn = f"{bent}{_band(scale, left, points)}{_line(scale, left, points)}</svg>"
    known = [point for point in points if point.value is not None]
    words = f"{name}: {_said(known[0])}; {_said(known[-1])}" if known else f"{name}: nothing known"
    return Markup(  # noqa: S704 -- numbers, and words that are escaped
        f'<svg class="figure-time" role="img" aria-label="{escape(words)}">{lines}{drawn}{dots}</svg>'
    )


def scale_beside(scale: Scale) -> Markup:
    """The names of the firm lines, to stand at the left of a line with a band."""
    names = "".join(
        f'<text x="100%" y="{_down(scale, one)}%" dy=".35em" text-anchor="end">{_short(one)}</text>'
        for one in scale.firm
    )
    return Markup(f'<svg class="figure-side" aria-hidden="true">{names}</svg>')  # noqa: S704 -- numbers only


def _short(value: float) -> str:
    """As on an axis: '1', '.8', '.667'."""
    text = written(value, 3).rstrip("0").rstrip(".")
    return text.replace("0.", ".") or "0"


def _across(scale: Scale, value: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{scale.place(value)}%" x2="{scale.place(value)}%" y1="0" y2="100%"/>'


def _anchor(scale: Scale, value: float) -> str:
    return {0.0: "start", 100.0: "end"}.get(scale.place(value), "middle")


def _along(number: int, of: int) -> float:
    """In percent, with room for half a dot at both ends."""
    return round(2 + 96 * (number / (of - 1) if of > 1 else 0.5), 2)


def _down(scale: Scale, value: float) -> float:
    return round(100 - scale.place(value), 2)


def _runs(known: Sequence[bool]) -> list[range]:
    """The stretches without a gap."""
    found, start = [], 0
    for number, one in enumerate([*known, False]):
        if not one:
            if number > start:
                found.append(range(start, number))
            start = number + 1
    return found


def _band(scale: Scale, left: Sequence[float], points: Sequence[Point]) -> str:
    parts = []
    for run in _runs([point.low is not None and point.high is not None for point in points]):
        upper = [f"{left[one]},{_down(scale, points[one].high or 0.0)}" for one in run]
        lower = [f"{left[one]},{_down(scale, points[one].low or 0.0)}" for one in reversed(run)]
        parts.append(f'<polygon class="band" points="{" ".join(upper + lower)}"/>')
    return "".join(parts)


def _line(scale: Scale, left: Sequence[float], points: Sequence[Point]) -> str:
    parts = []
    for run in _runs([point.value is not None for point in points]):
        places = " ".join(f"{left[one]},{_down(scale, points[one].value or 0.0)}" for one in run)
        parts.append(f'<polyline class="path" vector-effect="non-scaling-stroke" points="{places}"/>')
    return "".join(parts)


def _said(point: Point) -> str:
    assert point.value is not None
    return f"{point.name} {in_words(point.value, point.low, point.high)}"

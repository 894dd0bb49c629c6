"""Dots with intervals along one axis: geometry for templates, nothing drawn yet."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from annotate.intervals import Interval

#: Room at both ends for half a dot, px.
_MARGIN = 7.0


@dataclass(frozen=True)
class Axis:
    """`low` to `high` along `width` px; `ticks` are round values on it."""

    low: float
    high: float
    width: float
    ticks: tuple[float, ...]

    def x(self, value: float) -> float:
        """Where a value lies, px; what is beyond an end lies at it."""
        inside = min(max(value, self.low), self.high)
        return round(_MARGIN + (inside - self.low) / (self.high - self.low) * (self.width - 2 * _MARGIN), 1)

    def labels(self, letters: int = 5) -> list[tuple[float, str, float]]:
        """(x, text-anchor, tick) of the ticks that have room for `letters` letters: zero and the ends before others."""
        room = 6.5 * letters
        by_worth = sorted(self.ticks, key=lambda tick: (tick != 0, tick not in (self.low, self.high), tick))
        chosen: list[float] = []
        for tick in by_worth:
            if all(abs(self.x(tick) - self.x(other)) >= room for other in chosen):
                chosen.append(tick)
        anchors = {self.low: "start", self.high: "end"}
        inward = {"start": -5, "end": 5}
        found = []
        for tick in sorted(chosen):
            anchor = anchors.get(tick, "middle")
            found.append((self.x(tick) + inward.get(anchor, 0), anchor, tick))
        return found


@dataclass(frozen=True)
class Range:
    """One row: the dot, its interval's ends (None: not known), and where the noise lies (None: not known), px."""

    dot: float
    low: float | None
    high: float | None
    noise: float | None
    noise_low: float | None
    noise_high: float | None


def axis_of(
    intervals: Iterable[Interval | None], width: float, *, includes: tuple[float, ...] = (0.0,), ticks: int = 4
) -> Axis:
    """An axis on which all of these lie, ends included, and the values that it must include."""
    values = list(includes)
    for interval in intervals:
        if interval is not None:
            values += [one for one in (interval.value, interval.low, interval.high) if one is not None]
    low, high = min(values), max(values)
    if high - low < 1e-6:
        low, high = low - 0.1, high + 0.1
    step = _round_step((high - low) / ticks)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    # Whole numbers times the step: sums of it would not meet zero.
    marks = tuple(round(step * place, 10) for place in range(first, last + 1))
    return Axis(marks[0], marks[-1], width, marks)


def range_on(axis: Axis, interval: Interval | None, noise: Interval | None = None) -> Range | None:
    """The row of one figure, None where it is not known."""
    if interval is None:
        return None

    def place(value: float | None) -> float | None:
        return None if value is None else axis.x(value)

    return Range(
        dot=axis.x(interval.value),
        low=place(interval.low),
        high=place(interval.high),
        noise=place(noise.value) if noise else None,
        noise_low=place(noise.low) if noise else None,
        noise_high=place(noise.high) if noise else None,
    )


def _round_step(about: float) -> float:
    """1, 2 or 5 times a power of ten, not below `about`."""
    power = 10.0 ** math.floor(math.log10(about))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= about * (1 - 1e-9))

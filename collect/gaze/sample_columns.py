"""Sample lines to columns, many lines at a time."""

import math

import numpy as np

from collect.gaze.decimal_fields import decimal_columns
from collect.gaze.recording import Column, Eyes, Samples


class BadSampleError(Exception):
    """A line that is no sample; `args[0]` is the line."""


class SampleColumns:
    """Gathers the sample lines of a file: `time, x, y, pupil [, x, y, pupil] …`, with tabs between.

    What follows the eyes (velocity, resolution, input, flags, head target) is passed over.
    """

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.eyes: Eyes | None = None
        self._parts: list[tuple[Column, ...]] = []

    def switch(self, eyes: Eyes) -> None:
        """From here on the lines hold these eyes. Raises BadSampleError for what was gathered before."""
        if eyes != self.eyes:
            self.convert()
            self.eyes = eyes

    def convert(self) -> None:
        """Turn the gathered lines into numbers. Raises BadSampleError."""
        if not self.lines:
            return
        count = {None: 0, "L": 4, "R": 4, "LR": 7}[self.eyes]
        try:
            columns = decimal_columns(b"".join(self.lines), count)
            if count == 0 or not np.isfinite(columns[0]).all():
                raise ValueError
        except ValueError:
            raise BadSampleError(self._first_bad(count)) from None
        absent = [np.full(len(self.lines), np.nan)] * 3
        left = columns[1:4] if self.eyes != "R" else absent
        right = columns[-3:] if self.eyes != "L" else absent
        self._parts.append((columns[0], *left, *right))
        self.lines.clear()

    def samples(self) -> Samples:
        """All samples so far. Raises BadSampleError."""
        self.convert()
        if not self._parts:
            return Samples(*(np.empty(0) for _ in range(7)))
        return Samples(*(np.concatenate(column) for column in zip(*self._parts, strict=True)))

    def _first_bad(self, count: int) -> bytes:
        for line in self.lines:
            fields = line.split(b"\t", count)[:count]
            try:
                numbers = [number(field.decode("ascii")) for field in fields]
            except ValueError:
                return line
            if count == 0 or len(fields) != count or not math.isfinite(numbers[0]):
                return line
        raise AssertionError("one of these lines could not be converted")


def number(text: str) -> float:
    """NaN for the dot that stands for 'missing'. Raises ValueError."""
    return math.nan if text.strip() == "." else float(text)

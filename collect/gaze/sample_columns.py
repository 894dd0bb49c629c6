"""Sample lines to columns, many lines at a time."""

import math

import numpy as np

from collect.gaze.decimal_fields import Bytes, Positions, columns_of
from collect.gaze.recording import Column, Eyes, Samples, no_samples

#: time, x, y, pupil; of two eyes x, y, pupil twice.
_FIELDS: dict[Eyes, int] = {"L": 4, "R": 4, "LR": 7}


class BadSampleError(Exception):
    """A line that is no sample; `args` are the line and at which of the given lines it stands."""


class SampleColumns:
    """Gathers the samples of a file: `time, x, y, pupil [, x, y, pupil] …`, with tabs between.

    What follows the eyes (velocity, resolution, input, flags, head target) is passed over.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Column, ...]] = []

    def take(self, characters: Bytes, starts: Positions, ends: Positions, eyes: Eyes) -> None:
        """Take the lines characters[start:end], which hold these eyes. Raises BadSampleError."""
        if not len(starts):
            return
        count = _FIELDS[eyes]
        try:
            columns = columns_of(characters, starts, ends, count)
            if not np.isfinite(columns[0]).all():
                raise ValueError
        except ValueError:
            raise _first_bad(characters, starts, ends, count) from None
        absent = [np.full(len(starts), np.nan)] * 3
        left = columns[1:4] if eyes != "R" else absent
        right = columns[-3:] if eyes != "L" else absent
        self._parts.append((columns[0], *left, *right))

    def __len__(self) -> int:
        return sum(len(part[0]) for part in self._parts)

    @property
    def last_ms(self) -> float | None:
        return float(self._parts[-1][0][-1]) if self._parts else None

    def samples(self) -> Samples:
        """All samples so far."""
        if not self._parts:
            return no_samples()
        return Samples(*(np.concatenate(column) for column in zip(*self._parts, strict=True)))


def eyes_of_line(line: bytes) -> Eyes | None:
    """Which eyes a sample line holds of which nothing else says it; one eye is 'L'. None for what is no sample.

    The status field tells: three characters for one eye, five for two. Files without it hold nothing but the eyes.
    """
    fields = line.split()
    dots = next((len(field) for field in fields[1:] if len(field) in (3, 5) and not field.strip(b".ICRIM")), 0)
    eyes: Eyes = "LR" if dots == 5 or (dots == 0 and len(fields) == 7) else "L"
    return eyes if len(fields) >= _FIELDS[eyes] else None


def _first_bad(characters: Bytes, starts: Positions, ends: Positions, count: int) -> BadSampleError:
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        line = characters[start:end].tobytes()
        fields = line.split(b"\t", count)[:count]
        try:
            numbers = [number(field.decode("ascii")) for field in fields]
        except ValueError:
            return BadSampleError(line, index)
        if len(fields) != count or not math.isfinite(numbers[0]):
            return BadSampleError(line, index)
    raise AssertionError("one of these lines could not be converted")


def number(text: str) -> float:
    """NaN for the dot that stands for 'missing'. Raises ValueError."""
    return math.nan if text.strip() == "." else float(text)

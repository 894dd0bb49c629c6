"""Which channel of a stream is which field of a gaze sample."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import ScreenInfo
from collect.bundle.study_devices import LSLTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import GazeSample
from collect.devices.tracker.validation_targets import Eyes

#: The fields that a channel can be, in the order of a sample.
GAZE_FIELDS = GazeSample._fields[2:]
Values = NDArray[np.float64]


class GazeChannels:
    """Takes a chunk of a stream apart. `columns`: for each of GAZE_FIELDS the channel's number, -1 for none."""

    def __init__(self, columns: Sequence[int], screen: ScreenInfo, *, normalised: bool) -> None:
        self._columns = np.array(columns)
        to_px = (screen.width_px, screen.height_px, 1.0) * 2 if normalised else (1.0,) * 6
        self._to_px = np.array(to_px, np.float64)

    def gaze(self, chunk: NDArray[Any]) -> Values:
        """chunk: (N, channels). Returns (N, 6) in the order of GAZE_FIELDS, in pixels, NaN where missing."""
        values = np.full((len(chunk), len(GAZE_FIELDS)), math.nan)
        there = self._columns >= 0
        values[:, there] = chunk[:, self._columns[there]]
        values *= self._to_px
        values[~np.isfinite(values)] = math.nan
        return values


def gaze_channels(settings: LSLTracker, screen: ScreenInfo, labels: Sequence[str], channels: int) -> GazeChannels:
    """labels: of the stream's channels, where it has any. Raises TrackerUnavailableError, which lists them.

    A field that the study does not name is the channel with the same label, if there is one. x and y of each measured
    eye must be there.
    """
    numbers = {label.strip().lower(): number for number, label in reversed(list(enumerate(labels)))}
    there = ", ".join(f"{number} '{label}'" for number, label in enumerate(labels)) or f"{channels} without labels"
    columns = []
    for field in GAZE_FIELDS:
        named = settings.channels.get(field, field)
        number = numbers.get(named.strip().lower(), -1) if isinstance(named, str) else named
        if field in settings.channels and not 0 <= number < channels:
            raise TrackerUnavailableError(
                f"The study's field 'tracker.channels.{field}' names channel {named!r}, which the stream "
                f"'{settings.stream}' does not have. Its channels: {there}."
            )
        columns.append(number)
    for field in _needed(settings.eyes):
        if columns[GAZE_FIELDS.index(field)] < 0:
            raise TrackerUnavailableError(
                f"The study does not say which channel of the stream '{settings.stream}' is {field}. Name it by its "
                f"label or its number in the field 'tracker.channels'. Its channels: {there}."
            )
    sides = _sides(settings.eyes)
    kept = [number if field.startswith(sides) else -1 for field, number in zip(GAZE_FIELDS, columns, strict=True)]
    return GazeChannels(kept, screen, normalised=settings.unit == "normalised")


def _sides(eyes: Eyes) -> tuple[str, ...]:
    return tuple({"L": "left_", "R": "right_"}[eye] for eye in eyes)


def _needed(eyes: Eyes) -> list[str]:
    return [f"{side}{axis}" for side in _sides(eyes) for axis in ("x", "y")]

"""What an EyeLink recording holds. Times are the tracker's own, in milliseconds; positions are as in the file."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Eyes = Literal["L", "R", "LR"]
Column = npt.NDArray[np.float64]
Table = npt.NDArray[Any]

FIXATION = np.dtype([("eye", "U1"), *((name, "<f8") for name in ("start_ms", "end_ms", "x", "y", "pupil"))])
SACCADE = np.dtype(
    [
        ("eye", "U1"),
        *(
            (name, "<f8")
            for name in ("start_ms", "end_ms", "x", "y", "end_x", "end_y", "amplitude_deg", "peak_deg_per_s")
        ),
    ]
)
BLINK = np.dtype([("eye", "U1"), ("start_ms", "<f8"), ("end_ms", "<f8")])


@dataclass(frozen=True)
class Samples:
    """Eight columns of equal length N, float64; NaN where missing, and throughout for an eye not recorded.

    `pupil` is 0 where the tracker saw none, as the file says it.
    """

    time_ms: Column
    left_x: Column
    left_y: Column
    left_pupil: Column
    right_x: Column
    right_y: Column
    right_pupil: Column

    def __len__(self) -> int:
        return len(self.time_ms)


@dataclass(frozen=True)
class Message:
    time_ms: float
    text: str


@dataclass(frozen=True)
class RecordingBlock:
    """From a START line to its END. `end_ms` is None where the file has no END for it."""

    start_ms: float
    end_ms: float | None
    eyes: Eyes
    rate_hz: float | None


@dataclass(frozen=True)
class AscHeader:
    """`eyes` are those recorded in any block; `rate_hz` is None in a file without a sample rate.

    `screen` is left, top, right, bottom as the last GAZE_COORDS (or else DISPLAY_COORDS) has it. `coordinates` is GAZE
    for screen pixels, else HREF or RAW.
    """

    rate_hz: float | None
    eyes: Eyes
    screen: tuple[float, float, float, float] | None
    pupil: Literal["AREA", "DIAMETER"] | None
    coordinates: str
    remote: bool
    model: str
    date: str

    @property
    def screen_px(self) -> tuple[int, int] | None:
        """Width and height. Experiments write the last pixel (1023) or, wrongly, the width (1024): both give 1024."""
        if self.screen is None:
            return None
        left, top, right, bottom = (round(edge) for edge in self.screen)
        return (right - left + 1) // 2 * 2, (bottom - top + 1) // 2 * 2


@dataclass(frozen=True)
class AscRecording:
    header: AscHeader
    samples: Samples
    #: (N,) of the dtypes FIXATION, SACCADE, BLINK, both eyes together, in the order of the file.
    fixations: Table
    saccades: Table
    blinks: Table
    messages: tuple[Message, ...]
    blocks: tuple[RecordingBlock, ...]
    #: How many lines were read; the first line is 1.
    lines: int
    #: What is odd about the file, in words: cut off, a block without END, lines the tracker lost.
    warnings: tuple[str, ...]

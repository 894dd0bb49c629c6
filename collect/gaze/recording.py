"""What an eye tracker's file holds, whatever tracker wrote it: times in milliseconds, positions as in the file."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Eyes = Literal["L", "R", "LR"]
Pupil = Literal["AREA", "DIAMETER", "MM"]
GazeFormat = Literal["eyelink-asc", "eyelink-edf", "tobii-tsv", "tobii-xlsx", "tobii-studio"]
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
    """Seven columns of equal length N, float64; NaN where missing, and throughout for an eye not recorded.

    `pupil` is 0 where an EyeLink saw none, as the file says it.
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


# A named tuple is made three times as quickly as a frozen dataclass, and a recording has thousands of messages.
class Message(NamedTuple):
    time_ms: float
    text: str


@dataclass(frozen=True)
class RecordingBlock:
    """From the start of recording to its end. `end_ms` is None where the file has no end for it."""

    start_ms: float
    end_ms: float | None
    eyes: Eyes
    rate_hz: float | None


@dataclass(frozen=True)
class GazeHeader:
    """`eyes` are those recorded in any block; `rate_hz` is None in a file without a sample rate.

    `screen` is left, top, right, bottom, of the first and the last pixel, as the file has it last. `coordinates` is
    GAZE for screen pixels, else what the file calls them (HREF, RAW, …). `remote`: the head was tracked too.
    """

    rate_hz: float | None
    eyes: Eyes
    screen: tuple[float, float, float, float] | None
    pupil: Pupil | None
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
class ReadUpTo:
    """How far a file was read. `lines` is 0 for a binary file; `why_not_further` is None for one read to its end."""

    lines: int
    read_bytes: int
    total_bytes: int
    why_not_further: str | None = None


@dataclass(frozen=True)
class GazeRecording:
    format: GazeFormat
    header: GazeHeader
    samples: Samples
    #: (N,) of the dtypes FIXATION, SACCADE, BLINK, both eyes together, in the order of the file.
    fixations: Table
    saccades: Table
    blinks: Table
    #: Who found the eye events, as the bundle's gaze/events.csv says it; None where the file has none.
    events_source: str | None
    messages: tuple[Message, ...]
    blocks: tuple[RecordingBlock, ...]
    read: ReadUpTo
    #: What is odd about the file, in words: cut off, a block without END, lines the tracker lost.
    warnings: tuple[str, ...]

    @property
    def has_events(self) -> bool:
        return bool(len(self.fixations) or len(self.saccades) or len(self.blinks))


def no_samples() -> Samples:
    return Samples(*(np.empty(0) for _ in range(7)))

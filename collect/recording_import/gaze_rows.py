"""A tracker's recording as the bundle's rows. Host time is the tracker's time: one millisecond is 1,000,000 ns."""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np

from collect.bundle.format import GAZE_SAMPLES_FILE, Calibrated
from collect.bundle.tables import DTYPES, Table
from collect.devices.protocols import EyeEvent, GazeSample
from collect.gaze.recording import GazeRecording

NAN = float("nan")
#: So many letters a bundle's table holds.
_LONGEST_SOURCE = 64
_VALIDATION = re.compile(
    r"!CAL VALIDATION \S+ +(?:LR|L|R) +(?P<eye>LEFT|RIGHT) +(?P<verdict>\w+) +"
    r"ERROR +(?P<mean>[\d.]+) +avg\. +(?P<max>[\d.]+) +max"
)


def host_ns(tracker_ms: float) -> int:
    """The tracker's milliseconds as host nanoseconds: an import knows no other clock."""
    return round(tracker_ms * 1_000_000)


def sample_table(recording: GazeRecording) -> Table:
    """(N,) with the fields GAZE_SAMPLE_COLUMNS: all samples of the file, in the order of their times.

    A pupil of 0, which is how an EyeLink writes 'no pupil', becomes missing. Positions are moved so that 0, 0 is the
    top left corner of the screen.
    """
    samples = recording.samples
    left, top = recording.header.screen[:2] if recording.header.screen else (0.0, 0.0)
    table = np.empty(len(samples), DTYPES[GAZE_SAMPLES_FILE])
    table["host_ns"] = np.round(samples.time_ms * 1_000_000)
    table["device_ms"] = samples.time_ms
    for eye, x, y, pupil in (
        ("left", samples.left_x, samples.left_y, samples.left_pupil),
        ("right", samples.right_x, samples.right_y, samples.right_pupil),
    ):
        table[f"{eye}_x"], table[f"{eye}_y"] = x - left, y - top
        table[f"{eye}_pupil"] = np.where(pupil == 0, np.nan, pupil)
    return table


def gaze_samples(table: Table) -> Iterator[GazeSample]:
    return (GazeSample(*row) for row in table.tolist())


def eye_events(recording: GazeRecording) -> list[EyeEvent]:
    """All fixations, saccades and blinks that the file has, in the order of their ends."""
    left, top = recording.header.screen[:2] if recording.header.screen else (0.0, 0.0)
    source = (recording.events_source or "")[:_LONGEST_SOURCE]
    events = [
        _event(source, "fixation", eye, start, end, x - left, y - top, pupil=pupil)
        for eye, start, end, x, y, pupil in recording.fixations.tolist()
    ]
    events += [
        _event(source, "saccade", eye, start, end, x - left, y - top, end_x - left, end_y - top)
        for eye, start, end, x, y, end_x, end_y, _, _ in recording.saccades.tolist()
    ]
    events += [_event(source, "blink", eye, start, end) for eye, start, end in recording.blinks.tolist()]
    return sorted(events, key=lambda event: event.end_device_ms)


def _event(
    source: str,
    kind: Literal["fixation", "saccade", "blink"],
    eye: Literal["L", "R"],
    start: float,
    end: float,
    x: float = NAN,
    y: float = NAN,
    end_x: float = NAN,
    end_y: float = NAN,
    pupil: float = NAN,
) -> EyeEvent:
    return EyeEvent(kind, eye, host_ns(start), host_ns(end), start, end, x, y, end_x, end_y, pupil, source)


def calibrations(recording: GazeRecording) -> list[Calibrated]:
    """The tracker's validations, told in its messages, one for each eye. 'GOOD' is the tracker's own verdict."""
    found = []
    for message in recording.messages:
        match = _VALIDATION.match(message.text)
        if match is not None:
            found.append(
                Calibrated(
                    t_ns=host_ns(message.time_ms),
                    eye="L" if match["eye"] == "LEFT" else "R",
                    mean_error_deg=float(match["mean"]),
                    max_error_deg=float(match["max"]),
                    accepted=match["verdict"] == "GOOD",
                )
            )
    return found

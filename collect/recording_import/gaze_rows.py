"""An EyeLink recording as the bundle's rows. Host time is the tracker's time: one millisecond is 1,000,000 ns."""

import re
from collections.abc import Iterator
from typing import Literal

import numpy as np

from collect.bundle.format import Calibrated
from collect.devices.protocols import EyeEvent, GazeSample
from collect.gaze.recording import AscRecording

NAN = float("nan")
_VALIDATION = re.compile(
    r"!CAL VALIDATION \S+ +(?:LR|L|R) +(?P<eye>LEFT|RIGHT) +(?P<verdict>\w+) +"
    r"ERROR +(?P<mean>[\d.]+) +avg\. +(?P<max>[\d.]+) +max"
)


def host_ns(tracker_ms: float) -> int:
    """The tracker's milliseconds as host nanoseconds: an import knows no other clock."""
    return round(tracker_ms * 1_000_000)


def gaze_samples(recording: AscRecording) -> Iterator[GazeSample]:
    """All samples of the file. A pupil of 0, which is how the tracker writes 'no pupil', becomes missing.

    Positions are moved so that 0, 0 is the top left corner of the screen.
    """
    samples = recording.samples
    left, top = recording.header.screen[:2] if recording.header.screen else (0.0, 0.0)
    columns = [
        samples.left_x - left,
        samples.left_y - top,
        np.where(samples.left_pupil == 0, np.nan, samples.left_pupil),
        samples.right_x - left,
        samples.right_y - top,
        np.where(samples.right_pupil == 0, np.nan, samples.right_pupil),
    ]
    times = samples.time_ms.tolist()
    for time_ms, *values in zip(times, *(column.tolist() for column in columns), strict=True):
        yield GazeSample(host_ns(time_ms), time_ms, *values)


def eye_events(recording: AscRecording) -> list[EyeEvent]:
    """All fixations, saccades and blinks that the tracker found, in the order of their ends."""
    left, top = recording.header.screen[:2] if recording.header.screen else (0.0, 0.0)
    events = [
        _event("fixation", eye, start, end, x - left, y - top, pupil=pupil)
        for eye, start, end, x, y, pupil in recording.fixations.tolist()
    ]
    events += [
        _event("saccade", eye, start, end, x - left, y - top, end_x - left, end_y - top)
        for eye, start, end, x, y, end_x, end_y, _, _ in recording.saccades.tolist()
    ]
    events += [_event("blink", eye, start, end) for eye, start, end in recording.blinks.tolist()]
    return sorted(events, key=lambda event: event.end_device_ms)


def _event(
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
    return EyeEvent(kind, eye, host_ns(start), host_ns(end), start, end, x, y, end_x, end_y, pupil, "tracker")


def calibrations(recording: AscRecording) -> list[Calibrated]:
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

"""Gaze and pupil as BIDS physiological recordings, one for each eye (BIDS 1.11, eye tracking)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from collect.bids.runs import Run
from collect.bids.tables import write_compressed
from collect.bundle.format import Calibrated, ScreenInfo, TrackerInfo

COLUMNS = ("timestamp", "x_coordinate", "y_coordinate", "pupil_size", "session_time")


@dataclass(frozen=True)
class RecordedEye:
    """`recording`: its label in file names, which must not say more than a number."""

    letter: Literal["L", "R"]
    name: Literal["left", "right"]
    recording: Literal["eye1", "eye2"]


def recorded_eyes(tracker: TrackerInfo) -> tuple[RecordedEye, ...]:
    """The eyes that the tracker followed; the left one first."""
    if tracker.eyes == "R":
        return (RecordedEye("R", "right", "eye1"),)
    left = RecordedEye("L", "left", "eye1")
    return (left,) if tracker.eyes == "L" else (left, RecordedEye("R", "right", "eye2"))


def write_gaze(path: Path, run: Run, eye: RecordedEye) -> None:
    """Write one eye's samples (at least one) as .tsv.gz, with the columns COLUMNS."""
    samples = run.samples
    columns = [
        run.timestamps_ms,
        *(samples[f"{eye.name}_{what}"] for what in ("x", "y", "pupil")),
        np.round((samples["host_ns"] - run.zero_ns) / 1e9, 6),
    ]
    write_compressed(path, columns)


def gaze_sidecar(run: Run, eye: RecordedEye, tracker: TrackerInfo, screen: ScreenInfo) -> dict[str, Any]:
    """The JSON beside it. Gaze is 'gaze-on-screen' only where the size and the distance of the screen are known."""
    return {
        "PhysioType": "eyetrack",
        "RecordedEye": eye.name,
        "SamplingFrequency": tracker.rate_hz,
        "StartTime": 0,
        "Columns": list(COLUMNS),
        **_coordinates(screen),
        **_device(tracker),
        **_calibration(run, eye),
        "timestamp": {
            "LongName": "Time stamp of the sample",
            "Description": _TRACKER_TIME if run.tracker_has_clock else _HOST_TIME,
            "Units": "ms",
        },
        "x_coordinate": {
            "LongName": "Gaze position (x)",
            "Description": "From the left edge of the screen to the right; n/a where the tracker did not see the eye",
            "Units": "pixel",
        },
        "y_coordinate": {
            "LongName": "Gaze position (y)",
            "Description": "From the top edge of the screen downwards; n/a where the tracker did not see the eye",
            "Units": "pixel",
        },
        "pupil_size": _pupil(tracker),
        "session_time": {
            "LongName": "Time in the run",
            "Description": "When the sample was taken, as onset in the events file counts: 0 is the run's first",
            "Units": "s",
        },
    }


_TRACKER_TIME = (
    "On the eye tracker's own clock, which is not that of the events file; it leaps where the tracker did not record"
)
_HOST_TIME = "Since the first sample, on the recording computer's clock, because the tracker gave no time of its own"


def geometry_known(screen: ScreenInfo) -> bool:
    return screen.width_cm is not None and screen.distance_cm is not None


def _coordinates(screen: ScreenInfo) -> dict[str, Any]:
    if geometry_known(screen):
        return {"SampleCoordinateSystem": "gaze-on-screen"}
    return {
        "SampleCoordinateSystem": "custom",
        "SampleCoordinateSystemDescription": "Gaze on the screen in its pixels, counted from the top left corner; the "
        "size of the screen and its distance from the eyes were not recorded",
    }


def _device(tracker: TrackerInfo) -> dict[str, Any]:
    known: dict[str, Any] = {"ManufacturersModelName": tracker.model}
    if tracker.kind == "eyelink":
        known |= {"Manufacturer": "SR Research", "EyeTrackingMethod": "P-CR"}
    if tracker.simulated:
        known |= {"Manufacturer": "none: simulated, no eye was recorded"}
    return known


def _pupil(tracker: TrackerInfo) -> dict[str, str]:
    what = "area" if tracker.pupil_unit == "arbitrary area" else "diameter"
    unit = "mm" if tracker.pupil_unit == "mm" else "arbitrary"
    of = "" if unit == "mm" else " in the tracker's own unit"
    return {
        "LongName": "Pupil size",
        "Description": f"Pupil {what}{of}; n/a where the tracker did not see the pupil",
        "Units": unit,
    }


def _calibration(run: Run, eye: RecordedEye) -> dict[str, Any]:
    """Of the last accepted calibration of this eye; and how often it was calibrated."""
    done = [event for event in run.journal if isinstance(event, Calibrated) and eye.letter in event.eye]
    accepted = [event for event in done if event.accepted]
    if not accepted:
        return {"CalibrationCount": len(done)}
    last = accepted[-1]
    targets = list(dict.fromkeys((point.target_x, point.target_y) for point in last.points if point.eye == eye.letter))
    known: dict[str, Any] = {
        "CalibrationCount": len(done),
        "AverageCalibrationError": last.mean_error_deg,
        "MaximalCalibrationError": last.max_error_deg,
    }
    if targets:
        known |= {"CalibrationPosition": [list(target) for target in targets], "CalibrationUnit": "pixel"}
    return known

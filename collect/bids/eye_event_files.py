"""Fixations, saccades, blinks and the tracker's messages as BIDS physiological events, beside each eye's samples."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from collect.bids.gaze_files import RecordedEye
from collect.bids.runs import Run
from collect.bids.tables import MISSING, write_compressed
from collect.bundle.tables import Table

COLUMNS = (
    "onset", "duration", "trial_type", "blink", "message",
    "x_coordinate", "y_coordinate", "end_x_coordinate", "end_y_coordinate", "pupil_size", "source",
)  # fmt: skip
_NUMBERS = ("x", "y", "end_x", "end_y", "pupil")


def write_eye_events(path: Path, run: Run, eye: RecordedEye) -> bool:
    """Write one eye's events and all messages as .tsv.gz in the order of their onsets; False where there are none."""
    events = run.eye_events[run.eye_events["eye"] == eye.letter]
    messages = run.messages
    if not len(run.samples) or not len(events) + len(messages):
        return False
    onset = np.concatenate([
        run.timestamp_ms(events["start_host_ns"], events["start_device_ms"]),
        run.timestamp_ms(messages["host_ns"], messages["device_ms"]),
    ])  # fmt: skip
    order = np.argsort(onset, kind="stable")
    none = [MISSING] * len(messages)
    texts = {
        "trial_type": [*events["kind"], *none],
        "blink": [*_closed(events), *none],
        "message": [*[MISSING] * len(events), *messages["text"]],
        "source": [*events["source"], *["message"] * len(messages)],
    }
    nothing = np.full(len(messages), np.nan)
    duration = np.concatenate([_seconds(events), nothing])[order]
    numbers = [np.concatenate([events[name], nothing])[order] for name in _NUMBERS]
    sorted_texts = {name: [str(column[place]) for place in order] for name, column in texts.items()}
    write_compressed(path, [
        onset[order], duration, sorted_texts["trial_type"], sorted_texts["blink"], sorted_texts["message"],
        *numbers, sorted_texts["source"],
    ])  # fmt: skip
    return True


def _seconds(events: Table) -> npt.NDArray[np.float64]:
    """(N,): how long each event lasts, by the tracker's clock where it has the times, else by the host's."""
    by_host = (events["end_host_ns"] - events["start_host_ns"]) / 1e9
    by_tracker = (events["end_device_ms"] - events["start_device_ms"]) / 1e3
    return np.asarray(np.round(np.where(np.isfinite(by_tracker), by_tracker, by_host), 6))


def _closed(events: Table) -> list[str]:
    """'1' for blinks, and for saccades within which the eye blinked: trackers take the lid's motion for a saccade."""
    blinks = events[events["kind"] == "blink"]
    closed = []
    for event in events:
        around = (blinks["start_host_ns"] >= event["start_host_ns"]) & (blinks["end_host_ns"] <= event["end_host_ns"])
        closed.append("1" if event["kind"] == "blink" or (event["kind"] == "saccade" and bool(around.any())) else "0")
    return closed


def eye_event_sidecar(run: Run, eye: RecordedEye) -> dict[str, Any]:
    """Names the algorithm where the events are not the tracker's."""
    sources = sorted(set(run.eye_events["source"][run.eye_events["eye"] == eye.letter].tolist()))
    return {
        "Columns": list(COLUMNS),
        "Description": "Fixations, saccades and blinks of this eye, and the messages in the tracker's record",
        "OnsetSource": "timestamp",
        "onset": {
            "Description": "As the column timestamp of the recording counts",
            "Units": "ms",
            "Format": "number",
        },
        "duration": {"Description": "How long the event lasted; n/a for messages", "Units": "s", "Format": "number"},
        "trial_type": {
            "LongName": "Kind of event",
            "Description": "What the eye did; n/a for messages",
            "Levels": {
                "fixation": "The eye rested on one place",
                "saccade": "The eye moved quickly from one place to another",
                "blink": "The eye was closed",
            },
        },
        "blink": {
            "LongName": "Eye closed",
            "Description": "Was the eye closed during the event?",
            "Levels": {"0": "The eye was open", "1": "It is a blink, or a saccade with a blink in it"},
        },
        "message": {"Description": "Text of a message in the tracker's record; n/a for events of the eye"},
        "x_coordinate": {"Description": "Mean x of a fixation, x at the start of a saccade", "Units": "pixel"},
        "y_coordinate": {"Description": "Mean y of a fixation, y at the start of a saccade", "Units": "pixel"},
        "end_x_coordinate": {"Description": "x at the end of a saccade", "Units": "pixel"},
        "end_y_coordinate": {"Description": "y at the end of a saccade", "Units": "pixel"},
        "pupil_size": {"Description": "Mean pupil size of a fixation, in the unit of the recording's pupil_size"},
        "source": {
            "Description": "Who found the event",
            "Levels": {
                **{source: _who(source) for source in sources},
                **({"message": "It is a message in the tracker's record"} if len(run.messages) else {}),
            },
        },
    }


def _who(source: str) -> str:
    if source == "tracker":
        return "The eye tracker, while it recorded"
    return f"The algorithm {source}, in the samples; the tracker told no such events"

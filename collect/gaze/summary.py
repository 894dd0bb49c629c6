"""What is in a tracker's file, in a few numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from collect.gaze.asc import read_asc
from collect.gaze.recording import AscRecording


def gaze_summary(path: Path, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Counts as the file records them, both eyes together; plain values that JSON can hold.

    `samples_missing` counts the samples in which a recorded eye has no position; `recording_blocks` the START lines;
    `duration_s` is from the first sample to the last. Raises GazeFileError.
    """
    recording = read_asc(path, progress)
    header, samples = recording.header, recording.samples
    return {
        "format": "eyelink-asc",
        "model": header.model,
        "date": header.date,
        "rate_hz": header.rate_hz,
        "eyes": header.eyes,
        "remote": header.remote,
        "coordinates": header.coordinates,
        "pupil": header.pupil,
        "screen_px": list(header.screen_px) if header.screen_px else None,
        "samples": len(samples),
        "samples_missing": _missing(recording),
        "fixations": len(recording.fixations),
        "saccades": len(recording.saccades),
        "blinks": len(recording.blinks),
        "messages": len(recording.messages),
        "recording_blocks": len(recording.blocks),
        "recording_blocks_ended": sum(block.end_ms is not None for block in recording.blocks),
        "duration_s": round(float(samples.time_ms[-1] - samples.time_ms[0]) / 1000, 4) if len(samples) else 0.0,
        "lines": recording.lines,
        "warnings": list(recording.warnings),
    }


def _missing(recording: AscRecording) -> int:
    """Samples in which an eye that their block records has no position."""
    samples = recording.samples
    edges = np.searchsorted(samples.time_ms, [block.start_ms for block in recording.blocks[1:]])
    missing = 0
    for block, left_x, right_x in zip(
        recording.blocks, np.split(samples.left_x, edges), np.split(samples.right_x, edges), strict=True
    ):
        lost = [np.isnan(x) for eye, x in (("L", left_x), ("R", right_x)) if eye in block.eyes]
        missing += int(np.logical_or.reduce(lost).sum())
    return missing

"""What is in a tracker's file, in a few numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from collect.gaze.read import read_gaze
from collect.gaze.recording import Column, GazeRecording


def gaze_summary(path: Path, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Counts as the file records them, both eyes together; plain values that JSON can hold.

    `samples_missing` counts the samples in which a recorded eye has no position; `recording_blocks` the START lines;
    `duration_s` is from the first sample to the last; `read_bytes` is less than `total_bytes` in a file that
    breaks off. Raises GazeFileError, GazeReaderMissingError.
    """
    recording = read_gaze(path, progress)
    header, samples = recording.header, recording.samples
    return {
        "format": recording.format,
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
        "events_from": recording.events_source,
        "lines": recording.read.lines,
        "read_bytes": recording.read.read_bytes,
        "total_bytes": recording.read.total_bytes,
        "warnings": list(recording.warnings),
    }


def _missing(recording: GazeRecording) -> int:
    """Samples in which an eye that their block records has no position."""
    samples = recording.samples
    if not recording.blocks:
        return int(np.logical_or.reduce([np.isnan(_x(recording, eye)) for eye in recording.header.eyes]).sum())
    edges = np.searchsorted(samples.time_ms, [block.start_ms for block in recording.blocks[1:]])
    missing = 0
    for block, left_x, right_x in zip(
        recording.blocks, np.split(samples.left_x, edges), np.split(samples.right_x, edges), strict=True
    ):
        lost = [np.isnan(x) for eye, x in (("L", left_x), ("R", right_x)) if eye in block.eyes]
        missing += int(np.logical_or.reduce(lost).sum())
    return missing


def _x(recording: GazeRecording, eye: str) -> Column:
    return recording.samples.left_x if eye == "L" else recording.samples.right_x

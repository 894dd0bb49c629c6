"""The pupil of a session, corrected for the light of the clips."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.pupil.cleaning import trusted
from collect.pupil.errors import PupilNotCorrectedError
from collect.pupil.light import Values, light_at, luminance_line
from collect.pupil.response import STEP_S, ClipPupil, LightResponse, fit_response
from collect.stimuli.luminance import LuminancePoint

#: Pupils in the tracker's own unit; NaN where missing, and in the corrected columns also where not trusted.
CORRECTED_DTYPE = np.dtype(
    [("host_ns", "<i8"), *((name, "<f8") for name in ("left", "right", "left_corrected", "right_corrected"))]
)
COLUMNS = ("trial", "clip", "clip_s", *(CORRECTED_DTYPE.names or ()))
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SessionPupil:
    """What is known of one session's pupils: typical diameters, luminance of the clips, and the response to light."""

    medians: tuple[float, float]
    lines: dict[str, tuple[LuminancePoint, ...] | None]
    response: LightResponse | None
    #: Why there is no response; None where there is one.
    note: str | None


def session_pupil(bundle: Bundle, progress: Progress | None = None) -> SessionPupil:
    """Fit the participant's response to light over all presentations of a session."""
    shown = [trial for trial in bundle.trials if trial.clip_started_ns is not None and trial.clip_ended_ns is not None]
    lines: dict[str, tuple[LuminancePoint, ...] | None] = {}
    for done, trial in enumerate(shown):
        if trial.clip not in lines:
            lines[trial.clip] = luminance_line(bundle, trial)
        if progress is not None:
            progress(done + 1, len(shown))
    medians = _medians(bundle, shown)
    try:
        if not any(lines.values()):
            raise PupilNotCorrectedError("the luminance of the clips is not known")
        if not np.isfinite(medians).any():
            raise PupilNotCorrectedError("the tracker measured no pupil")
        clips = [_clip_pupil(bundle, trial, line, medians) for trial in shown if (line := lines[trial.clip])]
        return SessionPupil(medians, lines, fit_response(clips), None)
    except PupilNotCorrectedError as error:
        return SessionPupil(medians, lines, None, str(error))


def corrected_pupil(bundle: Bundle, trial: Trial, session: SessionPupil | None = None) -> NDArray[Any]:
    """(N,) of CORRECTED_DTYPE: one trial's pupils as measured, and as they would be at the session's mean luminance.

    `session`: as session_pupil gives it, to save fitting anew. Without a response the corrected columns are NaN.
    """
    session = session or session_pupil(bundle)
    samples, events = bundle.samples_of(trial), bundle.eye_events_of(trial)
    table = np.empty(len(samples), CORRECTED_DTYPE)
    table["host_ns"] = samples["host_ns"]
    table["left_corrected"] = table["right_corrected"] = np.nan
    table["left"], table["right"] = samples["left_pupil"], samples["right_pupil"]
    line, response = session.lines.get(trial.clip), session.response
    if line is None or response is None or len(samples) == 0:
        return table
    grid_ns = _grid_ns(trial)
    light = light_at(bundle, trial, line, grid_ns)
    for eye, slope, median in zip(("L", "R"), response.slopes, session.medians, strict=True):
        if not (np.isfinite(slope) and np.isfinite(median)):
            continue
        name = "left" if eye == "L" else "right"
        by_light = np.interp(
            (samples["host_ns"] - grid_ns[0]) / 1e9, (grid_ns - grid_ns[0]) / 1e9, response.predicted(light, slope)
        )
        diameter = _diameter(bundle, samples[f"{name}_pupil"]) - median * by_light
        diameter[~trusted(samples, events, "L" if eye == "L" else "R") | (diameter <= 0)] = np.nan
        table[f"{name}_corrected"] = _in_own_unit(bundle, diameter)
    return table


def write_pupil_table(
    bundle: Bundle, destination: Path, session: SessionPupil | None = None, progress: Progress | None = None
) -> Path:
    """A CSV file of COLUMNS with every sample of every presentation; `destination` is written whole or not at all."""
    session = session or session_pupil(bundle)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f".{destination.name}.{uuid4().hex[:8]}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for done, trial in enumerate(bundle.trials):
                for row in corrected_pupil(bundle, trial, session).tolist():
                    clip_s = f"{(row[0] - (trial.clip_started_ns or 0)) / 1e9:.4f}"
                    measured = ("" if value != value else f"{value:.6g}" for value in row[1:])
                    writer.writerow((trial.number, trial.clip, clip_s, row[0], *measured))
                if progress is not None:
                    progress(done + 1, len(bundle.trials))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)
    return destination


def _grid_ns(trial: Trial) -> NDArray[np.int64]:
    assert trial.clip_started_ns is not None
    assert trial.clip_ended_ns is not None
    steps = max(2, int((trial.clip_ended_ns - trial.clip_started_ns) / 1e9 / STEP_S) + 1)
    return trial.clip_started_ns + np.rint(np.arange(steps) * STEP_S * 1e9).astype(np.int64)


def _diameter(bundle: Bundle, pupil: Values) -> Values:
    """Areas as diameters, but for a constant: it is the diameter that falls with the logarithm of light."""
    return np.sqrt(pupil) if bundle.header.tracker.pupil_unit == "arbitrary area" else pupil.copy()


def _in_own_unit(bundle: Bundle, diameter: Values) -> Values:
    return diameter**2 if bundle.header.tracker.pupil_unit == "arbitrary area" else diameter


def _medians(bundle: Bundle, shown: list[Trial]) -> tuple[float, float]:
    def median(eye: Any) -> float:
        name = "left_pupil" if eye == "L" else "right_pupil"
        parts = [(bundle.samples_of(trial), bundle.eye_events_of(trial)) for trial in shown]
        seen = [_diameter(bundle, samples[name])[trusted(samples, events, eye)] for samples, events in parts]
        joined = np.concatenate(seen) if seen else np.empty(0)
        return float(np.median(joined)) if len(joined) else float("nan")

    return median("L"), median("R")


def _clip_pupil(
    bundle: Bundle, trial: Trial, line: tuple[LuminancePoint, ...], medians: tuple[float, float]
) -> ClipPupil:
    """Means of the trusted samples around every point of the grid."""
    samples, events = bundle.samples_of(trial), bundle.eye_events_of(trial)
    grid_ns = _grid_ns(trial)
    place = np.rint((samples["host_ns"] - grid_ns[0]) / (STEP_S * 1e9)).astype(int)
    eyes = []
    for eye, median in zip(("L", "R"), medians, strict=True):
        diameter = _diameter(bundle, samples["left_pupil" if eye == "L" else "right_pupil"])
        kept = trusted(samples, events, "L" if eye == "L" else "R") & (place >= 0) & (place < len(grid_ns))
        sums = np.bincount(place[kept], diameter[kept], len(grid_ns))
        counts = np.bincount(place[kept], minlength=len(grid_ns))
        with np.errstate(invalid="ignore", divide="ignore"):
            eyes.append(np.where(counts > 0, sums / counts, np.nan) / median)
    return ClipPupil(light_at(bundle, trial, line, grid_ns), eyes[0], eyes[1])

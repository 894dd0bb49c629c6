"""The eyes of one trial: 32 equal parts of the clip, each summed up in named columns.

Everything is aligned by time stamps on the clip's clock. What was not measured is NaN; it becomes a mask, never a
number that somebody could take for a measurement.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS
from model.errors import MediaError

#: Change it whenever the same recording would give other numbers.
EXTRACTOR = "eyes-1"
STEPS = 32
#: Columns of the eye features. Screen fractions: 0 is the left or top edge, 1 the right or bottom.
#: `pupil_tracker_units` is as the tracker says it (an area, a diameter, or mm); it becomes comparable within a
#: participant only.
EYE_COLUMNS = (
    "x_mean_screen",
    "y_mean_screen",
    "x_sd_screen",
    "y_sd_screen",
    "dispersion_screen",
    "speed_median_screen_per_s",
    "speed_p90_screen_per_s",
    "pupil_tracker_units",
    "pupil_slope_share_per_s",
    "samples_valid_share",
    "fixation_share",
    "fixation_count",
    "fixation_duration_mean_s",
    "saccade_rate_per_s",
    "saccade_amplitude_mean_screen",
    "blink_share",
)
PUPIL = EYE_COLUMNS.index("pupil_tracker_units")
POSITION = slice(0, 2)
#: The columns that have a number only where samples were measured.
MEASURED = slice(0, EYE_COLUMNS.index("samples_valid_share"))


@dataclass(frozen=True)
class TrialEyes:
    """`eye` (32, E) in EYE_COLUMNS, NaN where not measured; `gaze` (32, 2) screen fractions, NaN where not measured."""

    eye: np.ndarray
    gaze: np.ndarray


@dataclass(frozen=True)
class Samples:
    """Both eyes made one; sorted by time. All (n,), seconds and screen fractions, NaN where missing."""

    t_s: np.ndarray
    x: np.ndarray
    y: np.ndarray
    pupil: np.ndarray


def trial_eyes(
    samples_file: Path, events_file: Path | None, duration_ms: float, screen_px: tuple[int, int]
) -> TrialEyes:
    """Eye features of a trial from its two Parquet media (GAZE_MEDIA_COLUMNS, EYE_EVENT_MEDIA_COLUMNS).

    Without an events file the columns of fixations, saccades and blinks are NaN. Raises MediaError.
    """
    samples = read_samples(samples_file, screen_px)
    # Divided as the samples are, so that a sample on an edge falls into the step that begins there.
    edges_s = np.arange(STEPS + 1) * (duration_ms / STEPS) / 1000.0
    eye = np.full((STEPS, len(EYE_COLUMNS)), np.nan, dtype=np.float32)
    bounds = np.searchsorted(samples.t_s, edges_s)
    speed = _speed(samples)
    for step, (first, last) in enumerate(pairwise(bounds)):
        if last > first:
            eye[step, :10] = _sum_up(samples, speed, slice(first, last))
    if events_file is not None:
        eye[:, 10:] = _event_columns(read_events(events_file), edges_s, screen_px)
    return TrialEyes(eye, eye[:, POSITION].copy())


def read_events(path: Path) -> dict[str, np.ndarray]:
    """Columns of a trial's medium of eye events. Raises MediaError."""
    return _read(path, EYE_EVENT_MEDIA_COLUMNS)


def _read(path: Path, columns: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise MediaError(
            f"{path}: not a Parquet file that can be read ({error}). Ingest the recording again."
        ) from error
    absent = [column for column in columns if column not in table.column_names]
    if absent:
        raise MediaError(
            f"{path}: has no column {', '.join(absent)}, expected {', '.join(columns)}. Ingest the recording again."
        )
    return {column: table[column].to_numpy(zero_copy_only=False) for column in columns}


def read_samples(path: Path, screen_px: tuple[int, int]) -> Samples:
    """Of a trial's gaze medium. Raises MediaError."""
    raw = {name: np.asarray(values, dtype=np.float64) for name, values in _read(path, GAZE_MEDIA_COLUMNS).items()}
    order = np.argsort(raw["t_ms"], kind="stable")
    order = order[np.isfinite(raw["t_ms"][order])]
    raw = {name: values[order] for name, values in raw.items()}
    width, height = screen_px
    x, y = _mean_of_eyes(raw, "x") / width, _mean_of_eyes(raw, "y") / height
    # Trackers say where a lost eye looks too: far outside the screen is not a gaze.
    lost = ~((np.abs(x - 0.5) <= 1.5) & (np.abs(y - 0.5) <= 1.5))
    x[lost] = y[lost] = np.nan
    pupil = _mean_of_eyes(raw, "pupil")
    pupil[~(pupil > 0)] = np.nan
    return Samples(raw["t_ms"] / 1000.0, x, y, pupil)


def _mean_of_eyes(raw: dict[str, np.ndarray], name: str) -> np.ndarray:
    return _nan_mean(np.stack([raw[f"left_{name}"], raw[f"right_{name}"]]), axis=0)


def _nan_mean(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Mean of what was measured; NaN, without a warning, where nothing was."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _speed(samples: Samples) -> np.ndarray:
    """(n,) screen fractions a second, from the sample before; NaN over a gap in time or in the gaze."""
    if len(samples.t_s) < 2:
        return np.full(len(samples.t_s), np.nan)
    dt = np.diff(samples.t_s, prepend=np.nan)
    usual = np.nanmedian(dt)
    moved = np.hypot(np.diff(samples.x, prepend=np.nan), np.diff(samples.y, prepend=np.nan))
    usable = (dt > 0) & (dt <= 3 * usual)
    return np.where(usable, moved / np.where(usable, dt, 1.0), np.nan)


def _sum_up(samples: Samples, speed: np.ndarray, part: slice) -> list[float]:
    """The ten columns that samples give."""
    seen = np.isfinite(samples.x[part]) & np.isfinite(samples.y[part])
    row = [float("nan")] * 9 + [float(seen.mean())]
    if seen.any():
        x, y = samples.x[part][seen], samples.y[part][seen]
        row[0:5] = [x.mean(), y.mean(), x.std(), y.std(), float(np.hypot(x.std(), y.std()))]
    moving = speed[part][np.isfinite(speed[part])]
    if len(moving):
        row[5:7] = [float(np.median(moving)), float(np.quantile(moving, 0.9))]
    wide = np.isfinite(samples.pupil[part])
    if wide.any():
        t_s, pupil = samples.t_s[part][wide], samples.pupil[part][wide]
        row[7] = pupil.mean()
        spread = ((t_s - t_s.mean()) ** 2).sum()
        if spread > 0:
            row[8] = ((t_s - t_s.mean()) * pupil).sum() / spread / pupil.mean()
    return row


def _event_columns(events: dict[str, np.ndarray], edges_s: np.ndarray, screen_px: tuple[int, int]) -> np.ndarray:
    """(32, 6): the columns that eye events give. With two eyes recorded, both count and rates are means of the eyes."""
    eyes = max(1, len(set(events["eye"].tolist())))
    start, end = (np.asarray(events[name], dtype=np.float64) / 1000.0 for name in ("start_ms", "end_ms"))
    timed = np.isfinite(start) & np.isfinite(end) & (end >= start)
    low, high = edges_s[:-1, None], edges_s[1:, None]
    step_s = edges_s[1] - edges_s[0]
    columns = np.full((len(edges_s) - 1, 6), np.nan)

    def overlaps(kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Events of a kind: their numbers (k,) and their seconds in each step (32, k)."""
        (which,) = np.nonzero(timed & (events["kind"] == kind))
        return which, np.clip(np.minimum(high, end[which]) - np.maximum(low, start[which]), 0.0, None)

    which, shared_s = overlaps("fixation")
    touched = shared_s > 0
    columns[:, 0] = shared_s.sum(axis=1) / step_s / eyes
    columns[:, 1] = touched.sum(axis=1) / eyes
    columns[:, 2] = _nan_mean(np.where(touched, end[which] - start[which], np.nan), axis=1)

    which, _ = overlaps("saccade")
    began = (start[which] >= low) & (start[which] < high)
    columns[:, 3] = began.sum(axis=1) / step_s / eyes
    width, height = screen_px
    legs = [
        (np.asarray(events[f"end_{axis}"], dtype=np.float64)[which] - np.asarray(events[axis], dtype=np.float64)[which])
        / size
        for axis, size in (("x", width), ("y", height))
    ]
    columns[:, 4] = _nan_mean(np.where(began, np.hypot(*legs), np.nan), axis=1)

    _, shared_s = overlaps("blink")
    columns[:, 5] = np.clip(shared_s.sum(axis=1) / step_s / eyes, 0.0, 1.0)
    return columns

"""Gaze, pupil and eye events of one trial, thinned for drawing."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: A screen draws 60 pictures a second; more points than this are not seen.
DRAWN_STEP_MS = 12.5


def gaze_series(gaze_file: Path, eye_events_file: Path | None) -> dict[str, Any]:
    """Lists for drawing, on the clip's clock in milliseconds; None stands for missing.

    `t_ms`, `x`, `y` (screen pixels) and `pupil` (the tracker's unit) are means over both eyes and over steps of
    12.5 ms; slower recordings are left as they are. `fixations` are those of one eye (the one with more of them), as
    start_ms, end_ms, x, y; `blinks` are start_ms, end_ms, those of both eyes joined.
    """
    import pyarrow.parquet as pq  # its libraries, in a server where nobody may rate ER

    table = pq.read_table(gaze_file)
    t_ms = table["t_ms"].to_numpy()
    means = {
        name: _mean_of_eyes(table[f"left_{name}"].to_numpy(), table[f"right_{name}"].to_numpy())
        for name in ("x", "y", "pupil")
    }
    t_ms, means = _thinned(t_ms, means)
    series: dict[str, Any] = {"t_ms": np.round(t_ms, 1).tolist()}
    series |= {name: _with_nulls(values, digits=3 if name == "pupil" else 1) for name, values in means.items()}
    events = pq.read_table(eye_events_file).to_pylist() if eye_events_file else []
    return series | {"fixations": _fixations(events), "blinks": _blinks(events)}


def _mean_of_eyes(left: Floats, right: Floats) -> Floats:
    both = np.stack([left, right])
    seen = ~np.isnan(both)
    count = seen.sum(axis=0)
    total = np.where(seen, both, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(left), np.nan), where=count > 0)


def _thinned(t_ms: Floats, values: dict[str, Floats]) -> tuple[Floats, dict[str, Floats]]:
    if len(t_ms) < 2 or np.median(np.diff(t_ms)) >= DRAWN_STEP_MS * 0.8:
        return t_ms, values
    step = np.floor((t_ms - t_ms[0]) / DRAWN_STEP_MS).astype(np.int64)
    # Steps without any sample (a loss of data) keep no point, so that a line is not drawn across them in the middle.
    steps, of_sample = np.unique(step, return_inverse=True)
    count = np.bincount(of_sample, minlength=len(steps))
    centres = np.bincount(of_sample, weights=t_ms) / count
    return centres, {name: _step_means(series, of_sample, len(steps)) for name, series in values.items()}


def _step_means(series: Floats, of_sample: npt.NDArray[np.intp], steps: int) -> Floats:
    seen = ~np.isnan(series)
    count = np.bincount(of_sample[seen], minlength=steps)
    total = np.bincount(of_sample[seen], weights=series[seen], minlength=steps)
    return np.divide(total, count, out=np.full(steps, np.nan), where=count > 0)


def _with_nulls(values: Floats, digits: int) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), digits) for value in values]


def _fixations(events: list[dict[str, Any]]) -> list[dict[str, float]]:
    by_eye: dict[str, list[dict[str, float]]] = {}
    for event in events:
        place = (event["x"], event["y"])
        if event["kind"] == "fixation" and not any(value is None or np.isnan(value) for value in place):
            by_eye.setdefault(event["eye"], []).append(
                {name: round(float(event[name]), 1) for name in ("start_ms", "end_ms", "x", "y")}
            )
    richest = max(by_eye.values(), key=len, default=[])
    return sorted(richest, key=lambda fixation: fixation["start_ms"])


def _blinks(events: list[dict[str, Any]]) -> list[dict[str, float]]:
    stretches = sorted(
        (float(event["start_ms"]), float(event["end_ms"])) for event in events if event["kind"] == "blink"
    )
    joined: list[list[float]] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return [{"start_ms": round(start, 1), "end_ms": round(end, 1)} for start, end in joined]

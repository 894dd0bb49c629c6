"""Fixations, saccades and blinks in the samples of a tracker that does not tell them itself.

The algorithm is REMoDNaV (Dar, Wagner and Hanke 2021, doi:10.3758/s13428-020-01428-x), made for film watching: its
saccade threshold adapts to the noise of the recording, first over all of it and then between its larger saccades, and
it knows post-saccadic oscillations and pursuit. One of its settings is changed, for a reason: see MIN_PURSUIT_S.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from collect.gaze.errors import NoEventsError
from collect.gaze.events.remodnav import LABELS, classify

Kind = Literal["fixation", "pursuit", "saccade", "oscillation", "blink"]
Column = npt.NDArray[np.float64]

#: REMoDNaV's own value is 0.04 s; but the eye needs 0.1 to 0.15 s to begin a pursuit, so that none can be shorter.
MIN_PURSUIT_S = 0.15
#: A lid takes at least 50 ms to close and open; who does not look for half a second has not just blinked.
BLINK_S = (0.05, 0.5)
#: Below this a saccade is not even two samples long.
LEAST_RATE_HZ = 50.0
#: Samples further apart than this belong to different recordings (blocks, trials).
PAUSE_S = 0.1
#: A stretch that is shorter tells nothing of its own noise.
LEAST_S = 0.5


@dataclass(frozen=True)
class DetectedEvent:
    """`first` and `last` are the samples at which it begins and ends; positions are as of EyeEvent."""

    kind: Kind
    first: int
    last: int
    x: float
    y: float
    end_x: float
    end_y: float
    pupil: float


def detect_events(
    time_ms: Column,
    x: Column,
    y: Column,
    pupil: Column | None = None,
    *,
    rate_hz: float,
    px_per_degree: float,
    progress: Callable[[int, int], None] | None = None,
) -> list[DetectedEvent]:
    """The eye events of one eye, in their order; all columns are (N,), positions in pixels, NaN where missing.

    Samples may be missing and times may jitter; a pause divides the recording. `progress` counts samples. Raises
    NoEventsError for a rate below LEAST_RATE_HZ, GazeReaderMissingError where REMoDNaV is not installed.
    """
    if not rate_hz >= LEAST_RATE_HZ or not px_per_degree > 0:
        raise NoEventsError(
            f"Eye events cannot be found at {rate_hz:g} samples a second and {px_per_degree:g} pixels a degree: "
            f"at least {LEAST_RATE_HZ:g} samples a second are needed to see a saccade."
        )
    events: list[DetectedEvent] = []
    for first, last in stretches(time_ms, rate_hz):
        inside = slice(first, last)
        place = np.round((time_ms[inside] - time_ms[first]) * rate_hz / 1000).astype(np.intp)
        grid_x, grid_y = (_on_grid(place, column[inside]) for column in (x, y))
        if np.isfinite(grid_x + grid_y).sum() >= LEAST_S * rate_hz:
            codes = classify(grid_x, grid_y, rate_hz, px_per_degree, min_pursuit_s=MIN_PURSUIT_S)
            events += _events(codes[place], first, x, y, pupil)
        events += _blinks(time_ms, x, first, last)
        if progress is not None:
            progress(last, len(time_ms))
    return sorted(events, key=lambda event: (event.first, event.last))


def stretches(time_ms: Column, rate_hz: float) -> Iterator[tuple[int, int]]:
    """Where one recording follows another without a pause: first sample, and the one behind the last."""
    if not len(time_ms):
        return
    step = np.diff(time_ms)
    longest_ms = max(1000 * PAUSE_S, 3000 / rate_hz)
    cuts = np.flatnonzero(~((step >= 0) & (step <= longest_ms))) + 1
    yield from zip([0, *cuts.tolist()], [*cuts.tolist(), len(time_ms)], strict=True)


def _on_grid(place: npt.NDArray[np.intp], column: Column) -> Column:
    """The samples at even steps. A place that no sample has is filled from its neighbours, if both were seen."""
    grid = np.full(int(place[-1]) + 1, np.nan)
    grid[place] = column
    empty = np.ones(len(grid), bool)
    empty[place] = False
    if empty.any():
        where = np.arange(len(grid))
        grid[empty] = np.interp(where[empty], where[~empty], grid[~empty])
    return grid


def _events(
    codes: npt.NDArray[np.int8], offset: int, x: Column, y: Column, pupil: Column | None
) -> Iterator[DetectedEvent]:
    """Runs of samples with the same event number; `codes` are (kind, number) packed by `classify`."""
    edges = np.flatnonzero(np.diff(codes)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(codes)], strict=True):
        kind = LABELS[int(codes[start]) % len(LABELS)]
        if kind is None:
            continue
        first, last = offset + start, offset + end - 1
        span = slice(first, last + 1)
        xs, ys = x[span], y[span]
        seen = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        if not len(seen):
            continue
        nan = float("nan")
        if kind in ("saccade", "oscillation"):
            a, b = seen[0], seen[-1]
            yield DetectedEvent(kind, first, last, float(xs[a]), float(ys[a]), float(xs[b]), float(ys[b]), nan)
        else:
            sizes = np.empty(0) if pupil is None else pupil[span][np.isfinite(pupil[span])]
            size = float(sizes.mean()) if len(sizes) else nan
            yield DetectedEvent(kind, first, last, float(xs[seen].mean()), float(ys[seen].mean()), nan, nan, size)


def _blinks(time_ms: Column, x: Column, first: int, last: int) -> Iterator[DetectedEvent]:
    """The eye was seen before and after, and not between."""
    lost = np.isnan(x[first:last])
    edges = np.flatnonzero(np.diff(lost)) + 1
    nan = float("nan")
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        begin, until = first + start, first + end - 1
        if lost[start] and BLINK_S[0] <= (time_ms[until + 1] - time_ms[begin]) / 1000 <= BLINK_S[1]:
            yield DetectedEvent("blink", begin, until, nan, nan, nan, nan, nan)

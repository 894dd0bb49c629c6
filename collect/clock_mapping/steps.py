"""Where a clock was set anew: there one line ends and another begins."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]

#: A clock that goes back by more than this was started anew; less can be the noise of two readings.
_BACK_MS = 50.0
#: Smaller steps are within what a mapping promises anyway.
_LEAST_STEP_MS = 1.0
#: A step stands out of the noise by this many times, and of what a changing drift may do between two windows.
_OVER_NOISE, _DRIFT_ALLOWED = 8.0, 2e-5
#: So many readings before and after it must agree on a step; fewer are outliers.
_WINDOW = 7
#: And in so many times that many readings it must still be there.
_WIDER = 3


def restarts(host_ms: Values, device_ms: Values) -> list[int]:
    """Indices of readings, in the order they were taken, before which one of the clocks was started anew."""
    back = (np.diff(host_ms) < -_BACK_MS) | (np.diff(device_ms) < -_BACK_MS)
    return [int(index) + 1 for index in np.flatnonzero(back)]


def steps(x: Values, y: Values, share: float = 0.5, window: int = _WINDOW) -> list[int]:
    """Indices before which y (ms) has jumped and stayed there.

    x: (N,) ms, ascending, of the clock that did not jump. share: which quantile of a window is its level; 0.5 for
    errors on both sides, less where readings can only come late. window: readings that make a level.
    """
    if len(x) < 2 * window:
        return []
    levels = np.quantile(sliding_window_view(y, window), share, axis=1)
    middles = sliding_window_view(x, window).mean(axis=1)
    before, after = levels[:-window], levels[window:]
    apart = middles[window:] - middles[:-window]
    slope = float(np.median((after - before) / np.maximum(apart, 1e-6)))
    jump = np.abs(after - before - slope * apart)
    noise = 1.4826 * float(np.median(jump)) / np.sqrt(2)
    least = max(_LEAST_STEP_MS, _OVER_NOISE * noise)
    over = jump - least - _DRIFT_ALLOWED * apart
    found: set[int] = set()
    while over.size and over.max() > 0:
        at = int(np.argmax(over))
        found.add(_exactly(x, y, slope, at, window))
        over[max(0, at - 2 * window) : at + 2 * window + 1] = -1
    flat = y - slope * x
    return [cut for cut in sorted(found) if _stays(x, flat, cut, share, window, least)]


def _stays(x: Values, y: Values, cut: int, share: float, window: int, least: float) -> bool:
    """Do more readings before and after say the same? A few outliers beside each other look like two steps."""
    wide = slice(max(0, cut - _WIDER * window), cut), slice(cut, cut + _WIDER * window)
    before, after = (float(np.quantile(y[part], share)) for part in wide)
    apart = float(x[wide[1]].mean() - x[wide[0]].mean())
    return abs(after - before) > least + _DRIFT_ALLOWED * apart


def _exactly(x: Values, y: Values, slope: float, at: int, window: int) -> int:
    """The split of two windows' readings that leaves the least deviation; `at` is where the first window begins."""
    level = y[at : at + 2 * window] - slope * x[at : at + 2 * window]
    least = max(1, window // 2)
    splits = range(least, len(level) - least + 1)
    return at + min(splits, key=lambda k: _deviation(level[:k]) + _deviation(level[k:]))


def _deviation(values: Values) -> float:
    return float(np.abs(values - np.median(values)).sum())

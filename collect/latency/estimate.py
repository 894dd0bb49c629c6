"""How long after a change of light on the screen the camera's frame of it carries its time. Pure.

What is measured is the whole way from the flip to the host time of the frame: the screen's own delay until it glows,
the exposure (to its middle), the camera's and the driver's work. One change is known to about a frame; the median of
many, at times that keep no step with the frames, is known much better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Latencies that are looked for, and how finely at first.
_EARLIEST_MS, _LATEST_MS, _STEP_MS = -40.0, 600.0, 4.0
#: Slow changes, such as those of an automatic exposure, are taken off with a window of this length.
_SLOW_MS = 3000.0
#: Around a change: levels are taken from so far before and after it, but not from so near to it.
_FAR_MS, _NEAR_MS = 200.0, 60.0
#: A change counts where it is so many times greater than the frames' own unrest.
_CLEAR = 4.0
#: Cells that follow the screen nearly as well as the best one does are looked at together.
_AS_GOOD = 0.9

_LEAST_CORRELATION, _LEAST_CHANGES, _LEAST_SHARE, _MOST_UNCERTAIN_MS = 0.8, 10, 0.7, 5.0


@dataclass(frozen=True)
class LatencyEstimate:
    """Times in ms. `uncertainty_ms`: standard error of the median. `cells`: which cells of the picture saw the screen.

    `reason` says why the signal was not good enough; empty where it was. Without any clear change times are NaN.
    """

    median_ms: float
    p5_ms: float
    p95_ms: float
    uncertainty_ms: float
    changes: int
    clear: int
    correlation: float
    cells: tuple[int, ...]
    each_ms: tuple[float, ...]
    reason: str

    @property
    def good(self) -> bool:
        return not self.reason


def estimate_latency(
    change_ns: NDArray[np.int64], light: NDArray[np.bool_], host_ns: NDArray[np.int64], brightness: Floats
) -> LatencyEstimate:
    """
    :param change_ns: (changes,) when the screen changed, rising. :param light: (changes,) is it light from then on?
    :param host_ns: (frames,) host times of the camera's frames, rising.
    :param brightness: (frames, cells) mean grey value of each part of the picture.
    """
    if len(change_ns) < 2 or len(host_ns) < 10:
        return _nothing("the screen or the camera gave next to nothing")
    changes = (change_ns - host_ns[0]) / 1e6
    frames = (host_ns - host_ns[0]) / 1e6
    rough_ms, correlations = _rough(changes, light, frames, brightness)
    best = float(correlations.max())
    if not best > 0:
        return _nothing("no part of the picture changed with the screen")
    cells = np.flatnonzero(correlations >= _AS_GOOD * best)
    series = brightness[:, cells].mean(axis=1)
    each = _of_each(changes + rough_ms, light, frames, series) + rough_ms
    clear = each[np.isfinite(each)]
    if len(clear) == 0:
        return _nothing(_reason(best, 0, len(changes), float("inf")), best, len(changes))
    uncertainty = float(1.2533 * clear.std(ddof=1) / np.sqrt(len(clear))) if len(clear) > 1 else float("inf")
    return LatencyEstimate(
        float(np.median(clear)), float(np.percentile(clear, 5)), float(np.percentile(clear, 95)), uncertainty,
        len(changes), len(clear), best, tuple(cells.tolist()), tuple(clear.tolist()),
        _reason(best, len(clear), len(changes), uncertainty),
    )  # fmt: skip


def _reason(correlation: float, clear: int, changes: int, uncertainty_ms: float) -> str:
    if correlation < _LEAST_CORRELATION:
        return f"the picture hardly follows the screen (correlation {correlation:.2f}, wanted {_LEAST_CORRELATION})"
    if clear < _LEAST_CHANGES or clear < _LEAST_SHARE * changes:
        return f"only {clear} of {changes} changes stood out"
    if uncertainty_ms > _MOST_UNCERTAIN_MS:
        return f"the changes do not agree (give or take {uncertainty_ms:.1f} ms)"
    return ""


def _nothing(reason: str, correlation: float = 0.0, changes: int = 0) -> LatencyEstimate:
    nan = float("nan")
    return LatencyEstimate(nan, nan, nan, nan, changes, 0, correlation, (), (), reason)


def _rough(changes: Floats, light: NDArray[np.bool_], frames: Floats, brightness: Floats) -> tuple[float, Floats]:
    """The latency at which some cell follows the screen best, and how well each cell does then, -1 to 1."""
    width = max(3, round(_SLOW_MS / float(np.median(np.diff(frames)))) | 1)
    seen = _normed(_without_slow(brightness, width))
    lags = np.arange(_EARLIEST_MS, _LATEST_MS, _STEP_MS)
    shown = np.stack([_shown_at(frames - lag, changes, light) for lag in lags], axis=1)
    correlations = _normed(_without_slow(shown, width)).T @ seen
    at = int(correlations.max(axis=1).argmax())
    # Neighbouring lags between two frames fit equally well; their middle is the best guess.
    peak = correlations.max(axis=1)
    alike = np.flatnonzero(peak > peak[at] - 1e-3 * abs(peak[at]))
    return float(lags[alike].mean()), np.asarray(correlations[at], np.float64)


def _shown_at(times: Floats, changes: Floats, light: NDArray[np.bool_]) -> Floats:
    """1 where the screen was light, -1 where it was dark, 0 before its first change."""
    number = np.searchsorted(changes, times, side="right")
    states = np.concatenate([[0.0], np.where(light, 1.0, -1.0)])
    return np.asarray(states[number], np.float64)


def _without_slow(series: Floats, width: int) -> Floats:
    """Each column less its moving average over `width` frames; at the ends the window is shorter."""
    sums = np.vstack([np.zeros((1, series.shape[1])), np.cumsum(series, axis=0)])
    at = np.arange(len(series))
    first, last = np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, len(series))
    return np.asarray(series - (sums[last] - sums[first]) / (last - first)[:, None], np.float64)


def _normed(series: Floats) -> Floats:
    length = np.sqrt((series**2).sum(axis=0))
    return np.asarray(series / np.where(length > 0, length, np.inf), np.float64)


def _of_each(expected: Floats, light: NDArray[np.bool_], frames: Floats, series: Floats) -> Floats:
    """For each change, how long after it was expected the series crossed the middle; NaN where it is not clear."""
    found = np.full(len(expected), np.nan)
    for number, (t_ms, rises) in enumerate(zip(expected, light, strict=True)):
        away = frames - t_ms
        before = series[(away > -_FAR_MS) & (away < -_NEAR_MS)]
        after = series[(away > _NEAR_MS) & (away < _FAR_MS)]
        if len(before) < 2 or len(after) < 2:
            continue
        low, high = float(np.median(before)), float(np.median(after))
        unrest = max(float(before.std()), float(after.std()), 0.1)
        if (high > low) != bool(rises) or abs(high - low) < _CLEAR * unrest:
            continue
        near = np.flatnonzero(np.abs(away) < _FAR_MS)
        found[number] = _crossing(away[near], (series[near] - low) / (high - low))
    return found


def _crossing(times: Floats, level: Floats) -> float:
    """Where a level that goes from 0 to 1 passes one half, between two frames by a straight line."""
    above = np.flatnonzero(level >= 0.5)
    first = int(above[0])
    if first == 0:
        return float("nan")
    share = (0.5 - level[first - 1]) / (level[first] - level[first - 1])
    return float(times[first - 1] + share * (times[first] - times[first - 1]))

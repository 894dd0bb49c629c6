"""How late a rater's continuous trace follows: the shift at which it agrees best with a reference.

People need 1 to 6 s to perceive, judge and move (Mariooryad and Busso, 2015, IEEE Transactions on Affective Computing
6, 97-108, who maximise mutual information; a correlation does for traces of one scale). Both curves are put on a grid
of 100 ms, and Pearson's correlation over what overlaps is taken at every shift up to 6 s or a third of the clip; the
top is refined by a parabola through its neighbours. Positive: later than the reference.

The reference is the clip's own intensity time line where one is known; then the lag is the rater's reaction time. Else
it is the mean of the other raters' traces of the same trial: then a lag only says how much later than *the others* this
rater reacts, and what all have in common cannot be seen.

No lag is told for a trace that hardly moves, that agrees with nothing (below 0.5 at its best), or whose best shift is
the last one tried. Clips below 6 s are too short to shift.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.intervals import Interval, over_participants

Floats = NDArray[np.float64]
STEP_MS = 100.0
LARGEST_MS = 6000.0
LEAST_CLIP_MS = 6000.0
LEAST_CORRELATION = 0.5
#: Below this standard deviation (of a scale from -1 to 1) a trace says nothing about time.
LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class Trace:
    """What one rater drew of one trial: `t_ms` on the clip's clock, rising, and `values` in [-1, 1]."""

    rater: int
    participant: str
    trial: str
    t_ms: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True)
class Lag:
    """`ms` later than the reference (negative: earlier), with the correlation at that shift."""

    ms: float
    correlation: float


@dataclass(frozen=True)
class RaterLag:
    """The median lag in ms over a rater's traces, with its interval over participants; `unclear` traces gave none."""

    traces: int
    unclear: int
    median_ms: Interval | None


def on_grid(t_ms: Sequence[float], values: Sequence[float], end_ms: float) -> Floats:
    """The trace every 100 ms from 0 to `end_ms`: each value holds until the next; before the first, the first."""
    grid = np.arange(0.0, end_ms + STEP_MS / 2, STEP_MS)
    places = np.searchsorted(np.asarray(t_ms, dtype=np.float64), grid, side="right") - 1
    return np.asarray(values, dtype=np.float64)[np.maximum(places, 0)]


def lag_of(trace: Floats, reference: Floats) -> Lag | None:
    """Both on the same grid, as long as each other or cut to it. None where no lag can be told."""
    n = min(len(trace), len(reference))
    trace, reference = trace[:n], reference[:n]
    if (n - 1) * STEP_MS < LEAST_CLIP_MS or trace.std() < LEAST_SPREAD or reference.std() < LEAST_SPREAD:
        return None
    reach = int(min(LARGEST_MS / STEP_MS, n // 3))
    shifts = np.arange(-reach, reach + 1)
    agreement = np.array([_correlation(trace, reference, shift) for shift in shifts.tolist()])
    best = int(np.argmax(agreement))
    if agreement[best] < LEAST_CORRELATION or best in (0, len(shifts) - 1):
        return None
    return Lag((float(shifts[best]) + _peak(agreement[best - 1 : best + 2])) * STEP_MS, float(agreement[best]))


def rater_lags(traces: Sequence[Trace], *, draws: int = 1000, seed: int = 0) -> dict[int, RaterLag]:
    """For each rater, against the mean of the others' traces of the same trial; traces of one instrument and scale.

    Trials that only one rater has traced tell nothing and are not counted.
    """
    by_trial: dict[str, list[Trace]] = {}
    for trace in traces:
        if len(trace.t_ms):
            by_trial.setdefault(trace.trial, []).append(trace)
    lags: dict[int, dict[Hashable, list[float]]] = {}
    counts: dict[int, list[int]] = {}
    for together in by_trial.values():
        if len(together) < 2:
            continue
        end = min(max(trace.t_ms) for trace in together)
        curves = np.stack([on_grid(trace.t_ms, trace.values, end) for trace in together])
        for place, trace in enumerate(together):
            lag = lag_of(curves[place], np.delete(curves, place, axis=0).mean(0))
            told = counts.setdefault(trace.rater, [0, 0])
            told[0] += 1
            told[1] += lag is None
            if lag is not None:
                lags.setdefault(trace.rater, {}).setdefault(trace.participant, []).append(lag.ms)
    return {
        rater: RaterLag(many, unclear, _median(lags.get(rater, {}), draws, seed))
        for rater, (many, unclear) in sorted(counts.items())
    }


def _median(by_participant: Mapping[Hashable, Sequence[float]], draws: int, seed: int) -> Interval | None:
    return over_participants(
        by_participant, lambda rows: float(np.median(rows)) if len(rows) else None, draws=draws, seed=seed
    )


def _correlation(trace: Floats, reference: Floats, shift: int) -> float:
    """Of trace(t + shift) with reference(t) where both are there."""
    n = len(trace)
    late, early = (trace[shift:], reference[: n - shift]) if shift >= 0 else (trace[:shift], reference[-shift:])
    late, early = late - late.mean(), early - early.mean()
    size = float(np.sqrt((late @ late) * (early @ early)))
    return float(late @ early) / size if size > 1e-12 else -1.0


def _peak(three: Floats) -> float:
    """Where between -1 and 1 the parabola through three values has its top; the middle one is the highest."""
    left, middle, right = three.tolist()
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else (left - right) / (2 * bend)

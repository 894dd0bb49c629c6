"""Eye events from Tobii's column 'Eye movement type', which says of each sample what it belongs to."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from collect.gaze.recording import FIXATION, SACCADE, Column, Eyes, Samples, Table


def events_of_runs(samples: Samples, kinds: Sequence[tuple[str, str]], eyes: Eyes) -> tuple[Table, Table]:
    """Fixations and saccades, from the first to the last sample of each; `kinds` is type and index of each sample.

    Tobii's filter looks at both eyes together, so its events are those of every recorded eye; positions are each
    eye's own: the mean of a fixation's samples, the first and the last of a saccade's. An eye that was not seen during
    an event has none.
    """
    fixations, saccades = [], []
    position = 0
    for (kind, _), run in groupby(kinds):
        first, position = position, position + sum(1 for _ in run)
        for eye in eyes:
            if kind == "Fixation":
                fixations += _fixation(samples, eye, slice(first, position))
            elif kind == "Saccade":
                saccades += _saccade(samples, eye, slice(first, position))
    return np.array(fixations, FIXATION), np.array(saccades, SACCADE)


def _fixation(samples: Samples, eye: str, span: slice) -> list[tuple[str | float, ...]]:
    x, y, pupil = (column[span] for column in _eye(samples, eye))
    if np.isnan(x).all() or np.isnan(y).all():
        return []
    times = samples.time_ms[span]
    size = float("nan") if np.isnan(pupil).all() else float(np.nanmean(pupil))
    return [(eye, times[0], times[-1], float(np.nanmean(x)), float(np.nanmean(y)), size)]


def _saccade(samples: Samples, eye: str, span: slice) -> list[tuple[str | float, ...]]:
    x, y, _ = (column[span] for column in _eye(samples, eye))
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(seen):
        return []
    times, first, last = samples.time_ms[span], seen[0], seen[-1]
    nan = float("nan")
    return [(eye, times[0], times[-1], x[first], y[first], x[last], y[last], nan, nan)]


def _eye(samples: Samples, eye: str) -> tuple[Column, Column, Column]:
    if eye == "L":
        return samples.left_x, samples.left_y, samples.left_pupil
    return samples.right_x, samples.right_y, samples.right_pupil

"""Which pupil samples may be trusted."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collect.bundle.tables import Table

Values = NDArray[np.floating[Any]]

#: Before and after a loss the lid covers part of the pupil, and the tracker measures the rest.
PAD_BEFORE_S, PAD_AFTER_S = 0.1, 0.2
#: Single missing samples are noise of the tracker, not the lid.
_LID_S = 0.03


def trusted(samples: Table, events: Table, eye: Literal["L", "R"]) -> NDArray[np.bool_]:
    """(N,) False where the pupil is missing, in blinks, and around losses.

    samples, events: one clip's, as Bundle.samples_of and eye_events_of give them.
    """
    pupil = samples["left_pupil" if eye == "L" else "right_pupil"]
    there = np.isfinite(pupil) & (pupil > 0)
    if not there.any():
        return there
    time_s = (samples["host_ns"] - samples["host_ns"][0]) / 1e9
    spans = [(a, b) for a, b in _missing_spans(time_s, there) if b - a >= _LID_S]
    blinks = events[(events["kind"] == "blink") & (events["eye"] == eye)]
    for start_ns, end_ns in zip(blinks["start_host_ns"].tolist(), blinks["end_host_ns"].tolist(), strict=True):
        zero_ns = int(samples["host_ns"][0])
        spans.append(((start_ns - zero_ns) / 1e9, (end_ns - zero_ns) / 1e9))
    kept = there.copy()
    for start_s, end_s in spans:
        kept[
            np.searchsorted(time_s, start_s - PAD_BEFORE_S) : np.searchsorted(time_s, end_s + PAD_AFTER_S, "right")
        ] = False
    return kept


def _missing_spans(time_s: Values, there: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(last seen, seen again) around every run of missing samples or gap in time."""
    seen_s = time_s[there]
    period_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    edges = np.concatenate([[min(time_s[0], seen_s[0]) - period_s], seen_s, [max(time_s[-1], seen_s[-1]) + period_s]])
    wide = np.flatnonzero(np.diff(edges) > 1.5 * period_s)
    return [(float(edges[k]), float(edges[k + 1])) for k in wide]

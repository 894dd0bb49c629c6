"""Histograms of the time from one frame to the next."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.quality.format import Histogram


def interval_histogram(intervals_ms: NDArray[Any], usual_ms: float) -> Histogram | None:
    """Bins of a tenth of the usual interval from 0 to five of them; what is longer is in the last bin."""
    if len(intervals_ms) == 0 or usual_ms <= 0:
        return None
    edges = np.linspace(0, 5 * usual_ms, 51)
    # Half a bin to the left, so that the usual interval lies in the middle of one.
    edges[1:] -= usual_ms / 20
    inside = np.clip(intervals_ms, 0, edges[-1] - 1e-9)
    counts, _ = np.histogram(inside, edges)
    return Histogram(edges=tuple(round(float(edge), 3) for edge in edges), counts=tuple(int(n) for n in counts))


def summed(histograms: list[Histogram]) -> list[Histogram]:
    """Histograms with the same edges added up, in the order of their first coming."""
    sums: dict[tuple[float, ...], list[int]] = {}
    for histogram in histograms:
        counts = sums.setdefault(histogram.edges, [0] * len(histogram.counts))
        sums[histogram.edges] = [a + b for a, b in zip(counts, histogram.counts, strict=True)]
    return [Histogram(edges=edges, counts=tuple(counts)) for edges, counts in sums.items()]

"""One clock for everything: a device's clock mapped to the host's by a robust line through many readings."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.clock_mapping.robust_line import robust_line
from collect.clock_mapping.steps import restarts, steps
from collect.devices.protocols import ClockReading

Values = NDArray[np.floating[Any]]
Nanoseconds = NDArray[np.int64]

_NS_PER_MS = 1_000_000
#: Late readings: this share of the lowest make the edge, and so many readings a block of it.
_EDGE_SHARE, _EDGE_BLOCK = 0.1, 30


@dataclass(frozen=True)
class ClockSegment:
    """One line, from one start of the clocks to the next.

    host_ns = host_origin_ns + 10⁶ · (x + level_ms + slope · x), with x = device_ms - device_origin_ms: small numbers,
    so that no nanosecond is lost in a float.
    """

    host_origin_ns: int
    device_origin_ms: float
    level_ms: float
    slope: float
    first_host_ns: int
    last_host_ns: int
    first_device_ms: float
    last_device_ms: float
    n: int

    def host_ns(self, device_ms: float) -> int:
        x = device_ms - self.device_origin_ms
        return self.host_origin_ns + round((x + self.level_ms + self.slope * x) * _NS_PER_MS)

    def device_ms(self, host_ns: int) -> float:
        since_ms = (host_ns - self.host_origin_ns) / _NS_PER_MS
        return self.device_origin_ms + (since_ms - self.level_ms) / (1 + self.slope)

    @property
    def drift_ppm(self) -> float:
        """By how many millionths the device's clock runs faster than the host's."""
        return -self.slope / (1 + self.slope) * 1e6

    @property
    def span_s(self) -> float:
        return (self.last_host_ns - self.first_host_ns) / 1e9


@dataclass(frozen=True, eq=False)
class ClockMapping:
    """The lines of one session, one after another; there is at least one.

    readings_host_ns, residuals_ms: (N,) when each reading was taken, and by how much its host time lies after the line.
    """

    segments: tuple[ClockSegment, ...]
    readings_host_ns: Nanoseconds
    residuals_ms: Values

    def host_ns(self, device_ms: float, near_host_ns: int | None = None) -> int:
        """Host time of a device time. near_host_ns: roughly when, where a clock was started anew and a time may be
        there twice; left out, the latest segment that reaches so far counts."""
        return self._of_device(device_ms, near_host_ns).host_ns(device_ms)

    def device_ms(self, host_ns: int) -> float:
        """Device time of a host time, by the segment that it lies in, or the nearest."""
        return self._of_host(host_ns).device_ms(host_ns)

    @property
    def residual_median_ms(self) -> float:
        return float(np.median(np.abs(self.residuals_ms)))

    @property
    def residual_p95_ms(self) -> float:
        return float(np.quantile(np.abs(self.residuals_ms), 0.95))

    @property
    def drift_ppm(self) -> float:
        """Of the longest segment. Meaningless where `span_s` is only seconds: then it is nearly 0."""
        return max(self.segments, key=lambda segment: segment.span_s).drift_ppm

    @property
    def n(self) -> int:
        return sum(segment.n for segment in self.segments)

    @property
    def span_s(self) -> float:
        """Seconds of the segments together."""
        return sum(segment.span_s for segment in self.segments)

    def _of_host(self, host_ns: int) -> ClockSegment:
        return min(self.segments, key=lambda s: max(s.first_host_ns - host_ns, host_ns - s.last_host_ns, 0))

    def _of_device(self, device_ms: float, near_host_ns: int | None) -> ClockSegment:
        if len(self.segments) == 1:
            return self.segments[0]
        if near_host_ns is not None:
            return self._of_host(near_host_ns)
        return min(
            reversed(self.segments), key=lambda s: max(s.first_device_ms - device_ms, device_ms - s.last_device_ms, 0.0)
        )


def mapping_of_readings(readings: Iterable[ClockReading]) -> ClockMapping | None:
    """From a tracker's readings in the order they were taken; None where there are none."""
    rows = list(readings)
    host_ns = np.array([row.host_ns for row in rows], np.int64)
    return clock_mapping(
        host_ns, np.array([row.device_ms for row in rows]), np.array([row.uncertainty_ns for row in rows])
    )


def clock_mapping(
    host_ns: Nanoseconds, device_ms: Values, uncertainty_ns: NDArray[Any] | None = None
) -> ClockMapping | None:
    """Readings whose errors lie on both sides: `Bundle.clock_readings()` by its three columns.

    All (N,), in the order in which the readings were taken; readings that are not finite are left out. None for N = 0.
    """
    unsure = np.full(len(host_ns), 50_000.0) if uncertainty_ns is None else np.asarray(uncertainty_ns, np.float64)
    kept = np.isfinite(device_ms) & np.isfinite(unsure)
    return _mapped(np.asarray(host_ns, np.int64)[kept], np.asarray(device_ms, np.float64)[kept], unsure[kept])


def late_clock_mapping(host_ns: Nanoseconds, device_ms: Values) -> ClockMapping | None:
    """Readings that can only come late, such as frames of a camera that wait before they are read: the line lies
    along their lower edge, and the residuals are how long each waited.

    host_ns, device_ms: (N,). Device times that are missing (NaN) are left out. None for N = 0.
    """
    kept = np.isfinite(device_ms)
    return _mapped(np.asarray(host_ns, np.int64)[kept], np.asarray(device_ms, np.float64)[kept], None)


def _mapped(host_ns: Nanoseconds, device_ms: Values, uncertainty_ns: Values | None) -> ClockMapping | None:
    """uncertainty_ns: None where readings only come late."""
    if not len(host_ns):
        return None
    segments, residuals = [], np.empty(len(host_ns))
    for a, b in _parts(host_ns, device_ms, late=uncertainty_ns is None):
        segment = _segment(host_ns[a:b], device_ms[a:b], None if uncertainty_ns is None else uncertainty_ns[a:b])
        segments.append(segment)
        x, y = _small(host_ns[a:b], device_ms[a:b])
        residuals[a:b] = y - segment.level_ms - segment.slope * x
    return ClockMapping(tuple(segments), host_ns, residuals)


def _parts(host_ns: Nanoseconds, device_ms: Values, *, late: bool) -> list[tuple[int, int]]:
    outer = [0, *restarts((host_ns - host_ns[0]) / _NS_PER_MS, device_ms), len(host_ns)]
    cuts = set(outer)
    for a, b in pairwise(outer):
        x, y = _small(host_ns[a:b], device_ms[a:b])
        inner = steps(x + y, y, _EDGE_SHARE, _EDGE_BLOCK) if late else steps(x + y, y)
        cuts.update(a + cut for cut in inner)
    edges = sorted(cuts)
    return list(pairwise(edges))


def _small(host_ns: Nanoseconds, device_ms: Values) -> tuple[Values, Values]:
    """x: ms of the device since the first reading. y: by how much more the host's clock went meanwhile, in ms."""
    x = device_ms - device_ms[0]
    return x, (host_ns - host_ns[0]) / _NS_PER_MS - x


def _segment(host_ns: Nanoseconds, device_ms: Values, uncertainty_ns: Values | None) -> ClockSegment:
    x, y = _small(host_ns, device_ms)
    if uncertainty_ns is None:
        level, slope = _lower_edge(x, y)
    else:
        level, slope, _ = robust_line(x, y, uncertainty_ns / _NS_PER_MS)
    return ClockSegment(
        int(host_ns[0]), float(device_ms[0]), level, slope, int(host_ns[0]), int(host_ns[-1]),
        float(device_ms[0]), float(device_ms[-1]), len(x),
    )  # fmt: skip


def _lower_edge(x: Values, y: Values) -> tuple[float, float]:
    """A line along the early readings: of each block the low ones count, once the slope is roughly known."""
    level, slope, _ = robust_line(x, y, np.full(len(x), 1.0))
    blocks = max(1, min(200, len(x) // _EDGE_BLOCK))
    if len(x) < 3:
        return level, slope
    for _ in range(2):
        parts = np.array_split(np.arange(len(x)), blocks)
        low = np.array([np.quantile((y - slope * x)[part], _EDGE_SHARE) for part in parts])
        middle = np.array([x[part].mean() for part in parts])
        level, more, _ = robust_line(middle, low, np.full(blocks, 0.1))
        slope += more
    return level, slope

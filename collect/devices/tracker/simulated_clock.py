"""The clock of a simulated tracker: it began elsewhere, runs a little wrong, and can only be read across a link."""

import numpy as np
from numpy.typing import NDArray

from collect.devices.protocols import ClockReading

_NS_PER_MS = 1_000_000
#: Half of a usual round trip over the link, and how often one takes many times as long.
_HALF_TRIP_NS, _SLOW_SHARE, _SLOWER = 80_000, 0.03, 25


class DeviceClock:
    """Milliseconds of the tracker as a function of the host's nanoseconds.

    epoch_ns: when the tracker was opened. random: draws where the clock began, how wrong it runs, and each reading.
    """

    def __init__(self, epoch_ns: int, random: np.random.Generator) -> None:
        self._epoch_ns = epoch_ns
        self._start_ms = float(random.uniform(1e5, 5e6))
        self._rate = 1 + float(random.uniform(-60, 60)) * 1e-6
        self._random = random

    def ms(self, host_ns: int) -> float:
        return self._start_ms + (host_ns - self._epoch_ns) / _NS_PER_MS * self._rate

    def ms_of_many(self, host_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = self._start_ms + (host_ns - self._epoch_ns) / _NS_PER_MS * self._rate
        return values

    def reading(self, now_ns: int) -> ClockReading:
        """As over a link: the answer comes from somewhere within the round trip, mostly near its middle."""
        half_ns = _HALF_TRIP_NS * float(np.exp(self._random.normal(0, 0.4)))
        if self._random.random() < _SLOW_SHARE:
            half_ns *= _SLOWER
        off_ns = half_ns * float(np.clip(self._random.normal(0, 0.3), -1, 1))
        return ClockReading(now_ns, self.ms(now_ns) + off_ns / _NS_PER_MS, round(half_ns))

"""The mapping while a session runs: it gets better with each reading."""

from collections.abc import Sequence

from collect.clock_mapping.mapping import ClockMapping, mapping_of_readings
from collect.devices.protocols import ClockReading

#: Five minutes at a reading a second: clocks change their drift with the room's temperature.
_KEPT_READINGS = 300


class LiveClockMapping:
    """Collects a tracker's readings, maps by the newest of them, and hands them on to be written."""

    def __init__(self) -> None:
        self._readings: list[ClockReading] = []
        self._new: list[ClockReading] = []
        self._mapping: ClockMapping | None = None

    def add(self, reading: ClockReading) -> None:
        self._readings = [*self._readings[1 - _KEPT_READINGS :], reading]
        self._new.append(reading)
        self._mapping = None

    def take_new(self) -> Sequence[ClockReading]:
        """The readings since the last call."""
        new, self._new = self._new, []
        return new

    @property
    def mapping(self) -> ClockMapping | None:
        """None before the first reading."""
        if self._mapping is None:
            self._mapping = mapping_of_readings(self._readings)
        return self._mapping

    def host_ns(self, device_ms: float) -> int:
        """By the newest segment: what comes in now was measured now. There must have been a reading."""
        assert self.mapping is not None, "the clock was read before anything was measured"
        return self.mapping.segments[-1].host_ns(device_ms)

    def device_ms(self, host_ns: int) -> float:
        """NaN before the first reading."""
        return float("nan") if self.mapping is None else self.mapping.segments[-1].device_ms(host_ns)

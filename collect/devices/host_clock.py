"""The host's own monotonic clock, which all processes of the machine share."""

import time

#: The scheduler wakes a sleeper late by up to about this long, so that the rest is spent awake.
_AWAKE_NS = 300_000


class HostClock:
    """CLOCK_MONOTONIC in nanoseconds. PsychoPy's own clock follows Unix time and may step; this one cannot."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    def wait_until(self, t_ns: int) -> None:
        """Returns at t_ns or as soon after it as the scheduler allows; at once if it has passed."""
        asleep_ns = t_ns - time.perf_counter_ns() - _AWAKE_NS
        if asleep_ns > 0:
            time.sleep(asleep_ns / 1e9)
        while time.perf_counter_ns() < t_ns:
            pass

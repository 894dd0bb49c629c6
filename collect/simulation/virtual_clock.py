"""A clock that moves only when somebody waits on it, so that a session records faster than real time."""

from collections.abc import Callable


class VirtualClock:
    """Satisfies collect.devices.protocols.Clock. Starts away from zero, as a machine's monotonic clock does."""

    def __init__(self, start_ns: int = 1_000_000_000) -> None:
        self._now_ns = start_ns
        self._followers: list[Callable[[int], None]] = []

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, t_ns: int) -> None:
        """Jump to t_ns, never back, and let every follower catch up with the time that has passed."""
        if t_ns <= self._now_ns:
            return
        self._now_ns = t_ns
        for follower in tuple(self._followers):
            follower(t_ns)

    def follow(self, follower: Callable[[int], None]) -> None:
        """Call `follower(now_ns)` after each jump: how a device that measures on its own keeps up."""
        self._followers.append(follower)

    def unfollow(self, follower: Callable[[int], None]) -> None:
        if follower in self._followers:
            self._followers.remove(follower)

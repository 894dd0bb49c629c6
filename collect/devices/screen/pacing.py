"""When each frame of a clip is due on the screen, and what counts as late."""

from dataclasses import dataclass

NS_PER_MS = 1_000_000
#: A frame this much behind is not shown any more, so that the clip catches up. With sound, pictures that lag by more
#: are noticed and resented (ITU-R BT.1359-1: 90 ms is where it stops being acceptable).
SOUNDING_SKIP_NS = 90 * NS_PER_MS
SILENT_SKIP_NS = 250 * NS_PER_MS


@dataclass(frozen=True)
class Pacing:
    """The clip's time line laid over the host's: its first frame was flipped at `start_ns`.

    refresh_ns: one refresh of the screen, in nanoseconds.
    """

    start_ns: int
    first_pts_ms: float
    refresh_ns: int
    skip_after_ns: int = SILENT_SKIP_NS

    def due_ns(self, pts_ms: float) -> int:
        return self.start_ns + round((pts_ms - self.first_pts_ms) * NS_PER_MS)

    def is_late(self, pts_ms: float, flip_ns: int) -> bool:
        """True where the frame came more than one refresh after it was due."""
        return flip_ns - self.due_ns(pts_ms) > self.refresh_ns

    def is_hopeless(self, pts_ms: float, now_ns: int) -> bool:
        return now_ns - self.due_ns(pts_ms) > self.skip_after_ns

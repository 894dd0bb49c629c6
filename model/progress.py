"""How long-running functions tell how far they are."""

from collections.abc import Callable

#: Called with (done, total); the front door draws the bar.
Progress = Callable[[int, int], None]


def quiet(done: int, total: int) -> None:
    """The progress of somebody who does not look."""

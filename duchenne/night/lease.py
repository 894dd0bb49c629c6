"""One night shift at a time: a lock that dies with its holder, and a note that says who holds it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from duchenne.errors import FrontDoorError


class LeaseHeldError(FrontDoorError):
    """Another night shift is at work. The message is complete."""


@contextmanager
def lease(path: Path, now_utc: str) -> Iterator[None]:
    """Hold the lease for the length of the block. Raises LeaseHeldError, saying who holds it and since when."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            # The kernel lets go of it when the process ends, however it ends: no stale lock to clear by hand.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LeaseHeldError(
                f"{path}: another night shift is at work ({file.read().strip() or 'starting just now'}). "
                "Wait for it, or end that process"
            ) from None
        with suppress(OSError):  # the lock is what counts; a full disk is told by whoever has more to write
            _say(file.fileno(), f"process {os.getpid()} on {socket.gethostname()} since {now_utc}")
        try:
            yield
        finally:
            _say(file.fileno(), "")


def _say(handle: int, text: str) -> None:
    """Past the buffers, which would try again, and fail again, at the end."""
    os.ftruncate(handle, 0)
    os.write(handle, text.encode())

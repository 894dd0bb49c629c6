"""Which of a session's threads go before the machine's other programs, where the system lets them."""

import contextlib
import os
from collections.abc import Iterator

#: As Unix counts niceness: less goes first. A frame of the clip waits for nobody's mail, and a picture of the face only
#: for a frame of the clip.
CLIP, CAMERA = -10, -5


@contextlib.contextmanager
def before_others(niceness: int) -> Iterator[None]:
    """This thread, and those it begins meanwhile, have this niceness until the end of the block.

    Only for as long as it is needed: what inherits it and keeps it competes with what it was meant for.
    """
    try:
        usual = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    except (OSError, AttributeError):  # on Linux it takes a right that few have; Windows has no such number
        yield
        return
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)

"""Memory that a fit lets go of stays with the process until the fit is done.

A step takes and gives back hundreds of MB in large pieces. By its own lights glibc hands them to the kernel each time,
which clears every page before it gives it out again: most of the time of loading a batch, a twentieth of a large
network's step.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

#: Of malloc.h: from which size on at the top memory is given back; from which size on a piece is mapped by itself; and
#: how many such pieces there may be.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_MIB = 2**20


@contextmanager
def memory_kept() -> Iterator[None]:
    """Does nothing where the C library is not glibc. What is free afterwards goes back to the kernel."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, -1)
    try:
        yield
    finally:
        # What glibc comes to by itself in a process that has let go of large pieces.
        libc.mallopt(_MMAP_MAX, 65_536)
        libc.mallopt(_MMAP_THRESHOLD, 32 * _MIB)
        libc.mallopt(_TRIM_THRESHOLD, 64 * _MIB)
        libc.malloc_trim(0)

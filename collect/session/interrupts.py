"""Ctrl-C, a closed terminal and a polite kill all end a session in order; and nothing interrupts its closing."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Within: a closed terminal (SIGHUP) and SIGTERM raise KeyboardInterrupt, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def uninterrupted() -> Iterator[Callable[[], bool]]:
    """Within: what would interrupt waits until the end, and is then forgotten: all that is within is an ending.

    Gives a function that tells whether somebody has lost patience since: what need not be done may be left off then.
    """
    asked = False
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def wait(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    before = {number: signal.signal(number, wait) for number in (signal.SIGINT, *_ENDINGS)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

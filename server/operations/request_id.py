"""The number of the request that is being answered, so that all lines of the log about it can be found."""

import secrets
from contextvars import ContextVar

#: Each request runs in a context of its own, also the part of it that runs in a thread.
_CURRENT: ContextVar[str] = ContextVar("request_id", default="")


def begin_request() -> str:
    """A new random number, current from here on. What a client sends is not taken: it would stand in the log."""
    number = secrets.token_hex(8)
    _CURRENT.set(number)
    return number


def current_request() -> str:
    """The number of the request at hand, '' where there is none."""
    return _CURRENT.get()

"""How long the body of a request may be: forms and JSON are short, and only a few routes take more.

@router.patch("/api/uploads/{upload}")
@takes_any_length
async def append(request: Request, …) -> …
"""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A trace of 20,000 points takes half of it.
MAX_BODY_BYTES = 1024 * 1024
_MARK = "__takes_any_length__"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def takes_any_length(endpoint: _Endpoint) -> _Endpoint:
    """Mark an endpoint that reads its body piece by piece and limits it itself."""
    setattr(endpoint, _MARK, True)
    return endpoint


class BodyLimit:
    """ASGI middleware: 413 in words, as soon as an endpoint reads a body that says or turns out to be too long."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced, read = _announced(scope), 0

        async def receive_within_limit() -> Message:
            nonlocal read
            # Asked here and not before: which route it is turns out only on the way to the first read.
            if hasattr(scope.get("endpoint"), _MARK):
                return await receive()
            if announced > self._limit:
                raise self._too_long()
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise self._too_long()
            return message

        await self.app(scope, receive_within_limit, send)

    def _too_long(self) -> HTTPException:
        return HTTPException(
            413, f"The request is longer than {self._limit // 1024} KiB, which is all that is taken here. Send less"
        )


def _announced(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "0")
    return int(said[:20]) if said.isascii() and said.isdigit() else 0

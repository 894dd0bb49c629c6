"""The control of the kill benchmark: a server that says 'saved' before it has saved, as one that writes behind does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LATER_S = 0.1


class EarlyReceipts:
    """Answers every vote at once, and hands it to the application a moment later."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.waiting: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/vote"):
            await self.app(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        later = asyncio.create_task(self._save_later(scope, body))
        self.waiting.add(later)
        later.add_done_callback(self.waiting.discard)
        receipt = b'{"vote": 0}'
        length = str(len(receipt)).encode()
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": receipt})

    async def _save_later(self, scope: Scope, body: bytes) -> None:
        await asyncio.sleep(_LATER_S)
        await self.app(scope, _said(body), _unheard)


def acknowledge_early(app: Any) -> None:
    """Make the application a control."""
    app.add_middleware(EarlyReceipts)


def _said(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _unheard(_message: Message) -> None:
    return

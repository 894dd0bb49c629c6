"""ASGI middleware around everything else: gives each request its number, logs and counts how it ended."""

import logging
from collections.abc import Callable
from time import perf_counter

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.operations.logs import REQUESTS
from server.operations.metrics import Metrics
from server.operations.request_id import begin_request

_log = logging.getLogger(REQUESTS)
#: For a client that left before there was an answer.
NO_ANSWER = 499


class Watching:
    """`clock` gives seconds."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: Callable[[], float] = perf_counter) -> None:
        self.app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, status, begun = begin_request(), NO_ANSWER, self._clock()

        async def send_with_number(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = number
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self.app(scope, receive, send_with_number)
        finally:
            self._metrics.in_progress.dec()
            seconds = self._clock() - begun
            method, route = scope["method"], route_template(scope)
            self._metrics.observe(method, route, status, seconds)
            facts = {"method": method[:16], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            _log.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra={"facts": facts})


def route_template(scope: Scope) -> str:
    """'/media/{media_id}/face' for whatever was asked for; 'none' where no route fits, the folder for static files."""
    template = getattr(scope.get("route"), "path", None)
    if isinstance(template, str):
        return template
    return str(scope["root_path"]) if scope.get("endpoint") and scope.get("root_path") else "none"

"""Errors in words: a page for people, `{"detail": …}` for programs."""

import logging
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.accounts.access import optional_login
from server.errors import ServerError
from server.provided import database_of, now_utc
from server.shell.templates import render

_log = logging.getLogger(__name__)

#: Status to a headline and what to do next. The reason itself comes with the exception.
_WORDS = {
    400: ("That request was not understood", "Go back, check what you entered, and send it again."),
    401: ("Please log in", "Your login has ended, or there was none."),
    403: ("This is not open to you", "Ask whoever runs the server if your role should be able to open it."),
    404: (
        "There is nothing here",
        "The address may be old or mistyped. The start leads to everything that is open to you.",
    ),
    405: ("That cannot be done here", "Go back and use the buttons of the page."),
    409: ("This was done already, or has changed", "Reload the page to see how things stand now."),
    410: ("This has ended", "It worked once, or for a time. Ask for a new one."),
    413: ("That is too much at once", "Send less, or in pieces."),
    415: ("That is not the kind of file that is taken here", "Send it in the form that the documentation names."),
    416: ("That part does not exist", "Reload the page."),
    422: ("Something in the form does not fit", "Go back, correct it, and send it again."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("The server made a mistake", "Nothing was saved. Try again; if it stays, tell whoever runs the server."),
    503: ("The server is busy", "Try again in a moment."),
}


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, rather than a program for data."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


async def _answer(request: Request, status_code: int, reason: Any, headers: Any = None) -> Response:
    """The page for this status, or `reason` as data. `reason` is the sentence that says what was wrong."""
    if not wants_page(request):
        return JSONResponse({"detail": _sendable(reason)}, status_code=status_code, headers=headers)
    headline, advice = _WORDS.get(status_code, _WORDS[400 if status_code < 500 else 500])
    await run_in_threadpool(_who, request)
    response = render(
        request,
        "error.html",
        status_code=status_code,
        headline=headline,
        advice=advice,
        reason=_sendable(reason),
        code=status_code,
    )
    response.headers.update(headers or {})
    return response


def _who(request: Request) -> None:
    """Find out who asks, for the bar at the top, where the error came before any endpoint did."""
    if hasattr(request.state, "user"):
        return
    now = request.app.dependency_overrides.get(now_utc, now_utc)()
    try:
        optional_login(request, database_of(request), now)
    except Exception:  # the page is about another error, and comes without the bar then
        _log.warning("nobody could be looked up for an error page", exc_info=True)


def _sendable(told: Any) -> Any:
    """The same without what UTF-8 cannot say: a name of a field that is half a character, sent by somebody."""
    if isinstance(told, str):
        return told.encode("utf-8", "replace").decode()
    if isinstance(told, list | tuple):
        return [_sendable(each) for each in told]
    if isinstance(told, dict):
        return {_sendable(key): _sendable(value) for key, value in told.items()}
    return told


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=error.headers)
    reason = error.detail
    if wants_page(request):
        if error.status_code == 401:
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            back = f"?next_path={quote(asked)}" if request.method == "GET" else ""
            return RedirectResponse(f"/login{back}", status_code=303)
        # Starlette's own phrases ('Not Found') repeat the headline.
        reason = reason if " " in reason.strip() and not reason.istitle() else ""
    return await _answer(request, error.status_code, reason, error.headers)


async def _on_bad_form(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if wants_page(request):
        fields = ", ".join(str(problem["loc"][-1]) + ": " + problem["msg"] for problem in error.errors())
        return await _answer(request, 422, fields)
    # What was sent is not sent back: it may be a NaN, which JSON cannot hold, or somebody's answer.
    problems = [{"loc": problem["loc"], "msg": problem["msg"], "type": problem["type"]} for problem in error.errors()]
    return await _answer(request, 422, problems)


async def _on_refusal(request: Request, error: Exception) -> Response:
    # A slice's error says with `status` that it is the sender's; without it the server is at fault, and what it
    # would tell (folders, addresses) is for the log.
    status = getattr(error, "status", None)
    if status is None:
        _log.error("an endpoint could not do its work", exc_info=error)
        return await _answer(request, 500, "" if wants_page(request) else " ".join(_WORDS[500]))
    return await _answer(request, status, str(error))


class CrashPages:
    """ASGI middleware that answers what nobody expected with a page, and lets the exception go on into the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_see(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_see)
        except Exception:
            if scope["type"] == "http" and not started:
                request = Request(scope, receive)
                reason = "" if wants_page(request) else " ".join(_WORDS[500])
                await (await _answer(request, 500, reason))(scope, receive, send)
            raise


def install_error_pages(app: FastAPI) -> None:
    """Answer every error that the application raises on purpose in words; CrashPages answers the others."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_bad_form)
    app.add_exception_handler(ServerError, _on_refusal)

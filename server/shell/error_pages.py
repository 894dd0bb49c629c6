"""Errors in words: a page for people, `{"detail": …}` for programs."""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.errors import ServerError
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
    422: ("Something in the form does not fit", "Go back, correct it, and send it again."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("The server made a mistake", "Nothing was saved. Try again; if it stays, tell whoever runs the server."),
    503: ("The server is busy", "Try again in a moment."),
}


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, rather than a program for data."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def error_page(request: Request, status_code: int, reason: str = "") -> Response:
    """The page for this status; `reason` is the sentence that says what was wrong."""
    headline, advice = _WORDS.get(status_code, _WORDS[400 if status_code < 500 else 500])
    return render(
        request,
        "error.html",
        status_code=status_code,
        headline=headline,
        advice=advice,
        reason=reason,
        code=status_code,
    )


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not wants_page(request):
        return await http_exception_handler(request, error)
    if error.status_code == 401:
        back = f"?next_path={quote(request.url.path)}" if request.method == "GET" else ""
        return RedirectResponse(f"/login{back}", status_code=303)
    # Starlette's own phrases ('Not Found') repeat the headline.
    reason = error.detail if " " in error.detail.strip() and not error.detail.istitle() else ""
    response = error_page(request, error.status_code, reason)
    response.headers.update(error.headers or {})
    return response


async def _on_bad_form(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if not wants_page(request):
        # What was sent is not sent back: it may be a NaN, which JSON cannot hold, or somebody's answer.
        problems = [{"loc": problem["loc"], "msg": problem["msg"]} for problem in error.errors()]
        return JSONResponse({"detail": problems}, status_code=422)
    fields = ", ".join(str(problem["loc"][-1]) + ": " + problem["msg"] for problem in error.errors())
    return error_page(request, 422, fields)


async def _on_refusal(request: Request, error: Exception) -> Response:
    # A slice's error says with `status` that it is the sender's; without it the server is at fault, and what it
    # would tell (folders, addresses) is for the log.
    status = getattr(error, "status", None)
    if status is None:
        _log.error("%s %s: %s", request.method, request.url.path, error)
        return await _on_crash(request, error)
    if wants_page(request):
        return error_page(request, status, str(error))
    return JSONResponse({"detail": str(error)}, status_code=status)


async def _on_crash(request: Request, error: Exception) -> Response:
    if wants_page(request):
        return error_page(request, 500)
    return JSONResponse({"detail": " ".join(_WORDS[500])}, status_code=500)


def install_error_pages(app: FastAPI) -> None:
    """Answer every error of `app` in words."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_bad_form)
    app.add_exception_handler(ServerError, _on_refusal)
    app.add_exception_handler(Exception, _on_crash)

"""The login page, logging in, logging out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.accounts.access import COOKIE, SignedIn, optional_login
from server.accounts.errors import LoginRefusedError, TooManyFailuresError
from server.accounts.logins import LOGIN_LASTS, Login, log_in, log_out
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(
    request: Request, login: Annotated[Login | None, Depends(optional_login)], next_path: str = "/"
) -> Response:
    if login is not None:
        return RedirectResponse(_local(next_path), status_code=303)
    return render(request, "login.html", error="", next_path=_local(next_path), name="")


@router.post("/login")
def log_in_by_form(
    request: Request,
    database: DatabaseOf,
    now: Now,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    next_path: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """303 to `next` with the login's cookie; 401 or 429 with the page and the reason."""
    _refuse_foreign_page(request)
    try:
        token = log_in(database, name, password, now)
    except (LoginRefusedError, TooManyFailuresError) as error:
        status = 429 if isinstance(error, TooManyFailuresError) else 401
        where = _local(next_path)
        return render(request, "login.html", status_code=status, error=f"{error}.", next_path=where, name=name)
    response = RedirectResponse(_local(next_path), status_code=303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LOGIN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/logout")
def log_out_by_form(request: Request, login: SignedIn, database: DatabaseOf) -> Response:
    log_out(database, request.cookies[COOKIE])
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _local(path: str) -> str:
    """The path if it leads to this server, else the home page: nobody is sent elsewhere after a login."""
    leads_away = not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable()
    return "/" if leads_away else path


def _refuse_foreign_page(request: Request) -> None:
    """There is no login yet whose token could be asked for, so the browser's word on where the form was must do."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "The login form was sent from another site. Open this server's own login page")

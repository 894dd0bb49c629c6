"""The login page, logging in, logging out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.accounts.access import COOKIE, SignedIn, optional_login
from server.accounts.errors import LoginRefusedError, TooManyFailuresError
from server.accounts.logins import LOGIN_LASTS, Login, end_logins, log_in, log_out
from server.accounts.whence import client_address, is_https, refuse_foreign_page
from server.db.accounts import Account
from server.db.audit import note
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
    refuse_foreign_page(request)
    try:
        token = log_in(database, name, password, now, client_address(request))
    except (LoginRefusedError, TooManyFailuresError) as error:
        where = _local(next_path)
        return render(request, "login.html", status_code=error.status, error=f"{error}.", next_path=where, name=name)
    return with_login(request, RedirectResponse(_local(next_path), status_code=303), token)


@router.post("/logout")
def log_out_by_form(request: Request, _login: SignedIn, database: DatabaseOf, now: Now) -> Response:
    log_out(database, request.cookies[COOKIE], now)
    return _without_login(request)


@router.post("/logout/everywhere")
def log_out_everywhere(request: Request, login: SignedIn, database: DatabaseOf, now: Now) -> Response:
    """End all logins of one's own account, on every device."""
    with database.transaction() as session:
        end_logins(session, login.account_id)
        account = session.get_one(Account, login.account_id)
        note(session, "login.ended_everywhere", account.pseudonym, now, actor_id=login.account_id)
    return _without_login(request)


def with_login(request: Request, response: Response, token: str) -> Response:
    """The response with a login's cookie: not for scripts, not for other sites, over HTTPS only where there is any."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LOGIN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )
    return response


def _without_login(request: Request) -> Response:
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_https(request))
    return response


def _local(path: str) -> str:
    """The path if it leads to this server, else the home page: nobody is sent elsewhere after a login."""
    leads_away = not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable()
    return "/" if leads_away else path

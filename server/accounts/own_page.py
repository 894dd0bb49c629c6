"""One's own account: the password, and the devices that one is logged in on."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from server.accounts.access import COOKIE, SignedIn
from server.accounts.errors import AccountRefusedError, LoginRefusedError, TooManyFailuresError
from server.accounts.logins import IDLE_LASTS, LOGIN_LASTS, Login, count_logins
from server.accounts.own_password import set_own_password
from server.accounts.passwords import MIN_LENGTH
from server.accounts.whence import client_address
from server.db.engine import Database
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(prefix="/account", include_in_schema=False)
Password = Annotated[str, Form(max_length=1000)]


@router.get("")
def own_account(request: Request, login: SignedIn, database: DatabaseOf, now: Now) -> Response:
    return _page(request, login, database, now)


@router.post("/password")
def new_password(
    request: Request, login: SignedIn, database: DatabaseOf, now: Now, old: Password, new: Password
) -> Response:
    """The page again, with what came of it."""
    try:
        set_own_password(database, login, old, new, now, client_address(request), request.cookies[COOKIE])
    except (AccountRefusedError, LoginRefusedError, TooManyFailuresError) as error:
        status = 403 if isinstance(error, LoginRefusedError) else error.status  # 401 would say that the login ended
        return _page(request, login, database, now, status_code=status, error=f"{error}.")
    return _page(request, login, database, now, done="The new password counts from now on.")


def _page(
    request: Request,
    login: Login,
    database: Database,
    now: datetime,
    *,
    status_code: int = 200,
    error: str = "",
    done: str = "",
) -> Response:
    with database.reading() as session:
        logins = count_logins(session, login.account_id, now)
    return render(
        request, "accounts/own.html", status_code=status_code, error=error, done=done, logins=logins,
        min_length=MIN_LENGTH, idle_h=IDLE_LASTS.seconds // 3600, lasts_h=LOGIN_LASTS.seconds // 3600,
    )  # fmt: skip

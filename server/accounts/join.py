"""Following an invitation: the page behind the link, what the link is for, and using it up."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from server.accounts.access import optional_login
from server.accounts.endpoints import with_login
from server.accounts.errors import AccountExistsError, AccountRefusedError, InvitationEndedError
from server.accounts.invitations import Invited, accept, look_at
from server.accounts.logins import Login
from server.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from server.accounts.whence import refuse_foreign_page
from server.db.accounts import Role
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(tags=["people"])


class Link(BaseModel):
    """The secret of a link: what stands behind its '#'."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"secret": "pa6…"}]})

    secret: Annotated[str, Field(max_length=500)]


class Invitation(BaseModel):
    """What a link is for. `name`: whose password is set anew; empty where a new account is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "join", "role": "rater", "name": "", "expires_utc": "2026-07-08T12:00:00Z"}]
        }
    )

    kind: str
    role: Role
    name: str
    expires_utc: datetime


@router.post(
    "/api/invitation",
    summary="What an invitation link is for",
    responses={410: {"description": "the link was used, has expired, or never was one"}},
)
def invitation(link: Link, database: DatabaseOf, now: Now) -> Invitation:
    """Looks, and uses nothing up. Nobody needs a login for it: the secret is the key."""
    return Invitation(**vars(look_at(database, link.secret, now)))


@router.get("/join", include_in_schema=False)
def join_page(request: Request, _login: Annotated[Login | None, Depends(optional_login)]) -> Response:
    """The page is the same for every link: what stands behind the '#' never arrives here."""
    return _page(request, None)


@router.post("/join", include_in_schema=False)
def join(
    request: Request,
    database: DatabaseOf,
    now: Now,
    secret: Annotated[str, Form(max_length=500)],
    password: Annotated[str, Form(max_length=MAX_LENGTH)],
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """303 to the start, logged in; or the page again with what was wrong, the link unused."""
    refuse_foreign_page(request)
    try:
        token = accept(database, secret, name, password, now)
    except InvitationEndedError as error:
        return _page(request, None, status_code=error.status, ended=f"{error}.")
    except (AccountExistsError, AccountRefusedError) as error:
        invited = look_at(database, secret, now)
        status = error.status
        return _page(request, invited, status_code=status, secret=secret, name=name, error=_sentence(error))
    return with_login(request, RedirectResponse("/", status_code=303), token)


def _page(
    request: Request,
    invited: Invited | None,
    *,
    status_code: int = 200,
    secret: str = "",
    name: str = "",
    error: str = "",
    ended: str = "",
) -> Response:
    return render(
        request, "accounts/join.html", status_code=status_code, invited=invited, secret=secret, name=name,
        error=error, ended=ended, min_length=MIN_LENGTH, max_length=MAX_LENGTH,
    )  # fmt: skip


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."

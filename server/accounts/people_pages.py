"""The page of the admin: who may come in, and as what."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.errors import AccountRefusedError, LastAdminError, NoSuchAccountError
from server.accounts.invitations import (
    JOIN_LASTS,
    MAX_NOTE,
    RESET_LASTS,
    invite,
    invite_to_reset,
    link,
    open_invitations,
    void_invitation,
)
from server.accounts.logins import Login
from server.accounts.service import change_role, checked_role, close_account, list_accounts, reopen_account
from server.accounts.whence import base_url
from server.db.accounts import Account, Role
from server.db.engine import Database
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(prefix="/people", include_in_schema=False)
Admin = Annotated[Login, require_role(Role.ADMIN)]
AccountId = Annotated[int, InPath(ge=1, le=2**31 - 1)]
RoleField = Annotated[str, Form(alias="role", max_length=40)]

#: What the choice of a role says of it.
ROLES = (
    (Role.RATER, "rates trials, sees no results"),
    (Role.ADJUDICATOR, "rates, and decides where raters differ"),
    (Role.EXPERIMENTER, "records and uploads sessions"),
    (Role.RESEARCHER, "sees and exports everything but people"),
    (Role.ADMIN, "may do everything"),
)


@router.get("")
def people(request: Request, login: Admin, database: DatabaseOf, now: Now) -> Response:
    return _page(request, database, now)


@router.post("/invitations")
def make_invitation(
    request: Request, login: Admin, database: DatabaseOf, now: Now, role: RoleField,
    whom: Annotated[str, Form(max_length=1000)] = "",
) -> Response:  # fmt: skip
    """The page with the new link, which is shown this once."""
    try:
        known = checked_role(role)
        secret = invite(database, known, whom, now, actor_id=login.account_id)
    except AccountRefusedError as error:
        return _page(request, database, now, status_code=error.status, error=str(error))
    made = {
        "link": link(base_url(request), secret), "whom": whom.strip(),
        "what": f"makes one account with the role {known}", "days": JOIN_LASTS.days,
    }  # fmt: skip
    return _page(request, database, now, status_code=201, made=made)


@router.post("/invitations/void")
def void(login: Admin, database: DatabaseOf, now: Now, key: Annotated[str, Form(max_length=64)]) -> Response:
    void_invitation(database, key, now, actor_id=login.account_id)
    return _back()


@router.post("/{account}/reset")
def make_reset_link(request: Request, login: Admin, database: DatabaseOf, now: Now, account: AccountId) -> Response:
    """The page with a link that sets a new password, which is shown this once."""
    name = _name(database, account)
    secret = invite_to_reset(database, name, now, actor_id=login.account_id)
    made = {
        "link": link(base_url(request), secret), "whom": name,
        "what": "sets a new password; the old one counts until then", "days": RESET_LASTS.days,
    }  # fmt: skip
    return _page(request, database, now, status_code=201, made=made)


@router.post("/{account}/role")
def give_role(
    request: Request, login: Admin, database: DatabaseOf, now: Now, account: AccountId, role: RoleField
) -> Response:
    """Another role, at once: the person's logins and API tokens end."""
    try:
        change_role(database, _name(database, account), role, now=now, actor_id=login.account_id)
    except (AccountRefusedError, LastAdminError) as error:
        return _page(request, database, now, status_code=error.status, error=str(error))
    return _back()


@router.post("/{account}/close")
def close(request: Request, login: Admin, database: DatabaseOf, now: Now, account: AccountId) -> Response:
    try:
        close_account(database, _name(database, account), now=now, actor_id=login.account_id)
    except LastAdminError as error:
        return _page(request, database, now, status_code=error.status, error=str(error))
    return _back()


@router.post("/{account}/reopen")
def reopen(login: Admin, database: DatabaseOf, now: Now, account: AccountId) -> Response:
    reopen_account(database, _name(database, account), now=now, actor_id=login.account_id)
    return _back()


def _name(database: Database, account: int) -> str:
    with database.reading() as session:
        found = session.get(Account, account)
    if found is None:
        raise NoSuchAccountError("There is no such account; the list of people shows all that there are")
    return found.name


def _page(
    request: Request,
    database: Database,
    now: datetime,
    *,
    status_code: int = 200,
    error: str = "",
    made: dict[str, Any] | None = None,
) -> Response:
    with database.reading() as session:
        invitations = open_invitations(session, now)
    return render(
        request, "accounts/people.html", status_code=status_code, people=list_accounts(database),
        invitations=invitations, roles=ROLES, error=error, made=made, max_note=MAX_NOTE,
    )  # fmt: skip


def _back() -> Response:
    return RedirectResponse("/people", status_code=303)

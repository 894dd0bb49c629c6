"""One's own API tokens: make one, see what is in use, revoke."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.errors import TokenRefusedError
from server.accounts.logins import Login
from server.accounts.tokens import LONGEST, SCOPES_OF, Scope, list_tokens, make_token, revoke_token
from server.db.accounts import Role
from server.db.engine import Database
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(prefix="/tokens", include_in_schema=False)
Owner = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER)]

_SAYS = {
    Scope.UPLOAD: "bring recordings",
    Scope.READ: "read lists and results",
    Scope.EXPORT: "export answers and labels",
    Scope.METRICS: "read the server's metrics",
}
DAYS = (30, 90, 180, LONGEST.days - 1)


@router.get("")
def tokens(request: Request, login: Owner, database: DatabaseOf, now: Now) -> Response:
    return _page(request, login, database, now)


@router.post("")
def make(
    request: Request,
    login: Owner,
    database: DatabaseOf,
    now: Now,
    label: Annotated[str, Form(max_length=1000)] = "",
    scopes: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006 -- FastAPI reads it, nobody writes it
    days: Annotated[int, Form(ge=1, le=LONGEST.days)] = DAYS[1],
) -> Response:
    """The page with the new token, which is shown this once."""
    try:
        made = make_token(database, login, label, frozenset(scopes), timedelta(days=days), now)
    except TokenRefusedError as error:
        return _page(request, login, database, now, status_code=error.status, error=f"{error}.", label=label)
    return _page(request, login, database, now, status_code=201, made=made)


@router.post("/{token}/revoke")
def revoke(login: Owner, database: DatabaseOf, now: Now, token: Annotated[int, InPath(ge=1, le=2**31 - 1)]) -> Response:
    revoke_token(database, login, token, now)
    return RedirectResponse("/tokens", status_code=303)


def _page(
    request: Request,
    login: Login,
    database: Database,
    now: datetime,
    *,
    status_code: int = 200,
    error: str = "",
    label: str = "",
    made: str = "",
) -> Response:
    return render(
        request, "accounts/tokens.html", status_code=status_code, error=error, label=label, made=made, days=DAYS,
        scopes=[(scope.value, _SAYS[scope]) for scope in SCOPES_OF[login.role]],
        tokens=list_tokens(database, login.account_id, now),
    )  # fmt: skip

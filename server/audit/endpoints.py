"""The audit log: as a page and as data."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.audit.chain import head
from server.audit.listing import NOBODY, AuditPage, actions, audit_page
from server.db.accounts import Role
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["audit"])
Admin = Annotated[Login, require_role(Role.ADMIN)]
AdminOrToken = Annotated[Login, require_role(Role.ADMIN, scope="read")]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="entries older than this number")]
Action = Annotated[str, Query(max_length=64, description="only this action, such as login.failed")]
Actor = Annotated[str, Query(max_length=64, description=f"only what this account did; '{NOBODY}': what no account did")]
Count = Annotated[int, Query(ge=1, le=500, description="how many entries")]

_EXAMPLE = {
    "entries": [
        {
            "id": 12,
            "utc": "2026-07-01T12:00:00Z",
            "actor": "ada",
            "action": "account.role_changed",
            "about": "r0123456789ab",
            "about_name": "rita",
            "details": {"before": "rater", "after": "adjudicator"},
            "sha256": "5f" * 32,
        }
    ],
    "next_before": 12,
}


@router.get(
    "/api/audit",
    summary="Who did what, the newest first",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def audit(
    _login: AdminOrToken,
    database: DatabaseOf,
    before: Before = None,
    action: Action = "",
    actor: Actor = "",
    n: Count = 100,
) -> AuditPage:
    """Go on with `before` = `next_before` until that is null. `duchenne audit verify` checks them all."""
    with database.reading() as session:
        return audit_page(session, before, action, actor, n)


@router.get("/audit", include_in_schema=False)
def audit_log(
    request: Request, _login: Admin, database: DatabaseOf, before: Before = None, action: Action = "", actor: Actor = ""
) -> Response:
    with database.reading() as session:
        page = audit_page(session, before, action, actor, 50)
        known, last = actions(session), head(session)
    return render(
        request, "audit/audit.html", page=page, actions=known, action=action, actor=actor, before=before, head=last,
        nobody=NOBODY,
    )  # fmt: skip

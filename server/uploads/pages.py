"""The page on which one sees recordings arrive."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import DatabaseOf, Now
from server.shell.templates import render
from server.uploads.endpoints import visible_to
from server.uploads.listing import list_uploads

router = APIRouter(include_in_schema=False)
#: A person: programs read the list at /api/uploads.
Looker = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER)]
#: An upload of which nothing was heard for so long has been left, or its sender waits for the network.
QUIET_AFTER_S = 120


@router.get("/uploads")
def uploads_page(
    request: Request, login: Looker, database: DatabaseOf, now: Now, after: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The newest fifty, or those before a cursor; those that move are kept up to date by a script."""
    with database.reading() as session:
        page = list_uploads(session, visible_to(login), after=after)
    return render(
        request,
        "uploads/uploads.html",
        page=page,
        after=after,
        now=now,
        quiet_after_s=QUIET_AFTER_S,
        shows_senders=visible_to(login) is None,
    )

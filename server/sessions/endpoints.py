"""The recordings that have arrived: as a page and as data."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import DatabaseOf
from server.sessions.listing import RecordingRow, list_recordings
from server.shell.templates import render

router = APIRouter(tags=["recordings"])
Looker = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER)]


@router.get("/api/recordings")
def recordings(_login: Looker, database: DatabaseOf) -> list[RecordingRow]:
    """The latest 500, the newest first."""
    with database.reading() as session:
        return list_recordings(session)


@router.get("/recordings", include_in_schema=False)
def recordings_page(request: Request, _login: Looker, database: DatabaseOf) -> Response:
    with database.reading() as session:
        rows = list_recordings(session)
    return render(request, "sessions/recordings.html", recordings=rows)

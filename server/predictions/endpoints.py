"""The queue and what orders it: as a page and as data."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.predictions import run_in_service
from server.predictions.queue import QueueRow, first_tasks
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["queue"])
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
Count = Annotated[int, Query(ge=1, le=500, description="how many tasks")]


@router.get("/api/queue")
def queue(_login: Researcher, database: DatabaseOf, n: Count = 50) -> list[QueueRow]:
    """The first tasks that raters are given, with the reason of each."""
    with database.reading() as session:
        return first_tasks(session, n)


@router.get("/queue", include_in_schema=False)
def queue_page(request: Request, _login: Researcher, database: DatabaseOf, n: Count = 50) -> Response:
    with database.reading() as session:
        tasks = first_tasks(session, n)
        serving = run_in_service(session)
    run, since = serving or (None, None)
    return render(request, "predictions/queue.html", tasks=tasks, run=run, since=since)

"""The snapshots that were made of this database: as a page and as data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.snapshots import Snapshot
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["snapshots"])
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]


@dataclass(frozen=True)
class SnapshotRow:
    """One snapshot in the list. `studies` empty: all. `adjudicated` of its labels are an adjudicator's."""

    id: str
    created_utc: datetime
    origins: list[str]
    studies: list[str]
    policy: str
    min_raters: int
    adjudicated: int
    folds: int
    trials: int
    labels: int
    votes: int


@router.get("/api/snapshots")
def snapshots(_login: Researcher, database: DatabaseOf) -> list[SnapshotRow]:
    """All, the newest first."""
    with database.reading() as session:
        return _list(session)


@router.get("/snapshots", include_in_schema=False)
def snapshots_page(request: Request, _login: Researcher, database: DatabaseOf) -> Response:
    with database.reading() as session:
        rows = _list(session)
    return render(request, "snapshots/snapshots.html", snapshots=rows)


def _list(session: Session) -> list[SnapshotRow]:
    return [
        SnapshotRow(
            row.id,
            row.created_utc,
            [origin for origin in row.origins.split(",") if origin],
            [study for study in row.studies.split(",") if study],
            row.policy,
            row.min_raters,
            row.adjudicated,
            row.folds,
            row.trials,
            row.labels,
            row.votes,
        )
        for row in session.scalars(select(Snapshot).order_by(Snapshot.created_utc.desc(), Snapshot.id))
    ]

"""The snapshots that were made of this database: as a page and as data."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from annotate.snapshot.store import SnapshotDamagedError, read_redaction
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.snapshots import Snapshot
from server.provided import ConfigOf, DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["snapshots"])
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]


@dataclass(frozen=True)
class SnapshotRow:
    """One snapshot in the list. `studies` empty: all. `adjudicated` of its labels are an adjudicator's.

    The counts are those of the day it was made; `trials_removed` of its trials went since, with participants who
    withdrew (last on `redacted_utc`). `state`: here; redacted; missing: no folder of it on this server; damaged.
    """

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
    state: Literal["here", "redacted", "missing", "damaged"]
    trials_removed: int
    redacted_utc: str


@router.get("/api/snapshots")
def snapshots(_login: Researcher, database: DatabaseOf, config: ConfigOf) -> list[SnapshotRow]:
    """All, the newest first."""
    with database.reading() as session:
        return _list(session, config.snapshots_root)


@router.get("/snapshots", include_in_schema=False)
def snapshots_page(request: Request, _login: Researcher, database: DatabaseOf, config: ConfigOf) -> Response:
    with database.reading() as session:
        rows = _list(session, config.snapshots_root)
    return render(request, "snapshots/snapshots.html", snapshots=rows)


def _list(session: Session, root: Path) -> list[SnapshotRow]:
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
            *_on_disk(root / row.id),
        )
        for row in session.scalars(select(Snapshot).order_by(Snapshot.created_utc.desc(), Snapshot.id))
    ]


def _on_disk(folder: Path) -> tuple[Literal["here", "redacted", "missing", "damaged"], int, str]:
    """State, trials removed, when last."""
    if not folder.is_dir():
        return "missing", 0, ""
    try:
        redaction = read_redaction(folder)
    except SnapshotDamagedError:
        return "damaged", 0, ""
    if redaction is None:
        return "here", 0, ""
    return "redacted", redaction.trials_removed, redaction.last.utc

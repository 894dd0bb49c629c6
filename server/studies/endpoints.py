"""Studies as data: how far they are, and how they are rated."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import DatabaseOf, Now
from server.studies.progress import StudyProgress, all_progress
from server.studies.settings import Settings, change_settings, settings_of

router = APIRouter(prefix="/api", tags=["studies"])

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
StudyId = Annotated[str, InPath(max_length=64, description="the study's id")]

_EXAMPLE: dict[str, Any] = {
    "raters_per_instrument": 3, "er_shows_self_report": False, "fer_sound": False, "prelabel_share": 0.2,
    "gold_share": 0.05, "qualifying_score": 0.7, "trace_scale": "valence", "break_after_min": 45,
}  # fmt: skip
_PROGRESS: dict[str, Any] = {
    "study": "smiles", "title": "Smiles", "participants": 24, "recordings": 24, "trials": 336, "valid_trials": 330,
    "raters_per_instrument": 3, "last_day": "2026-07-15",
    "instruments": [
        {
            "instrument": "ER", "tasks": 330, "tasks_done": 120, "places": 990, "answered": 480,
            "per_day": [0] * 24 + [100, 120, 140, 120], "raters": 6, "at_work": 2, "pace": 120.0, "days_left": 5,
        }
    ],
}  # fmt: skip
_PROGRESS_EXAMPLES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": [_PROGRESS]}}}}
_EXAMPLES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": _EXAMPLE}}}}


@router.get("/progress", summary="How far every study is", responses=_PROGRESS_EXAMPLES)
def progress(_login: Researcher, database: DatabaseOf, now: Now) -> list[StudyProgress]:
    """By study and instrument: trials, answers, pace, and days left at that pace."""
    with database.reading() as session:
        return all_progress(session, now)


@router.get("/studies/{study}/settings", summary="How a study is rated", responses=_EXAMPLES)
def settings(study: StudyId, _login: Researcher, database: DatabaseOf) -> Settings:
    """The settings in force."""
    with database.reading() as session:
        return settings_of(session, study)[1]


@router.put("/studies/{study}/settings", summary="Change how a study is rated", responses=_EXAMPLES)
def change(study: StudyId, body: Settings, login: Researcher, database: DatabaseOf, now: Now) -> Settings:
    """All of them at once. Written into the audit log with what was before."""
    with database.transaction() as session:
        change_settings(session, study, body, now, login.account_id)
        return settings_of(session, study)[1]

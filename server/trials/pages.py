"""The list of trials and the page of one."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from annotate.scales import EMOTIONS, Instrument
from server.db.studies import Stimulus, Study
from server.db.trials import ORIGINS, VERDICTS
from server.provided import DatabaseOf, Now
from server.shell.templates import render
from server.trials.endpoints import After, Filters, Researcher, TrialId
from server.trials.finding import TrialFilters
from server.trials.listing import list_trials
from server.trials.looking import look_at
from server.trials.plane import marks_of

router = APIRouter(prefix="/trials", include_in_schema=False)

_ASKS = {Instrument.ER: "what the person feels", Instrument.FER: "what the face shows"}


@router.get("")
def trials_page(
    request: Request, _login: Researcher, database: DatabaseOf, filters: Filters, after: After = ""
) -> Response:
    with database.reading() as session:
        page = list_trials(session, filters, after)
        choices = _choices(session, filters)
    asked = _asked(filters)
    return render(
        request,
        "trials/trials.html",
        page=page,
        asked=asked,
        choices=choices,
        first="/trials" + _query(asked) if after else "",
        next="/trials" + _query({**asked, "after": page.next}) if page.next else "",
    )


@router.get("/{trial}")
def trial_page(request: Request, trial: TrialId, login: Researcher, database: DatabaseOf, now: Now) -> Response:
    with database.transaction() as session:
        found = look_at(session, login.account_id, trial, now)
    viewer = {
        "instrument": "ER",
        "media": found.media,
        "duration_ms": found.duration_ms,
        "face_offset_ms": found.face_offset_ms,
        "screen": {"width_px": found.screen_width_px, "height_px": found.screen_height_px},
    }
    return render(
        request, "trials/trial.html", trial=found, viewer=viewer, marks=marks_of(found),
        asks={instrument.value: words for instrument, words in _ASKS.items()},
    )  # fmt: skip


def _asked(filters: TrialFilters) -> dict[str, str]:
    asked = {name: value for name, value in asdict(filters).items() if isinstance(value, str) and value}
    return asked if filters.valid is None else {**asked, "valid": "yes" if filters.valid else "no"}


def _query(parts: dict[str, str]) -> str:
    return f"?{urlencode(parts)}" if parts else ""


def _choices(session: Session, filters: TrialFilters) -> dict[str, list[Any]]:
    clips = select(Stimulus.clip).distinct().order_by(Stimulus.clip)
    return {
        "study": list(session.scalars(select(Study.id).order_by(Study.id))),
        "clip": list(session.scalars(clips.where(Stimulus.study_id == filters.study) if filters.study else clips)),
        "emotion": [emotion.value for emotion in EMOTIONS],
        "origin": list(ORIGINS),
        "verdict": list(VERDICTS),
        "valid": ["yes", "no"],
    }

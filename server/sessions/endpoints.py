"""The recordings that have arrived: as pages and as data."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from collect.quality.format import SessionQuality
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.trials import ORIGINS, VERDICTS
from server.provided import DatabaseOf
from server.sessions.examples import ONE, PAGE, answered
from server.sessions.listing import RecordingPage, Wanted, list_recordings, studies
from server.sessions.one import OneRecording, one_recording, presentations_of, quality_of
from server.sessions.strips import HEIGHT, WIDTH, lost_words, strip_of
from server.shell.templates import render

router = APIRouter(tags=["recordings"])
Looker = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER)]
Reader = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER, scope="read")]
RecordingId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", description="the recording's id, that of its bundle")]
After = Annotated[str, Query(max_length=100, description="`next` of the page before")]
OfStudy = Annotated[str, Query(max_length=64, description="only of this study")]
OfVerdict = Annotated[
    str, Query(pattern=f"^({'|'.join(VERDICTS)}|none)?$", description="only of this verdict; none: without a report")
]
OfOrigin = Annotated[str, Query(pattern=f"^({'|'.join(ORIGINS)})?$", description="only of this origin")]
_NONE: dict[int | str, dict[str, Any]] = {404: {"description": "there is no such recording, or it was withdrawn"}}


@router.get("/api/recordings", summary="Recordings, the latest ingested first", responses=answered(PAGE))
def recordings(
    _login: Reader,
    database: DatabaseOf,
    study: OfStudy = "",
    verdict: OfVerdict = "",
    origin: OfOrigin = "",
    after: After = "",
) -> RecordingPage:
    """Fifty at a time."""
    with database.reading() as session:
        return list_recordings(session, Wanted(study, verdict, origin), after)


@router.get("/api/recordings/{recording}", summary="One recording with its trials", responses=_NONE | answered(ONE))
def recording(recording: RecordingId, _login: Reader, database: DatabaseOf) -> OneRecording:
    """Devices, consent, and for each trial its verdict with the reasons."""
    with database.reading() as session:
        return one_recording(session, recording)


@router.get("/api/recordings/{recording}/quality", summary="The quality report of a recording", responses=_NONE)
def quality(recording: RecordingId, _login: Reader, database: DatabaseOf) -> SessionQuality | None:
    """As the lab PC wrote it; null where none came along."""
    with database.reading() as session:
        return quality_of(session, recording)


@router.get("/recordings", include_in_schema=False)
def recordings_page(
    request: Request,
    _login: Looker,
    database: DatabaseOf,
    study: OfStudy = "",
    verdict: OfVerdict = "",
    origin: OfOrigin = "",
    after: After = "",
) -> Response:
    chosen = {"study": study, "verdict": verdict, "origin": origin}
    with database.reading() as session:
        page = list_recordings(session, Wanted(**chosen), after)
        known = studies(session)
    return render(
        request,
        "sessions/recordings.html",
        page=page,
        after=after,
        chosen=chosen,
        filters=urlencode({name: value for name, value in chosen.items() if value}),
        choices={"study": known, "verdict": (*VERDICTS, "none"), "origin": ORIGINS},
    )


@router.get("/recordings/{recording}", include_in_schema=False)
def recording_page(request: Request, recording: RecordingId, login: Looker, database: DatabaseOf) -> Response:
    with database.reading() as session:
        found = one_recording(session, recording)
        report = quality_of(session, recording)
    of_trial = presentations_of(report)
    return render(
        request,
        "sessions/recording.html",
        recording=found,
        report=report,
        strips={number: strip_of(one) for number, one in of_trial.items()},
        lost={number: lost_words(one) for number, one in of_trial.items()},
        strip_size=(WIDTH, HEIGHT),
        opens_trials=login.role in (Role.RESEARCHER, Role.ADMIN),
    )

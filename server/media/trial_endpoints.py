"""Faces, clips and gaze of a trial, for those who look at trials: adjudicators and researchers."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.media.access import Medium, files_of_trial
from server.media.endpoints import GAZE_RESPONSES, VIDEO_RESPONSES
from server.media.serving import respond
from server.provided import DatabaseOf, MediaOf, Now

router = APIRouter(prefix="/media/trials", tags=["media"])

TrialId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the trial's public id")]
Viewer = Annotated[Login, require_role(Role.ADJUDICATOR, Role.RESEARCHER)]


@router.head("/{trial}/face", include_in_schema=False)
@router.get("/{trial}/face", response_class=Response, responses=VIDEO_RESPONSES, summary="The face of a trial")
def face(trial: TrialId, login: Viewer, database: DatabaseOf, media: MediaOf, now: Now) -> Response:
    """The face video, in ranges."""
    return _medium(trial, Medium.FACE, login, database, media, now)


@router.head("/{trial}/stimulus", include_in_schema=False)
@router.get("/{trial}/stimulus", response_class=Response, responses=VIDEO_RESPONSES, summary="The clip of a trial")
def stimulus(trial: TrialId, login: Viewer, database: DatabaseOf, media: MediaOf, now: Now) -> Response:
    """The clip that was shown. Whoever fetches it is not given this trial's FER any more."""
    return _medium(trial, Medium.STIMULUS, login, database, media, now)


@router.head("/{trial}/gaze", include_in_schema=False)
@router.get("/{trial}/gaze", response_class=JSONResponse, responses=GAZE_RESPONSES, summary="The gaze of a trial")
def gaze(trial: TrialId, login: Viewer, database: DatabaseOf, media: MediaOf, now: Now) -> Response:
    """Gaze, pupil, fixations and blinks. Whoever fetches them is not given this trial's FER any more."""
    return _medium(trial, Medium.GAZE, login, database, media, now)


def _medium(trial: str, medium: Medium, login: Login, database: DatabaseOf, media: MediaOf, now: Now) -> Response:
    # A face tells nothing that has to be noted, so its ranges need not wait for whoever writes.
    with database.reading() if medium is Medium.FACE else database.transaction() as session:
        files = files_of_trial(session, login.account_id, trial, medium, now)
    return respond(media, medium, files)

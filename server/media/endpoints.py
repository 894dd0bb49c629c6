"""Faces, clips and gaze, under the random id of the task that a rater holds."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from starlette.responses import Response

from server.accounts.access import SignedIn
from server.media.access import Medium, files_for
from server.media.gaze_series import gaze_series
from server.media.video_response import VideoResponse
from server.provided import DatabaseOf, MediaOf

router = APIRouter(prefix="/media", tags=["media"])

MediaId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the task's random id")]

_VIDEO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}}, "description": "the whole video"},
    206: {"content": {"video/mp4": {}}, "description": "the range that was asked for"},
}


@router.get("/{media_id}/face", response_class=Response, responses=_VIDEO)
def face(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> Response:
    """The face video."""
    return _video(media_id, Medium.FACE, login, database, media)


@router.get("/{media_id}/stimulus", response_class=Response, responses=_VIDEO)
def stimulus(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> Response:
    """The clip that was shown; ER only."""
    return _video(media_id, Medium.STIMULUS, login, database, media)


@router.get("/{media_id}/gaze", response_class=JSONResponse)
def gaze(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> JSONResponse:
    """Gaze, pupil, fixations and blinks on the clip's clock, thinned for drawing; ER only."""
    with database.reading() as session:
        files = files_for(session, login.account_id, media_id, Medium.GAZE)
    events = media.path(files.eye_events_sha256) if files.eye_events_sha256 else None
    return JSONResponse(gaze_series(media.path(files.sha256), events), headers={"Cache-Control": "private, no-store"})


def _video(media_id: str, medium: Medium, login: SignedIn, database: DatabaseOf, media: MediaOf) -> VideoResponse:
    with database.reading() as session:
        files = files_for(session, login.account_id, media_id, medium)
    return VideoResponse(media.path(files.sha256))

"""Faces, clips and gaze, under the random id of the task that a rater holds."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from starlette.responses import Response

from server.accounts.access import SignedIn
from server.accounts.logins import Login
from server.media.access import Medium, files_for
from server.media.serving import respond
from server.provided import DatabaseOf, MediaOf

router = APIRouter(prefix="/media", tags=["media"])

MediaId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the task's random id")]

VIDEO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}, "video/webm": {}}, "description": "the whole video"},
    206: {"content": {"video/mp4": {}, "video/webm": {}}, "description": "the range that was asked for"},
    404: {"description": "there is none, or it is not for whoever asks"},
    416: {"description": "the range lies beyond the end"},
}
GAZE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "lists for drawing, on the clip's clock",
        "content": {
            "application/json": {
                "example": {
                    "t_ms": [6.2, 18.8],
                    "x": [640.5, None],
                    "y": [360.1, None],
                    "pupil": [912.4, None],
                    "fixations": [{"start_ms": 0.0, "end_ms": 12.0, "x": 640.2, "y": 360.0}],
                    "blinks": [{"start_ms": 12.0, "end_ms": 140.0}],
                }
            }
        },
    },
    404: {"description": "there is none, or it is not for whoever asks"},
}


@router.head("/{media_id}/face", include_in_schema=False)
@router.get("/{media_id}/face", response_class=Response, responses=VIDEO_RESPONSES, summary="The face of a task")
def face(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> Response:
    """The face video, in ranges, to whoever holds a place of the task."""
    return _medium(media_id, Medium.FACE, login, database, media)


@router.head("/{media_id}/stimulus", include_in_schema=False)
@router.get("/{media_id}/stimulus", response_class=Response, responses=VIDEO_RESPONSES, summary="The clip of a task")
def stimulus(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> Response:
    """The clip that was shown; ER only."""
    return _medium(media_id, Medium.STIMULUS, login, database, media)


@router.head("/{media_id}/gaze", include_in_schema=False)
@router.get("/{media_id}/gaze", response_class=JSONResponse, responses=GAZE_RESPONSES, summary="The gaze of a task")
def gaze(media_id: MediaId, login: SignedIn, database: DatabaseOf, media: MediaOf) -> Response:
    """Gaze, pupil, fixations and blinks on the clip's clock, thinned for drawing; ER only."""
    return _medium(media_id, Medium.GAZE, login, database, media)


def _medium(media_id: str, medium: Medium, login: Login, database: DatabaseOf, media: MediaOf) -> Response:
    with database.reading() as session:
        files = files_for(session, login.account_id, media_id, medium)
    return respond(media, medium, files)

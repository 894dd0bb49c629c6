"""Files of the store as responses: video in ranges, gaze as lists for drawing."""

from fastapi.responses import JSONResponse
from starlette.responses import Response

from annotate.media_store import MediaMissingError, MediaStore
from server.media.access import Files, Medium
from server.media.errors import NoSuchMediumError
from server.media.gaze_series import gaze_series
from server.media.video_response import MEDIA_HEADERS, VideoResponse


def respond(media: MediaStore, medium: Medium, files: Files) -> Response:
    """The medium itself. Raises NoSuchMediumError where the store has lost it, or it was withdrawn a moment ago."""
    try:
        path = media.path(files.sha256)
        if medium is not Medium.GAZE:
            return VideoResponse(path)
        events = media.path(files.eye_events_sha256) if files.eye_events_sha256 else None
        return JSONResponse(gaze_series(path, events), headers=MEDIA_HEADERS)
    except (MediaMissingError, FileNotFoundError):
        raise NoSuchMediumError(
            "This recording is not in the media store any more: it was withdrawn, or the store needs to be restored "
            "from its backup"
        ) from None

"""A video as a response that says nothing but the video."""

import os
from pathlib import Path

from fastapi.responses import FileResponse

#: Clips may be MP4 or WebM; the store keeps no names, so the first bytes tell.
_WEBM_MAGIC = b"\x1a\x45\xdf\xa3"


class VideoResponse(FileResponse):
    """Ranges as usual, but no ETag and no Last-Modified: the time of ingest would tell which trials belong together.

    Every video has the same file name. Faces are personal data: no cache keeps them.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            media_type=_content_type(path),
            filename="clip.mp4",
            content_disposition_type="inline",
            headers={"Cache-Control": "private, no-store"},
        )

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        self.headers.setdefault("content-length", str(stat_result.st_size))

    def _should_use_range(self, http_if_range: str) -> bool:
        # Without validators there is nothing that an If-Range could match.
        return False


def _content_type(path: Path) -> str:
    with path.open("rb") as file:
        return "video/webm" if file.read(4) == _WEBM_MAGIC else "video/mp4"

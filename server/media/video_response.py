"""A video as a response that says nothing but the video."""

import os
from pathlib import Path

from fastapi.responses import FileResponse

#: Clips may be MP4 or WebM; the store keeps no names, so the first bytes tell.
_WEBM_MAGIC = b"\x1a\x45\xdf\xa3"

#: On every medium. Somebody's file is only ever data to the browser: opened on its own it may run and load nothing.
MEDIA_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class VideoResponse(FileResponse):
    """Ranges as usual, but no ETag and no Last-Modified: the time of ingest would tell which trials belong together.

    Every video has the same file name. Faces are personal data: no cache keeps them.
    """

    #: A player asks for one stretch at a time. Whoever asks for more than a few gets the whole file, unsliced.
    max_ranges = 8

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            media_type=_content_type(path),
            filename="clip.mp4",
            content_disposition_type="inline",
            headers=MEDIA_HEADERS,
        )

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        self.headers.setdefault("content-length", str(stat_result.st_size))

    def _should_use_range(self, http_if_range: str) -> bool:
        # Without validators there is nothing that an If-Range could match.
        return False


def _content_type(path: Path) -> str:
    with path.open("rb") as file:
        return "video/webm" if file.read(4) == _WEBM_MAGIC else "video/mp4"

"""Whether the server can do its work: asked by whoever starts it and by the proxy before it."""

import logging
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import text

from server.db.engine import Database
from server.db.revisions import newest_revision, revision_of
from server.operations.metrics import free_bytes

_log = logging.getLogger(__name__)
#: Less than a long session's video: the next upload would not fit.
LEAST_FREE_BYTES = 2 * 1024**3
OK = "ok"

_newest = cache(newest_revision)


def readiness(database: Database, media: Path) -> dict[str, str]:
    """What was checked, and 'ok' or what is wrong in words. Anybody may ask, so no folder or address is told."""
    return {**_database(database), "media": _media(media), "disk": _disk(media)}


def _database(database: Database) -> dict[str, str]:
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
            revision = revision_of(session.connection())
    except Exception as error:
        _log.warning("the database does not answer: %s", type(error).__name__)
        return {"database": "does not answer", "revision": "not known"}
    right = revision == _newest()
    return {"database": OK, "revision": OK if right else "another than this version needs; run `duchenne db upgrade`"}


def _media(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        _log.warning("the media folder cannot be written to: %s", error.strerror)
        return f"cannot be written to ({error.strerror})"
    return OK


def _disk(folder: Path) -> str:
    try:
        free = free_bytes(folder)
    except OSError as error:
        return f"cannot be asked ({error.strerror})"
    return OK if free >= LEAST_FREE_BYTES else f"only {free / 1024**3:.1f} GiB are free; make room"

"""What an application provides to its endpoints: the database, the media store, its configuration, the time.

There is no dependency that hands out a transaction: FastAPI ends such a one after the response has left, and a label
may be acknowledged only when it is committed. Endpoints open `database.transaction()` themselves, one a request.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from annotate.media_store import MediaStore
from server.config import ServerConfig
from server.db.engine import Database


def database_of(request: Request) -> Database:
    database = request.app.state.database
    assert isinstance(database, Database)
    return database


def media_of(request: Request) -> MediaStore:
    media = request.app.state.media
    assert isinstance(media, MediaStore)
    return media


def config_of(request: Request) -> ServerConfig:
    config = request.app.state.config
    assert isinstance(config, ServerConfig)
    return config


def now_utc() -> datetime:
    """The time of the request. Tests put their own clock here (`app.dependency_overrides`)."""
    return datetime.now(UTC)


def time_of(request: Request) -> datetime:
    """`now_utc`, or the clock that a test has put in its place."""
    now: datetime = request.app.dependency_overrides.get(now_utc, now_utc)()
    return now


# FastAPI sends a plain function to a thread, which takes longer than any of these; an `async` one it calls at once.
async def _database(request: Request) -> Database:
    return database_of(request)


async def _media(request: Request) -> MediaStore:
    return media_of(request)


async def _config(request: Request) -> ServerConfig:
    return config_of(request)


async def _now(request: Request) -> datetime:
    return time_of(request)


DatabaseOf = Annotated[Database, Depends(_database)]
MediaOf = Annotated[MediaStore, Depends(_media)]
ConfigOf = Annotated[ServerConfig, Depends(_config)]
Now = Annotated[datetime, Depends(_now)]

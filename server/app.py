"""The application: one database, one media store, and the pages and endpoints of every slice."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text

from annotate.media_store import MediaStore
from server.accounts.router import router as accounts
from server.audit.endpoints import router as audit
from server.config import ServerConfig
from server.db.revisions import open_database
from server.home.pages import router as home
from server.media.endpoints import router as media
from server.media.trial_endpoints import router as trial_media
from server.participants.endpoints import router as participants
from server.predictions.endpoints import router as predictions
from server.provided import DatabaseOf
from server.rating.endpoints import router as rating_api
from server.rating.pages import router as rating_pages
from server.sessions.endpoints import router as sessions
from server.shell.wiring import install_shell
from server.snapshots.endpoints import router as snapshots


def create_app(config: ServerConfig) -> FastAPI:
    """An application on an upgraded database. Raises the errors of server.db.errors."""
    database = open_database(config.database_url)

    @contextlib.asynccontextmanager
    async def close_at_the_end(_app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    # Documentation pages of FastAPI load scripts from elsewhere, which the pages' policy forbids; the document stays.
    app = FastAPI(
        title="Duchenne", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=close_at_the_end
    )
    app.state.config = config
    app.state.database = database
    app.state.media = MediaStore(config.media_root)
    for router in (
        accounts,
        audit,
        home,
        rating_api,
        rating_pages,
        media,
        trial_media,
        sessions,
        participants,
        snapshots,
        predictions,
    ):
        app.include_router(router)
    app.add_api_route("/healthz", healthz, methods=["GET"], include_in_schema=False)
    install_shell(app)
    return app


def healthz(database: DatabaseOf) -> JSONResponse:
    """200 if the server runs and its database answers."""
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})

"""The application: one database, one media store, and the pages and endpoints of every slice."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from annotate.media_bucket import open_media
from server.accounts.router import router as accounts
from server.adjudication.router import router as adjudication
from server.agreement.router import router as agreement
from server.audit.endpoints import router as audit
from server.bias.endpoints import router as bias
from server.config import ServerConfig
from server.db.revisions import open_database
from server.exports.endpoints import router as exports
from server.exports.pages import router as export_pages
from server.gap.router import router as gap
from server.home.pages import router as home
from server.media.endpoints import router as media
from server.media.trial_endpoints import router as trial_media
from server.models.endpoints import router as models
from server.operations.wiring import install_operations
from server.participants.endpoints import router as participants
from server.predictions.endpoints import router as predictions
from server.rating.endpoints import router as rating_api
from server.rating.pages import router as rating_pages
from server.sessions.endpoints import router as sessions
from server.shell.wiring import install_shell
from server.snapshots.endpoints import router as snapshots
from server.studies.endpoints import router as studies
from server.studies.pages import router as study_pages
from server.taking_in import upload_worker
from server.training.router import router as training
from server.trials.endpoints import router as trials
from server.trials.pages import router as trial_pages
from server.uploads.endpoints import router as uploads
from server.uploads.pages import router as upload_pages


def create_app(config: ServerConfig) -> FastAPI:
    """An application on an upgraded database. Raises the errors of server.db.errors."""
    database = open_database(config.database_url)
    store = open_media(config.media_root, config.media_bucket, config.media_cache_bytes)
    worker = upload_worker(config, database, store)

    @contextlib.asynccontextmanager
    async def work_meanwhile(_app: FastAPI) -> AsyncIterator[None]:
        worker.start()
        yield
        worker.stop()
        database.close()

    # Documentation pages of FastAPI load scripts from elsewhere, which the pages' policy forbids; the document stays.
    app = FastAPI(
        title="Duchenne", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=work_meanwhile
    )
    app.state.config = config
    app.state.database = database
    app.state.media = store
    app.state.upload_worker = worker
    # Routes are tried in turn: what is asked most comes first.
    for router in (
        rating_api,
        accounts,
        audit,
        agreement,
        home,
        rating_pages,
        media,
        trial_media,
        sessions,
        uploads,
        upload_pages,
        participants,
        trials,
        trial_pages,
        exports,
        export_pages,
        studies,
        study_pages,
        models,
        snapshots,
        predictions,
        adjudication,
        training,
        gap,
        bias,
    ):
        app.include_router(router)
    install_shell(app)
    install_operations(app)
    return app

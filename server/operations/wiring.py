"""Everything that watching over the server adds to an application."""

from fastapi import FastAPI

from server.operations.endpoints import router
from server.operations.metrics import Metrics
from server.operations.watching import Watching


def install_operations(app: FastAPI) -> None:
    """Health, metrics, and one line of log a request. Comes last: its middleware must be the outermost."""
    app.state.metrics = Metrics()
    app.include_router(router)
    app.add_middleware(Watching, metrics=app.state.metrics)

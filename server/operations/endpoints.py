"""What whoever runs the server asks it: is it alive, can it work, how much does it do."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict

from server.accounts.access import identified_as, optional_login
from server.accounts.whence import is_on_this_machine
from server.db.accounts import Role
from server.operations.health import OK, readiness
from server.operations.metrics import Metrics
from server.provided import ConfigOf, DatabaseOf, Now

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class Ready(BaseModel):
    """`checks`: 'ok', or what is wrong in words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "ok", "checks": {"database": "ok", "revision": "ok", "media": "ok", "disk": "ok"}}]
        }
    )

    status: str
    checks: dict[str, str]


@router.get("/healthz", summary="Whether the process answers")
async def healthz() -> Alive:
    """Asks nothing else: a server whose database is away is to be mended, not to be killed."""
    return Alive(status=OK)


@router.get(
    "/readyz",
    summary="Whether the server can do its work",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "something is wrong; the checks say what"}},
)
def readyz(database: DatabaseOf, config: ConfigOf) -> Response:
    """The database answers and has the right revision, media can be written, the disk is not full."""
    checks = readiness(database, config.media_root)
    is_ready = set(checks.values()) == {OK}
    content = {"status": OK if is_ready else "not ready", "checks": checks}
    return JSONResponse(content, status_code=200 if is_ready else 503)


def _may_read_metrics(request: Request, database: DatabaseOf, now: Now) -> None:
    if not is_on_this_machine(request):
        identified_as(optional_login(request, database, now), request, Role.ADMIN, scope="metrics")


_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"example": "# TYPE duchenne_logins gauge\nduchenne_logins 3.0\n"}}}
}


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
    responses=_TEXT,
    dependencies=[Depends(_may_read_metrics)],
)
def metrics(request: Request, database: DatabaseOf, config: ConfigOf, now: Now) -> Response:
    """Open to programs on the server's own machine; from elsewhere with a token of scope 'metrics'."""
    kept: Metrics = request.app.state.metrics
    folders = (("media", config.media_root), ("uploads", config.uploads), ("snapshots", config.snapshots_root))
    with database.reading() as session:
        content = kept.exposition(session, folders, now)
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})

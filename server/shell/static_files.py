"""Style sheets and scripts: `/static/<slice>/<file>` lies at server/<slice>/static/<file>."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

_SERVER = Path(__file__).resolve().parent.parent


class _Revalidated(StaticFiles):
    """Scripts import each other by plain names, so a browser must ask before it uses an old copy."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve every slice's `static` folder."""
    for folder in sorted(_SERVER.glob("*/static")):
        app.mount(f"/static/{folder.parent.name}", _Revalidated(directory=folder))

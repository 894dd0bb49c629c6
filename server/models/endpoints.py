"""Models as a page and as data, and the pages that training and the nights wrote."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.models.listing import ModelRow, list_models
from server.models.reports import MODEL, NIGHT, night_page, nights, report_page
from server.provided import ConfigOf, DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["models"])

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
ModelId = Annotated[str, InPath(pattern=MODEL, description="the model's id")]
Night = Annotated[str, InPath(pattern=NIGHT, description="the page's name without its ending")]

#: These pages come from files that another program wrote: they may show what is in them, and do nothing at all.
_SANDBOX = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}

_EXAMPLE: list[dict[str, Any]] = [
    {
        "id": "m0123456789abcdef", "recipe": "emert_small", "trained_on": "s0123456789abcdef",
        "created_utc": "2026-07-01T03:10:00Z", "simulated": False, "predicted_on": ["s0123456789abcdef"],
        "imported_utc": "2026-07-01T03:12:00Z", "exposed_to": [], "snapshot_redacted": False, "here": True,
        "warnings": [],
        "scores": [
            {
                "instrument": "ER", "recipe": "emert_small", "ours": True,
                "war": {"value": 0.61, "low": 0.52, "high": 0.7}, "uar": {"value": 0.48, "low": 0.4, "high": 0.57},
                "trials": 240, "participants": 24,
            }
        ],
    }
]  # fmt: skip


@router.get(
    "/api/models",
    summary="Trained models, what they can do and what they have seen",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def models(_login: Researcher, database: DatabaseOf, config: ConfigOf) -> list[ModelRow]:
    """The newest first. Scores are on people that the weights never saw, with 95 % intervals over participants."""
    with database.reading() as session:
        return list_models(session, config.models_root, config.snapshots_root)


@router.get("/models", include_in_schema=False)
def models_page(request: Request, _login: Researcher, database: DatabaseOf, config: ConfigOf) -> Response:
    with database.reading() as session:
        found = list_models(session, config.models_root, config.snapshots_root)
    return render(request, "models/models.html", models=found, nights=nights(config.reports_root))


# A night's page links to ../models/ID/report.html, as the folders lie beside each other: the addresses do so too.
@router.get("/models/{model}/report.html", include_in_schema=False)
def model_report(model: ModelId, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(report_page(config.models_root, model).read_bytes(), headers=_SANDBOX)


@router.get("/nights/{night}.html", include_in_schema=False)
def night_report(night: Night, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(night_page(config.reports_root, night).read_bytes(), headers=_SANDBOX)

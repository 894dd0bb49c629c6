"""Models, who of them serves, and benchmarks: as a page, as data, and the pages that training and nights wrote."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.predictions import run_in_service
from server.models.benchmarks import BenchmarkRow, list_benchmarks
from server.models.champion import Champion, read_champion
from server.models.errors import LedgerUnreadableError
from server.models.listing import ModelRow, list_models
from server.models.reports import (
    BENCHMARK,
    MODEL,
    NIGHT,
    benchmark_page,
    night_page,
    nights,
    replay_page,
    report_page,
)  # fmt: skip
from server.provided import ConfigOf, DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["models"])

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
ModelId = Annotated[str, InPath(pattern=MODEL, description="the model's id")]
BenchmarkId = Annotated[str, InPath(pattern=BENCHMARK, description="the benchmark's id")]
Night = Annotated[str, InPath(pattern=NIGHT, description="the page's name without its ending")]

#: These pages come from files that another program wrote: they may show what is in them, and do nothing at all.
_SANDBOX = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}
#: Replays of the queue's order lie among the models.
ReplayDigits = Annotated[str, InPath(pattern=r"^[0-9a-f]{16}$", description="the replay's id, less its first word")]

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

_DECISION = {
    "at_utc": "2026-07-01T03:10:00Z", "decision": "promoted", "serves": "m0123456789abcdef",
    "served": "mfedcba9876543210", "proven": True,
    "reason": "m0123456789abcdef is better than mfedcba9876543210: +6.0 points of UAR, 95 % interval +2.9 to +9.2.",
}  # fmt: skip
_CHAMPION = {
    "model": "m0123456789abcdef", "proven": True, "instead_of": "mfedcba9876543210", "since": _DECISION,
    "last": _DECISION,
}  # fmt: skip
_BENCHMARKS = [
    {
        "id": "benchmark-0123456789abcdef", "created_utc": "2026-07-01T13:10:00Z", "snapshot": "s0123456789abcdef",
        "snapshot_redacted": False, "simulated": False, "shuffled": None, "folds": 5, "seeds": 3,
        "recipes": ["emert", "late_fusion"],
        "uar": {"ER": {"value": 0.48, "low": 0.4, "high": 0.57}, "FER": {"value": 0.55, "low": 0.49, "high": 0.6}},
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


@router.get(
    "/api/champion",
    summary="Which model serves, since when, in whose place and why",
    responses={200: {"content": {"application/json": {"example": _CHAMPION}}}},
)
def champion(_login: Researcher, config: ConfigOf) -> Champion | None:
    """By the ledger of the nights; null where no night has decided. `duchenne champion history` shows all decisions."""
    return read_champion(config.models_root)


@router.get(
    "/api/benchmarks",
    summary="Benchmarks of recipes",
    responses={200: {"content": {"application/json": {"example": _BENCHMARKS}}}},
)
def benchmarks(_login: Researcher, config: ConfigOf) -> list[BenchmarkRow]:
    """The newest first. Its whole report is the page `/benchmarks/{id}/report.html`."""
    return list_benchmarks(config.models_root, config.snapshots_root)


@router.get("/models", include_in_schema=False)
def models_page(request: Request, _login: Researcher, database: DatabaseOf, config: ConfigOf) -> Response:
    with database.reading() as session:
        found = list_models(session, config.models_root, config.snapshots_root)
        in_service = run_in_service(session)
    serves, unreadable = None, ""
    try:
        serves = read_champion(config.models_root)
    except LedgerUnreadableError as error:  # the rest of the page is as good as ever
        unreadable = str(error)
    return render(
        request, "models/models.html", models=found, nights=nights(config.reports_root), champion=serves,
        unreadable=unreadable, in_service=in_service[0] if in_service else None,
        benchmarks=list_benchmarks(config.models_root, config.snapshots_root),
    )  # fmt: skip


# A night's page links to ../models/ID/report.html, as the folders lie beside each other: the addresses do so too.
@router.get("/models/replay-{digits}/report.html", include_in_schema=False)
def replay_report(digits: ReplayDigits, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(replay_page(config.models_root, f"replay-{digits}").read_bytes(), headers=_SANDBOX)


@router.get("/models/{model}/report.html", include_in_schema=False)
def model_report(model: ModelId, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(report_page(config.models_root, model).read_bytes(), headers=_SANDBOX)


@router.get("/benchmarks/{benchmark}/report.html", include_in_schema=False)
def benchmark_report(benchmark: BenchmarkId, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(benchmark_page(config.models_root, benchmark).read_bytes(), headers=_SANDBOX)


@router.get("/nights/{night}.html", include_in_schema=False)
def night_report(night: Night, _login: Researcher, config: ConfigOf) -> Response:
    return HTMLResponse(night_page(config.reports_root, night).read_bytes(), headers=_SANDBOX)

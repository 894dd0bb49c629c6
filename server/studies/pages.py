"""The pages of progress and of a study's settings."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import Response

from annotate.scales import Instrument
from server.provided import DatabaseOf, Now
from server.shell.templates import render
from server.studies.chart import bars_of
from server.studies.endpoints import Researcher, StudyId
from server.studies.progress import all_progress
from server.studies.settings import Settings, change_settings, purposes_of, settings_of

router = APIRouter(include_in_schema=False)

#: Shown and typed in percent.
PERCENT = frozenset({"prelabel_share", "gold_share", "qualifying_score"})
TICKED = frozenset({"er_shows_self_report", "fer_sound"})


@router.get("/progress")
def progress_page(request: Request, _login: Researcher, database: DatabaseOf, now: Now) -> Response:
    with database.reading() as session:
        studies = all_progress(session, now)
    charts = {study.study: bars_of(study) for study in studies}
    return render(request, "studies/progress.html", studies=studies, charts=charts)


@router.get("/studies/{study}/settings")
def settings_page(
    request: Request, study: StudyId, _login: Researcher, database: DatabaseOf, saved: bool = False
) -> Response:
    with database.reading() as session:
        _, now_in_force = settings_of(session, study)
    return _page(request, study, database, as_typed(now_in_force), {}, saved=saved)


@router.post("/studies/{study}/settings")
async def change_by_form(
    request: Request, study: StudyId, login: Researcher, database: DatabaseOf, now: Now
) -> Response:
    """303 to the page; the page again, with what does not fit beside its field."""
    typed, complaints, wanted = read_form(await request.form())
    if wanted is None:
        return _page(request, study, database, typed, complaints)
    with database.transaction() as session:
        change_settings(session, study, wanted, now, login.account_id)
    return RedirectResponse(f"/studies/{quote(study)}/settings?saved=true", status_code=303)


def as_typed(settings: Settings) -> dict[str, str]:
    """The settings as a form has them: shares in percent, ticks as 'on' or ''."""
    typed = {}
    for name, value in settings.model_dump().items():
        if name in TICKED:
            typed[name] = "on" if value else ""
        else:
            typed[name] = f"{round(value * 100, 4):g}" if name in PERCENT else str(value)
    return typed


def read_form(form: FormData) -> tuple[dict[str, str], dict[str, str], Settings | None]:
    """What was typed, what does not fit by field, and the settings where all fits."""
    typed = {name: str(form.get(name, "")).strip()[:40] for name in Settings.model_fields}
    values: dict[str, Any] = dict(typed)
    complaints = {}
    for name in TICKED:
        values[name] = typed[name] == "on"
    for name in PERCENT:
        try:
            values[name] = round(float(typed[name].replace(",", ".")) / 100, 6)
        except ValueError:
            complaints[name] = "expected a number from 0 to 100"
            values[name] = 0.0
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            complaints.setdefault(str(problem["loc"][0]), _in_words(str(problem["loc"][0]), problem["msg"]))
        return typed, complaints, None
    return typed, complaints, None if complaints else settings


def _in_words(name: str, complaint: str) -> str:
    limits = {"raters_per_instrument": "a whole number from 1 to 50", "break_after_min": "whole minutes from 0 to 600"}
    return f"expected {limits.get(name, 'a number from 0 to 100' if name in PERCENT else complaint)}"


def _page(
    request: Request,
    study_id: str,
    database: DatabaseOf,
    typed: dict[str, str],
    complaints: dict[str, str],
    *,
    saved: bool = False,
) -> Response:
    with database.reading() as session:
        study, _ = settings_of(session, study_id)
        purposes = purposes_of(session, study_id)
    missing = [
        (purpose, [each.value for each in Instrument if not purposes.get((purpose, each.value))])
        for purpose in ("training", "gold")
    ]
    return render(
        request,
        "studies/settings.html",
        status_code=422 if complaints else 200,
        study=study,
        typed=typed,
        complaints=complaints,
        missing={purpose: instruments for purpose, instruments in missing if instruments},
        saved=saved,
    )

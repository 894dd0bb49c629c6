"""The pages /agreement, /raters and /raters/{pseudonym}."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from annotate.scales import Instrument
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.agreement import service
from server.agreement.endpoints import Pseudonym
from server.agreement.filters import ORIGINS, Filters, FiltersOf
from server.agreement.keeping import KeptFigures, KeptFiguresOf
from server.agreement.reading import origins_present, studies
from server.agreement.views import NAMES
from server.db.accounts import Role
from server.provided import DatabaseOf, Now
from server.shell.templates import render

router = APIRouter(include_in_schema=False)
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]


@router.get("/agreement")
def agreement_page(
    request: Request, _login: Researcher, database: DatabaseOf, kept: KeptFiguresOf, chosen: FiltersOf
) -> Response:
    with database.reading() as session:
        document = service.agreement(session, kept, chosen)
        around = _around(session, kept, chosen, empty=not document.instruments)
    return render(request, "agreement/agreement.html", document=document, **around)


@router.get("/raters")
def raters_page(
    request: Request, _login: Researcher, database: DatabaseOf, kept: KeptFiguresOf, chosen: FiltersOf, now: Now
) -> Response:
    with database.reading() as session:
        document = service.raters(session, kept, chosen, now.date())
        nothing = not any(rater.instruments for rater in document.raters)
        around = _around(session, kept, chosen, empty=nothing)
    tables = [(instrument, _rated(document.raters, instrument)) for instrument in Instrument]
    return render(
        request,
        "agreement/raters.html",
        document=document,
        tables=[(instrument, rows) for instrument, rows in tables if rows],
        idle=[rater for rater in document.raters if not rater.instruments],
        **around,
    )


@router.get("/raters/{pseudonym}")
def rater_page(
    request: Request,
    _login: Researcher,
    database: DatabaseOf,
    kept: KeptFiguresOf,
    chosen: FiltersOf,
    now: Now,
    pseudonym: Pseudonym,
) -> Response:
    with database.reading() as session:
        document = service.one_rater(session, kept, chosen, pseudonym, now.date())
        around = _around(session, kept, chosen, empty=not document.rater.instruments)
    over_time = {one.instrument: one for one in document.over_time}
    return render(request, "agreement/rater.html", document=document, over_time=over_time, **around)


def _rated(raters: list[Any], instrument: Instrument) -> list[tuple[Any, Any]]:
    """(rater, figures) under one instrument, whoever goes least with the others first."""
    found = [(rater, own) for rater in raters for own in rater.instruments if own.instrument == instrument]
    return sorted(found, key=lambda pair: (pair[1].alpha is None, pair[1].alpha.value if pair[1].alpha else 0.0))


def _around(session: Session, kept: KeptFigures, chosen: Filters, *, empty: bool) -> dict[str, Any]:
    return NAMES | {
        "chosen": chosen,
        "studies": studies(session),
        "origins": ORIGINS,
        "present": origins_present(session),
        "elsewhere": service.seen_elsewhere(session, kept, chosen) if empty else 0,
    }

"""Agreement and raters, as data."""

from typing import Annotated

from fastapi import APIRouter, Path

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.agreement import examples, service
from server.agreement.documents import AgreementDocument, OneRaterDocument, RatersDocument
from server.agreement.filters import FiltersOf
from server.agreement.keeping import KeptFiguresOf
from server.db.accounts import Role
from server.provided import DatabaseOf, Now

router = APIRouter(tags=["agreement"])
ResearcherOrToken = Annotated[Login, require_role(Role.RESEARCHER, scope="read")]
Pseudonym = Annotated[str, Path(max_length=16, description="the rater's pseudonym")]


@router.get("/api/agreement", summary="How far raters agree, by field", responses=examples.example(examples.AGREEMENT))
def agreement(
    _login: ResearcherOrToken, database: DatabaseOf, kept: KeptFiguresOf, chosen: FiltersOf
) -> AgreementDocument:
    """Of each instrument and field the right statistics with their intervals over participants, overall and by week.

    Counted are each rater's last answers before a model's label was shown; not answers to training trials, nor those
    that say that there is no face or that the recording is unusable.
    """
    with database.reading() as session:
        return service.agreement(session, kept, chosen)


@router.get("/api/raters", summary="Each rater against the others", responses=examples.example(examples.RATERS))
def raters(
    _login: ResearcherOrToken, database: DatabaseOf, kept: KeptFiguresOf, chosen: FiltersOf, now: Now
) -> RatersDocument:
    """All who may rate or have rated. Days are those of UTC."""
    with database.reading() as session:
        return service.raters(session, kept, chosen, now.date())


@router.get("/api/raters/{pseudonym}", summary="One rater over time", responses=examples.example(examples.ONE_RATER))
def one_rater(
    _login: ResearcherOrToken,
    database: DatabaseOf,
    kept: KeptFiguresOf,
    chosen: FiltersOf,
    now: Now,
    pseudonym: Pseudonym,
) -> OneRaterDocument:
    """The figures of the list, and how they went week by week. 404 if nobody has the pseudonym."""
    with database.reading() as session:
        return service.one_rater(session, kept, chosen, pseudonym, now.date())

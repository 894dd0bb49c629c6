"""Calls of the adjudication page."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from annotate.scales import Instrument
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.adjudication.counting import count_anew
from server.adjudication.deciding import decide
from server.adjudication.messages import DisputedTrial, DisputePage, Saved, SentDecision, Votes
from server.adjudication.queue import Wanted, disputes
from server.adjudication.trial import disputed_trial, reveal
from server.db.accounts import Role
from server.provided import DatabaseOf, Now

router = APIRouter(prefix="/api/adjudication", tags=["adjudication"])

Adjudicator = Annotated[Login, require_role(Role.ADJUDICATOR, Role.RESEARCHER)]
TrialId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the trial's public id")]
Study = Annotated[str | None, Query(max_length=64, description="only trials of this study")]
Which = Annotated[Instrument | None, Query(description="only this instrument")]
IsDecided = Annotated[bool, Query(description="those that were decided, instead of those that wait")]
IsWhole = Annotated[bool, Query(description="only those that everybody who was asked has answered")]
After = Annotated[str | None, Query(max_length=64, description="the cursor of the row to go on from")]
Count = Annotated[int, Query(ge=1, le=200, description="how many rows")]
_REFUSALS: dict[int | str, dict[str, object]] = {
    404: {"description": "There is no such trial to decide on."},
    409: {"description": "The sender rated it, it has too few answers, or another decision stands."},
}


@router.get("/queue", summary="What waits for an adjudicator")
def queue(
    login: Adjudicator,
    database: DatabaseOf,
    study: Study = None,
    instrument: Which = None,
    decided: IsDecided = False,
    whole: IsWhole = False,
    after: After = None,
    n: Count = 50,
) -> DisputePage:
    """Tasks that raters disagree about, the greatest disagreement first; none that the sender has rated."""
    complete = count_anew(database)
    with database.reading() as session:
        rows = disputes(session, login.account_id, Wanted(study, instrument, decided, whole), n + 1, after)
    return DisputePage(rows=rows[:n], next=rows[n - 1].cursor if len(rows) > n else None, complete=complete)


@router.get("/{trial}/{instrument}", summary="A trial to decide on", responses=_REFUSALS)
def disputed(
    trial: TrialId, instrument: Instrument, login: Adjudicator, database: DatabaseOf, now: Now
) -> DisputedTrial:
    """The recording's addresses and, only for whoever has seen them before, the raters' answers."""
    with database.transaction() as session:
        return disputed_trial(session, login.account_id, trial, instrument, now)


@router.post("/{trial}/{instrument}/reveal", summary="See what raters said", responses=_REFUSALS)
def reveal_votes(trial: TrialId, instrument: Instrument, login: Adjudicator, database: DatabaseOf, now: Now) -> Votes:
    """The raters' answers and earlier decisions. From then on the sender is not given this trial to rate."""
    with database.transaction() as session:
        return reveal(session, login.account_id, trial, instrument, now)


@router.post(
    "/{trial}/{instrument}",
    status_code=201,
    summary="Decide",
    responses=_REFUSALS | {200: {"description": "This very decision was saved before.", "model": Saved}},
)
def save_decision(
    trial: TrialId,
    instrument: Instrument,
    body: SentDecision,
    login: Adjudicator,
    database: DatabaseOf,
    now: Now,
    response: Response,
) -> Saved:
    """Save a decision. It stays for ever; a later one that names it in `supersedes` takes its place."""
    try:
        body.answer(instrument)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    with database.transaction() as session:
        taken = decide(session, login.account_id, trial, instrument, body, now)
    if not taken.new:
        response.status_code = 200
    return Saved(decision=taken.decision_id)

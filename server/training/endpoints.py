"""Calls about the training set."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from annotate.scales import Instrument
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import DatabaseOf, Now
from server.training import changing, listing, trainees
from server.training.messages import Candidate, ItemPage, Match, Purpose, Reopening, SentItem, Trainee
from server.training.tasks import note_answers_seen

router = APIRouter(prefix="/api/training", tags=["training"])

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
TrialId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the trial's public id")]
Beginning = Annotated[str, Query(pattern=r"^[0-9a-f]{4,32}$", description="how the trial's id begins")]
Study = Annotated[str | None, Query(max_length=64, description="only this study")]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next` of the answer before")]
Count = Annotated[int, Query(ge=1, le=200, description="how many")]
_UNKNOWN: dict[int | str, dict[str, object]] = {404: {"description": "There is no such trial that people may look at."}}


@router.get("", summary="Training and gold trials")
def training_set(
    login: Researcher,
    database: DatabaseOf,
    now: Now,
    study: Study = None,
    instrument: Instrument | None = None,
    purpose: Purpose | None = None,
    before: Before = None,
    n: Count = 100,
) -> ItemPage:
    """The set with how raters did on each. Whoever reads it has seen what others say of these trials."""
    with database.transaction() as session:
        found = listing.items(session, n + 1, study=study, instrument=instrument, purpose=purpose, before=before)
        note_answers_seen(session, login.account_id, [item.trial for item in found[:n]], now)
    return ItemPage(items=found[:n], next=found[n - 1].id if len(found) > n else None)


@router.get("/find", summary="Find trials by the beginning of their id")
def find(_login: Researcher, database: DatabaseOf, trial: Beginning) -> list[Match]:
    """At most twenty."""
    with database.reading() as session:
        return listing.matches(session, trial)


@router.get("/raters", summary="Raters in training")
def raters(_login: Researcher, database: DatabaseOf, study: Study = None) -> list[Trainee]:
    """Everybody who has begun a study's training."""
    with database.reading() as session:
        return trainees.trainees(session, study)


@router.post(
    "/reopen",
    status_code=204,
    summary="Open a training anew",
    responses={409: {"description": "This rater has not failed it."}},
)
def reopen(body: Reopening, login: Researcher, database: DatabaseOf, now: Now) -> None:
    """Give a rater who did not reach the score another attempt. Earlier answers stay."""
    with database.transaction() as session:
        trainees.reopen(session, login.account_id, body, now)


@router.get("/{trial}/{instrument}", summary="A trial and what is proposed as its answer", responses=_UNKNOWN)
def one_trial(trial: TrialId, instrument: Instrument, login: Researcher, database: DatabaseOf, now: Now) -> Candidate:
    """Its reference answer, or the decision that stands, or the majority. Whoever reads it has seen what others say."""
    with database.transaction() as session:
        found = listing.candidate(session, trial, instrument)
        note_answers_seen(session, login.account_id, [trial], now)
    return found


@router.put("/{trial}/{instrument}", status_code=204, summary="Make it a training or gold trial", responses=_UNKNOWN)
def put_trial(
    trial: TrialId, instrument: Instrument, body: SentItem, login: Researcher, database: DatabaseOf, now: Now
) -> None:
    """Set its use and its reference answer, or change them. Every rater may be given it from then on."""
    try:
        body.answer(instrument)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    with database.transaction() as session:
        changing.put(session, login.account_id, trial, instrument, body, now)


@router.delete(
    "/{trial}/{instrument}",
    status_code=204,
    summary="Take a trial out of the set",
    responses=_UNKNOWN | {409: {"description": "It is a trial of the study already."}},
)
def take_out_trial(trial: TrialId, instrument: Instrument, login: Researcher, database: DatabaseOf, now: Now) -> None:
    """Make it a trial of the study again. Its answers stay and count as labels."""
    with database.transaction() as session:
        changing.take_out(session, login.account_id, trial, instrument, now)

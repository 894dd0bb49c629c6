"""The rating desk's calls, used by the page and by scripted raters alike.

A rater asks for a place, gets its document, and sends an answer with a key of their own making. 201 comes only after
the answer is committed; the same answer with the same key again is answered with 200 and saved once.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from annotate.scales import Instrument
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import ConfigOf, DatabaseOf, Now
from server.rating.claiming import claim_next, release, renew
from server.rating.documents import ErDocument, FerDocument, TaskDocument, answered_document, task_document
from server.rating.messages import Have, Held, LastEr, LastFer, Progress, Saved, SentVote
from server.rating.progress import progress
from server.rating.voting import last_vote, submit_vote

router = APIRouter(prefix="/api/rating", tags=["rating"])

#: Who may rate; an admin always may.
Rater = Annotated[Login, require_role(Role.RATER, Role.ADJUDICATOR, Role.RESEARCHER)]
IdempotencyKey = Annotated[
    str, Header(min_length=8, max_length=64, description="chosen by the sender, new for every new answer")
]


_NOTHING_LEFT: dict[int | str, dict[str, object]] = {204: {"description": "nothing is left for this rater"}}

_SAVED_BEFORE: dict[int | str, dict[str, object]] = {
    200: {"model": Saved, "description": "this answer was saved before"}
}


def _claim(
    instrument: Instrument, login: Login, database: DatabaseOf, config: ConfigOf, now: Now, have: list[int]
) -> TaskDocument | Response:
    rules = config.rating_rules
    with database.transaction() as session:
        claim = claim_next(session, login.account_id, instrument, rules, now, have)
        if claim is None:
            return Response(status_code=204)
        return task_document(session, claim, rules.lease.total_seconds())


# ER and FER have routes of their own, so that the API document too says that FER answers hold nothing but the face.
@router.post("/fer/claim", response_model=FerDocument, responses=_NOTHING_LEFT)
def claim_fer(
    login: Rater, database: DatabaseOf, config: ConfigOf, now: Now, body: Have | None = None
) -> TaskDocument | Response:
    """The next face to rate, or the one held already."""
    return _claim(Instrument.FER, login, database, config, now, body.have if body else [])


@router.post("/er/claim", response_model=ErDocument, responses=_NOTHING_LEFT)
def claim_er(
    login: Rater, database: DatabaseOf, config: ConfigOf, now: Now, body: Have | None = None
) -> TaskDocument | Response:
    """The next trial to rate for what was felt, or the one held already. Its FER is then closed to this rater."""
    return _claim(Instrument.ER, login, database, config, now, body.have if body else [])


@router.post(
    "/claims/{claim}/vote",
    status_code=201,
    responses=_SAVED_BEFORE,
)
def vote(
    claim: int, body: SentVote, idempotency_key: IdempotencyKey, login: Rater, database: DatabaseOf, now: Now,
    response: Response,
) -> Saved:  # fmt: skip
    """Save an answer. Refused in words: a foreign place, an ended lease, a second answer, a reused key."""
    with database.transaction() as session:
        taken = submit_vote(
            session,
            login.account_id,
            claim,
            body.answer,
            idempotency_key,
            now,
            supersedes=body.supersedes,
            note=body.note,
            looked_ms=body.looked_ms,
            trace=body.trace,
        )
    if not taken.new:
        response.status_code = 200
    return Saved(vote=taken.vote_id)


@router.post("/claims/{claim}/renew")
def renew_claim(claim: int, login: Rater, database: DatabaseOf, config: ConfigOf, now: Now) -> Held:
    """Hold the place for another lease."""
    with database.transaction() as session:
        return Held(expires_utc=renew(session, login.account_id, claim, config.rating_rules, now).expires_utc)


@router.post("/claims/{claim}/release", status_code=204)
def release_claim(claim: int, login: Rater, database: DatabaseOf, now: Now) -> None:
    """Give the place back; others may have it at once."""
    with database.transaction() as session:
        release(session, login.account_id, claim, now)


def _last(instrument: Instrument, login: Login, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    with database.reading() as session:
        claim, given = last_vote(session, login.account_id, instrument)
        document = task_document(session, claim, config.rating_rules.lease.total_seconds())
        return {"task": document, "answer": answered_document(given)}


@router.get("/fer/last", response_model=LastFer)
def last_fer(login: Rater, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    """The rater's latest FER answer, to correct it."""
    return _last(Instrument.FER, login, database, config)


@router.get("/er/last", response_model=LastEr)
def last_er(login: Rater, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    """The rater's latest ER answer, to correct it."""
    return _last(Instrument.ER, login, database, config)


@router.get("/progress")
def own_progress(login: Rater, database: DatabaseOf, config: ConfigOf, now: Now) -> dict[Instrument, Progress]:
    """How far this rater has come under each instrument."""
    with database.reading() as session:
        return {
            instrument: progress(session, login.account_id, instrument, config.rating_rules, now)
            for instrument in Instrument
        }

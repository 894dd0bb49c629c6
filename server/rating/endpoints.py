"""The rating desk's calls, used by the page and by scripted raters alike.

A rater asks for a place, gets its document, and sends an answer with a key of their own making. 201 comes only after
the answer is committed; the same answer with the same key again is answered with 200 and saved once.

What writes is `async`: it waits for the database's one writer without keeping a thread. It asks the request itself for
what FastAPI would provide, because each thing provided costs as much as a query.
"""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Request, Response
from sqlalchemy import Connection

from annotate.assignment import Chance
from annotate.scales import Instrument
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import ConfigOf, DatabaseOf, Now, config_of, database_of, time_of
from server.rating import examples
from server.rating.claiming import claim_next, release, renew
from server.rating.documents import ErDocument, FerDocument, TaskDocument, answered_document, task_document
from server.rating.examples import example, refusal
from server.rating.messages import Have, Held, LastEr, LastFer, Progress, Saved, SentVote
from server.rating.progress import progress
from server.rating.voting import Sent, Taken, last_vote, submit_vote

router = APIRouter(prefix="/api/rating", tags=["rating"])

#: Who may rate; an admin always may.
Rater = Annotated[Login, require_role(Role.RATER, Role.ADJUDICATOR, Role.RESEARCHER)]
IdempotencyKey = Annotated[
    str, Header(min_length=8, max_length=64, description="chosen by the sender, new for every new answer")
]
ClaimId = Annotated[int, Path(ge=1, le=2**31 - 1, description="the number of an own place")]


def chance() -> float:
    """A number from 0 to 1 that nobody can foresee. Tests put their own here (`app.dependency_overrides`)."""
    return secrets.SystemRandom().random()


_Described = dict[int | str, dict[str, Any]]
_FOREIGN = refusal("This place is not yours, or not any more: its lease ended and somebody else has it. …")
_GONE = refusal("This trial is not rated any more. Ask for the next one")
_CLAIMED_FER: _Described = {
    200: example(examples.FER_TASK),
    204: {"description": "nothing is left for this rater"},
}
_CLAIMED_ER: _Described = {
    200: example(examples.ER_TASK),
    204: {"description": "nothing is left for this rater"},
}
_VOTED: _Described = {
    200: {"model": Saved, "description": "this answer was saved before"} | example(examples.SAVED),
    201: {"description": "committed"}
    | examples.examples(saved=examples.SAVED, reveal=examples.REVEALED, training=examples.TAUGHT),
    404: _FOREIGN,
    409: refusal("The lease of this place has ended, and nothing was saved. …"),
    410: _GONE,
}
_HELD: _Described = {
    200: example({"expires_utc": "2026-03-01T10:00:00Z"}),
    404: _FOREIGN,
    409: refusal("You have answered this trial already; ask for the next one"),
    410: _GONE,
}
_RELEASED: _Described = {204: {"description": "given back"}, 404: _FOREIGN, 409: _HELD[409], 410: _GONE}
_NO_LAST: _Described = {
    409: refusal("You have not answered anything under FER yet"),
    410: refusal("Your last trial is not rated any more, so there is nothing to correct"),
}
_LAST_FER: _Described = {200: example(examples.LAST_FER), **_NO_LAST}
_LAST_ER: _Described = {200: example(examples.LAST_ER), **_NO_LAST}
_PROGRESS: _Described = {200: example(examples.PROGRESS)}


# ER and FER have routes of their own, so that the API document too says that FER answers hold nothing but the face.
@router.post("/fer/claim", response_model=FerDocument, responses=_CLAIMED_FER, summary="The next face")
async def claim_fer(request: Request, login: Rater, body: Have | None = None) -> Response:
    """The next face to rate, or the one held already."""
    return await _claim(Instrument.FER, request, login, body)


@router.post("/er/claim", response_model=ErDocument, responses=_CLAIMED_ER, summary="The next trial in full")
async def claim_er(request: Request, login: Rater, body: Have | None = None) -> Response:
    """The next trial to rate for what was felt, or the one held already. Its FER is then closed to this rater."""
    return await _claim(Instrument.ER, request, login, body)


async def _claim(instrument: Instrument, request: Request, login: Login, body: Have | None) -> Response:
    rules, now = config_of(request).rating_rules, time_of(request)
    by_chance: Chance = request.app.dependency_overrides.get(chance, chance)
    have = body.have if body else []

    def take(connection: Connection) -> TaskDocument | None:
        place = claim_next(connection, login.account_id, instrument, rules, now, by_chance, have)
        return task_document(connection, place, instrument, rules.lease.total_seconds()) if place else None

    document = await database_of(request).written(take)
    return Response(status_code=204) if document is None else _json(document)


@router.post("/claims/{claim}/vote", status_code=201, response_model=Saved, responses=_VOTED, summary="Save an answer")
async def vote(
    request: Request, claim: ClaimId, idempotency_key: IdempotencyKey, login: Rater,
    body: Annotated[SentVote, Body(openapi_examples=examples.VOTE)],
) -> Response:  # fmt: skip
    """Save an answer. Refused in words: a foreign place, an ended lease, a second answer, a reused key."""
    now = time_of(request)
    sent = Sent(body.answer, idempotency_key, body.supersedes, body.note, body.looked_ms, body.trace)

    def take(connection: Connection) -> Taken:
        return submit_vote(connection, login.account_id, claim, sent, now)

    taken = await database_of(request).written(take)
    saved = Saved(vote=taken.vote_id, reveal=taken.reveal, feedback=taken.feedback)
    return _json(saved, 201 if taken.new else 200)


@router.post("/claims/{claim}/renew", response_model=Held, responses=_HELD, summary="Hold a place for longer")
async def renew_claim(claim: ClaimId, login: Rater, database: DatabaseOf, config: ConfigOf, now: Now) -> Response:
    """Hold the place for another lease."""
    rules = config.rating_rules
    expires = await database.written(lambda connection: renew(connection, login.account_id, claim, rules, now))
    return _json(Held(expires_utc=expires))


@router.post("/claims/{claim}/release", status_code=204, responses=_RELEASED, summary="Give a place back")
async def release_claim(claim: ClaimId, login: Rater, database: DatabaseOf, now: Now) -> None:
    """Give the place back; others may have it at once."""
    await database.written(lambda connection: release(connection, login.account_id, claim, now))


@router.get("/fer/last", response_model=LastFer, responses=_LAST_FER, summary="One's latest answer on a face")
def last_fer(login: Rater, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    """The rater's latest FER answer, to correct it."""
    return _last(Instrument.FER, login, database, config)


@router.get("/er/last", response_model=LastEr, responses=_LAST_ER, summary="One's latest answer on what was felt")
def last_er(login: Rater, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    """The rater's latest ER answer, to correct it."""
    return _last(Instrument.ER, login, database, config)


def _last(instrument: Instrument, login: Login, database: DatabaseOf, config: ConfigOf) -> dict[str, object]:
    with database.reading() as session:
        place, given = last_vote(session, login.account_id, instrument)
        document = task_document(session.connection(), place, instrument, config.rating_rules.lease.total_seconds())
        return {"task": document, "answer": answered_document(given)}


@router.get("/progress", responses=_PROGRESS, summary="How far one has come")
def own_progress(login: Rater, database: DatabaseOf, config: ConfigOf, now: Now) -> dict[Instrument, Progress]:
    """How far this rater has come under each instrument. Days are those of UTC."""
    with database.reading() as session:
        return {
            instrument: progress(session, login.account_id, instrument, config.rating_rules, now)
            for instrument in Instrument
        }


def _json(document: TaskDocument | Saved | Held, status_code: int = 200) -> Response:
    # Validated when it was made; to have FastAPI do so again costs as much as the query behind it.
    return Response(document.model_dump_json(), status_code, media_type="application/json")

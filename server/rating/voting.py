"""Answers: taken once, never changed, corrected by a new one that names the old."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session, aliased

from annotate.assignment import Arm, Seen, is_spoilt
from annotate.scales import Flag, Instrument
from annotate.scales import Vote as Answer
from server.db.exposures import note_exposure
from server.db.prepared import Prepared
from server.db.ratings import Claim, Exposure, RatingTask, Vote, VoteTrace
from server.rating.errors import (
    AlreadyAnsweredError,
    ClockSetBackError,
    KeyReusedError,
    LeaseOverError,
    NothingToCorrectError,
    NotYourPlaceError,
    SpoiltError,
    TrainingAnsweredError,
    WithdrawnError,
    WrongInstrumentError,
)
from server.rating.holding import OwnClaim, own_claim
from server.rating.messages import Feedback, Reveal, Trace
from server.rating.place import Place
from server.rating.reordering import settle
from server.rating.revealing import model_label
from server.rating.standing import lock_standing
from server.rating.training import feedback, qualify

#: Clocks of several servers differ by less.
CLOCK_DIFFERENCE = timedelta(seconds=5)
#: A page cannot have shown a trial for longer than the rater has had it, give or take its own clock.
LOOKED_LONGER_BY = timedelta(minutes=1)

_log = logging.getLogger(__name__)
_CLAIM: Any = Claim.__table__
_VOTE: Any = Vote.__table__
_TRACE: Any = VoteTrace.__table__
_EXPOSURE: Any = Exposure.__table__

_BEFORE = Prepared(
    select(_VOTE.c.id).where(_VOTE.c.rater_id == bindparam("rater"), _VOTE.c.idempotency_key == bindparam("key"))
)
_SEEN = Prepared(
    select(_EXPOSURE.c.what).where(
        _EXPOSURE.c.rater_id == bindparam("rater"), _EXPOSURE.c.trial_id == bindparam("trial")
    )
)
_NEW = Prepared(
    insert(_VOTE)
    .values({column.key: bindparam(column.key) for column in _VOTE.c if column.key != "id"})
    .returning(_VOTE.c.id)
)
_ANSWERED = Prepared(update(_CLAIM).where(_CLAIM.c.id == bindparam("claim")).values(state="done"))


@dataclass(frozen=True)
class Taken:
    """An answer that will be in the database once the transaction commits; `new` is False for one sent before.

    `reveal` and `feedback` may be told then, and not before.
    """

    vote_id: int
    new: bool
    reveal: Reveal | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Sent:
    """What a rater sends: the answer, the key of its sender's making, and what goes along.

    `supersedes` names the own answer that this one corrects.
    """

    answer: Answer
    key: str
    supersedes: int | None = None
    note: str = ""
    looked_ms: int | None = None
    trace: Trace | None = None


def submit_vote(connection: Connection, rater_id: int, claim_id: int, sent: Sent, now: datetime) -> Taken:
    """Take a rater's answer for an own place. The same answer with the same key again changes nothing.

    Raises the errors of server.rating.errors.
    """
    standing = lock_standing(connection, rater_id, sent.answer.instrument)
    before = _BEFORE.value(connection, {"rater": rater_id, "key": sent.key})
    if before is not None:
        return _sent_before(connection, before, claim_id, sent, now)
    claim = own_claim(connection, rater_id, claim_id)
    if sent.answer.instrument.value != claim.instrument:
        raise WrongInstrumentError(
            f"instrument: this place is for {claim.instrument}, the answer says {sent.answer.instrument.value}; "
            "nothing was saved"
        )
    seen = _seen(connection, rater_id, claim.trial_id)
    _refuse_if_spoilt(sent.answer.instrument, seen)
    if sent.supersedes is None:
        _check_first(claim, now)
    else:
        _check_correction(connection, rater_id, claim, sent.supersedes)
    supersedes = sent.supersedes or _answer_of_earlier_training(connection, rater_id, claim)
    vote_id = _write(connection, rater_id, claim, sent, supersedes, now, prelabel_seen=Seen.PRELABEL in seen)
    if sent.supersedes is None:
        _ANSWERED.run(connection, {"claim": claim.id})
        if claim.purpose != "training":
            standing.count_answer(now)
            standing.save(connection)
    if claim.purpose == "study":
        settle(connection, claim)
    if claim.purpose == "training":
        qualify(connection, rater_id, sent.answer.instrument, now)
    reveal = _reveal(connection, rater_id, claim, sent, now)
    return Taken(vote_id, True, reveal, _feedback(connection, rater_id, claim.purpose, vote_id, claim.task_id, now))


def flags_text(answer: Answer) -> str:
    """The flags in the order of the scale, joined by commas, as the database keeps them."""
    return ",".join(flag.value for flag in Flag if flag in answer.flags)


def last_vote(session: Session, rater_id: int, instrument: Instrument) -> tuple[Place, Vote]:
    """The rater's latest answer, as it stands, and its place.

    Raises NothingToCorrectError, TrainingAnsweredError, WithdrawnError, SpoiltError, NotYourPlaceError.
    """
    newer = aliased(Vote)
    vote = session.scalar(
        select(Vote)
        .where(
            Vote.rater_id == rater_id,
            Vote.instrument == instrument.value,
            ~select(newer.id).where(newer.supersedes_id == Vote.id).exists(),
        )
        .order_by(Vote.id.desc())
        .limit(1)
    )
    if vote is None:
        raise NothingToCorrectError(f"You have not answered anything under {instrument.value} yet")
    task = session.get_one(RatingTask, vote.task_id)
    if task.state == "withdrawn":
        raise WithdrawnError("Your last trial is not rated any more, so there is nothing to correct")
    if task.purpose == "training":
        raise _training_answered()
    _refuse_if_spoilt(instrument, _seen(session.connection(), rater_id, task.trial_id))
    row = session.execute(
        select(Claim.id, Claim.task_id, Claim.position, Claim.expires_utc).where(
            Claim.task_id == vote.task_id, Claim.rater_id == rater_id
        )
    ).one_or_none()
    if row is None:
        raise NotYourPlaceError("The place of your last answer is gone. Ask for the next trial")
    return Place(*row), vote


def _write(
    connection: Connection,
    rater_id: int,
    claim: OwnClaim,
    sent: Sent,
    supersedes: int | None,
    now: datetime,
    *,
    prelabel_seen: bool,
) -> int:
    answer = sent.answer
    values = {
        "task_id": claim.task_id,
        "instrument": claim.instrument,
        "rater_id": rater_id,
        "seven": answer.seven.value,
        "three": answer.three.value,
        "valence": answer.valence,
        "arousal": answer.arousal,
        "intensity": answer.intensity,
        "flags": flags_text(answer),
        "prelabel_seen": prelabel_seen,
        "idempotency_key": sent.key,
        "created_utc": now,
        "supersedes_id": supersedes,
        "note": sent.note,
        "position": claim.position,
        "looked_ms": _believable(sent.looked_ms, claim, now),
    }
    vote_id: int = _NEW.value(connection, values)
    if sent.trace is not None:
        drawn = {"scale": sent.trace.scale, "t_ms": sent.trace.t_ms, "values": sent.trace.values}
        connection.execute(insert(_TRACE), {"vote_id": vote_id} | drawn)
    return vote_id


def _believable(looked_ms: int | None, claim: OwnClaim, now: datetime) -> int | None:
    """A page whose clock has jumped cannot tell how long it was looked at: then nobody knows."""
    if looked_ms is not None and timedelta(milliseconds=looked_ms) > now - claim.claimed_utc + LOOKED_LONGER_BY:
        _log.warning("claim %d: looked at for %d ms, longer than it was held; left out", claim.id, looked_ms)
        return None
    return looked_ms


def _reveal(connection: Connection, rater_id: int, claim: OwnClaim, sent: Sent, now: datetime) -> Reveal | None:
    if not _is_revealed(claim.arm, sent, claim.purpose):
        return None
    found = model_label(connection, claim.trial_id, sent.answer.instrument, now)
    if found is None:
        return None
    reveal, model = found
    note_exposure(connection, rater_id, claim.trial_id, {Seen.PRELABEL}, now, detail=model)
    return reveal


def _feedback(
    connection: Connection, rater_id: int, purpose: str, vote_id: int, task_id: int, now: datetime
) -> Feedback | None:
    return feedback(connection, rater_id, vote_id, task_id, now) if purpose == "training" else None


def _answer_of_earlier_training(connection: Connection, rater_id: int, claim: OwnClaim) -> int | None:
    """The answer that this one replaces where a training was opened anew. It stays, as every answer does."""
    if claim.purpose != "training":
        return None
    newer = _VOTE.alias("newer")
    current = ~select(newer.c.id).where(newer.c.supersedes_id == _VOTE.c.id).exists()
    own = select(_VOTE.c.id).where(_VOTE.c.task_id == claim.task_id, _VOTE.c.rater_id == rater_id, current)
    earlier: int | None = connection.scalar(own)
    return earlier


def _check_first(claim: OwnClaim, now: datetime) -> None:
    if claim.state == "done":
        if claim.purpose == "training":
            raise _training_answered()
        raise AlreadyAnsweredError(
            "You have answered this trial already. To change that answer, send a correction that names it (supersedes)"
        )
    if claim.claimed_utc - now > CLOCK_DIFFERENCE:
        _log.error("the clock was set back: claim %d of %s is answered at %s", claim.id, claim.claimed_utc, now)
        raise ClockSetBackError(
            f"The server's clock was set back: this place was given at {claim.claimed_utc:%H:%M:%S} UTC and it is now "
            f"{now:%H:%M:%S}, so its lease cannot be told, and nothing was saved. Renew the place and send the answer "
            "again, and tell whoever runs the server"
        )
    if claim.expires_utc <= now:
        raise LeaseOverError(
            "The lease of this place has ended, and nothing was saved. Renew the place and send the answer again; if "
            "somebody else has taken it meanwhile, ask for the next trial"
        )


def _check_correction(connection: Connection, rater_id: int, claim: OwnClaim, supersedes: int) -> None:
    if claim.purpose == "training":
        raise _training_answered()
    newer = connection.scalar(select(_VOTE.c.id).where(_VOTE.c.supersedes_id == supersedes))
    old = connection.execute(select(_VOTE.c.rater_id, _VOTE.c.task_id).where(_VOTE.c.id == supersedes)).one_or_none()
    if old is None or old.rater_id != rater_id or old.task_id != claim.task_id or newer is not None:
        raise NothingToCorrectError(
            "supersedes: expected your own current answer to this trial; it is not that, or was corrected before. "
            "Nothing was saved; fetch your last answer and correct that"
        )


def _training_answered() -> TrainingAnsweredError:
    return TrainingAnsweredError(
        "This was a training trial and you have been told the right answer, so yours stays as it is. Go on to the next"
    )


def _seen(connection: Connection, rater_id: int, trial_id: str) -> set[Seen]:
    return {Seen(row.what) for row in _SEEN.all(connection, {"rater": rater_id, "trial": trial_id})}


def _refuse_if_spoilt(instrument: Instrument, seen: set[Seen]) -> None:
    if not is_spoilt(instrument, seen):
        return
    if Seen.OTHER_LABEL in seen:
        raise SpoiltError(
            "You have seen what others said of this trial, so you can no longer say or change what you would have said "
            "yourself. Ask for the next trial"
        )
    raise SpoiltError(
        "You have seen more of this trial than the face, so you can no longer say or change what the face shows. "
        "Ask for the next trial"
    )


def _sent_before(connection: Connection, vote_id: int, claim_id: int, sent: Sent, now: datetime) -> Taken:
    session = Session(connection)  # seldom needed, so convenience may cost
    before, claim, trace = session.get_one(Vote, vote_id), session.get(Claim, claim_id), session.get(VoteTrace, vote_id)
    task = session.get_one(RatingTask, before.task_id)
    answer = sent.answer
    if not (
        claim is not None
        and (claim.task_id, claim.rater_id) == (before.task_id, before.rater_id)
        and (before.instrument, before.seven, before.three) == (answer.instrument, answer.seven, answer.three)
        and (before.valence, before.arousal, before.intensity) == (answer.valence, answer.arousal, answer.intensity)
        and (before.flags, before.note) == (flags_text(answer), sent.note)
        and _points(trace) == _points(sent.trace)
        # A training that is answered anew supersedes without saying so.
        and (before.supersedes_id == sent.supersedes or task.purpose == "training")
    ):
        raise KeyReusedError("Idempotency-Key: this key was used for another answer; send a new key with a new answer")
    reveal = None
    if _is_revealed(claim.arm, sent, task.purpose):
        found = model_label(connection, task.trial_id, answer.instrument, before.created_utc)
        reveal = found[0] if found else None
    told = _feedback(connection, before.rater_id, task.purpose, vote_id, task.id, now)
    return Taken(vote_id, False, reveal, told)


def _is_revealed(arm: str, sent: Sent, purpose: str) -> bool:
    return arm == Arm.REVEAL and sent.supersedes is None and purpose != "training"


def _points(trace: Trace | VoteTrace | None) -> tuple[str, list[float], list[float]] | None:
    return None if trace is None else (trace.scale, trace.t_ms, trace.values)

"""Answers: taken once, never changed, corrected by a new one that names the old."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from annotate.assignment import SPOILS_FER
from annotate.scales import Flag, Instrument
from annotate.scales import Vote as Answer
from server.db.ratings import Claim, Exposure, RatingTask, Vote, VoteTrace
from server.rating.claiming import lock_rater, own_claim
from server.rating.errors import (
    AlreadyAnsweredError,
    KeyReusedError,
    LeaseOverError,
    NothingToCorrectError,
    NotYourPlaceError,
    SpoiltError,
    WithdrawnError,
    WrongInstrumentError,
)
from server.rating.messages import Trace


@dataclass(frozen=True)
class Taken:
    """An answer that will be in the database once the transaction commits; `new` is False for one sent before."""

    vote_id: int
    new: bool


def submit_vote(
    session: Session,
    rater_id: int,
    claim_id: int,
    answer: Answer,
    key: str,
    now: datetime,
    *,
    supersedes: int | None = None,
    note: str = "",
    looked_ms: int | None = None,
    trace: Trace | None = None,
) -> Taken:
    """Take a rater's answer for an own place. The same `key` with the same answer again changes nothing.

    `supersedes` names the own answer that this one corrects. Raises the errors of server.rating.errors.
    """
    lock_rater(session, rater_id)
    before = session.scalar(select(Vote).where(Vote.rater_id == rater_id, Vote.idempotency_key == key))
    if before is not None:
        return _sent_before(session, before, claim_id, answer, supersedes)
    claim = own_claim(session, rater_id, claim_id)
    task = session.get_one(RatingTask, claim.task_id)
    if answer.instrument.value != task.instrument:
        raise WrongInstrumentError(
            f"instrument: this place is for {task.instrument}, the answer says {answer.instrument.value}; "
            "nothing was saved"
        )
    _refuse_if_spoilt(session, rater_id, task)
    if supersedes is None:
        _check_first(claim, now)
    else:
        _check_correction(session, rater_id, claim, supersedes)
    vote = Vote(
        task_id=task.id,
        instrument=task.instrument,
        rater_id=rater_id,
        seven=answer.seven.value,
        three=answer.three.value,
        valence=answer.valence,
        arousal=answer.arousal,
        intensity=answer.intensity,
        flags=flags_text(answer),
        idempotency_key=key,
        created_utc=now,
        supersedes_id=supersedes,
        note=note,
        looked_ms=looked_ms,
        position=claim.position,
    )
    session.add(vote)
    claim.state = "done"
    session.flush()
    if trace is not None:
        session.add(VoteTrace(vote_id=vote.id, scale=trace.scale, t_ms=trace.t_ms, values=trace.values))
    done = session.scalar(select(func.count()).where(Claim.task_id == task.id, Claim.state == "done")) or 0
    if done >= task.places:
        task.state = "done"
    return Taken(vote.id, new=True)


def flags_text(answer: Answer) -> str:
    """The flags in the order of the scale, joined by commas, as the database keeps them."""
    return ",".join(flag.value for flag in Flag if flag in answer.flags)


def last_vote(session: Session, rater_id: int, instrument: Instrument) -> tuple[Claim, Vote]:
    """The rater's latest answer, as it stands, and its place.

    Raises NothingToCorrectError, WithdrawnError, SpoiltError, NotYourPlaceError.
    """
    newer = aliased(Vote)
    vote = session.scalar(
        select(Vote)
        .outerjoin(newer, newer.supersedes_id == Vote.id)
        .where(Vote.rater_id == rater_id, Vote.instrument == instrument.value, newer.id.is_(None))
        .order_by(Vote.id.desc())
        .limit(1)
    )
    if vote is None:
        raise NothingToCorrectError(f"You have not answered anything under {instrument.value} yet")
    task = session.get_one(RatingTask, vote.task_id)
    if task.state == "withdrawn":
        raise WithdrawnError("Your last trial is not rated any more, so there is nothing to correct")
    _refuse_if_spoilt(session, rater_id, task)
    claim = session.scalar(select(Claim).where(Claim.task_id == vote.task_id, Claim.rater_id == rater_id))
    if claim is None:
        raise NotYourPlaceError("The place of your last answer is gone. Ask for the next trial")
    return claim, vote


def _check_first(claim: Claim, now: datetime) -> None:
    if claim.state == "done":
        raise AlreadyAnsweredError(
            "You have answered this trial already. To change that answer, send a correction that names it (supersedes)"
        )
    if claim.expires_utc <= now:
        raise LeaseOverError(
            "The lease of this place has ended, and nothing was saved. Renew the place and send the answer again; if "
            "somebody else has taken it meanwhile, ask for the next trial"
        )


def _check_correction(session: Session, rater_id: int, claim: Claim, supersedes: int) -> None:
    newer = session.scalar(select(Vote.id).where(Vote.supersedes_id == supersedes))
    old = session.get(Vote, supersedes)
    if old is None or old.rater_id != rater_id or old.task_id != claim.task_id or newer is not None:
        raise NothingToCorrectError(
            "supersedes: expected your own current answer to this trial; it is not that, or was corrected before. "
            "Nothing was saved; fetch your last answer and correct that"
        )


def _refuse_if_spoilt(session: Session, rater_id: int, task: RatingTask) -> None:
    if task.instrument != Instrument.FER.value:
        return
    seen = session.scalar(
        select(Exposure.id)
        .where(
            Exposure.rater_id == rater_id,
            Exposure.trial_id == task.trial_id,
            Exposure.what.in_([what.value for what in SPOILS_FER]),
        )
        .limit(1)
    )
    if seen is not None:
        raise SpoiltError(
            "You have seen more of this trial than the face, so you can no longer say or change what the face shows. "
            "Ask for the next trial"
        )


def _sent_before(session: Session, before: Vote, claim_id: int, answer: Answer, supersedes: int | None) -> Taken:
    claim = session.get(Claim, claim_id)
    same = (
        claim is not None
        and claim.task_id == before.task_id
        and before.supersedes_id == supersedes
        and (before.instrument, before.seven, before.three) == (answer.instrument, answer.seven, answer.three)
        and (before.valence, before.arousal, before.intensity) == (answer.valence, answer.arousal, answer.intensity)
        and before.flags == flags_text(answer)
    )
    if not same:
        raise KeyReusedError("Idempotency-Key: this key was used for another answer; send a new key with a new answer")
    return Taken(before.id, new=False)

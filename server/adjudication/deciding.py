"""Taking a decision: once, never changed, replaced by a later one that names it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from annotate.scales import Flag, Instrument
from server.adjudication.errors import DecidedMeanwhileError
from server.adjudication.messages import SentAnswer, SentDecision
from server.adjudication.trial import current_decision, found, has_seen_votes
from server.db.audit import note
from server.db.disagreements import Disagreement
from server.db.exposures import note_exposure
from server.db.ratings import Adjudication


@dataclass(frozen=True)
class Taken:
    """A decision that will be in the database once the transaction commits; `new` is False for one sent before."""

    decision_id: int
    new: bool


def decide(
    session: Session, adjudicator_id: int, trial_id: str, instrument: Instrument, sent: SentDecision, now: datetime
) -> Taken:
    """Take a decision. The same one again, when it stands already, changes nothing.

    Whoever decides has seen the trial and knows that raters disagree, so they are not given it to rate any more.
    Raises NoSuchDisputeError, OwnTrialError, TooFewAnswersError, DecidedMeanwhileError.
    """
    it = found(session, adjudicator_id, trial_id, instrument, lock=True)
    stands = current_decision(session, trial_id, instrument)
    if stands is not None and stands != sent.supersedes:
        before = session.get_one(Adjudication, stands)
        if before.by_id == adjudicator_id and before.supersedes_id == sent.supersedes and _is_same(before, sent):
            return Taken(before.id, new=False)
    if stands != sent.supersedes:
        raise DecidedMeanwhileError(
            "Somebody has decided on this trial meanwhile, and nothing was saved. Reload the page to see that "
            "decision; your answer is kept, and saving it again replaces the other"
            if stands is not None
            else "supersedes: there is no such decision on this trial; nothing was saved. Reload the page"
        )
    blind = not has_seen_votes(session, adjudicator_id, trial_id)
    decision = Adjudication(
        trial_id=trial_id,
        instrument=instrument.value,
        by_id=adjudicator_id,
        seven=sent.seven.value,
        three=sent.three.value,
        valence=sent.valence,
        arousal=sent.arousal,
        intensity=sent.intensity,
        flags=_flags_text(sent),
        reason=sent.reason.strip(),
        blind_answer=_blind(sent.blind_answer) if sent.blind_answer else None,
        created_utc=now,
        supersedes_id=sent.supersedes,
    )
    session.add(decision)
    session.flush()
    session.execute(update(Disagreement).where(Disagreement.task_id == it.task.id).values(decided=True))
    note_exposure(session, adjudicator_id, trial_id, [Seen.OTHER_LABEL], now, detail="adjudication")
    note(
        session,
        "adjudication.decided",
        f"{trial_id}/{instrument.value}",
        now,
        actor_id=adjudicator_id,
        decision=decision.id,
        supersedes=sent.supersedes,
        blind=blind,
    )
    return Taken(decision.id, new=True)


def _flags_text(answer: SentAnswer) -> str:
    return ",".join(flag.value for flag in Flag if flag in answer.flags)


def _blind(answer: SentAnswer) -> dict[str, object]:
    return answer.model_dump(mode="json")


def _is_same(before: Adjudication, sent: SentDecision) -> bool:
    return (
        (before.seven, before.three) == (sent.seven, sent.three)
        and (before.valence, before.arousal, before.intensity) == (sent.valence, sent.arousal, sent.intensity)
        and (before.flags, before.reason) == (_flags_text(sent), sent.reason.strip())
    )

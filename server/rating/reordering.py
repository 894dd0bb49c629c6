"""A task's place in the queue after an answer: the next rater already sees whether the last ones disagreed."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from annotate.priority import priority
from server.db.predictions import ModelPrediction
from server.db.ratings import Claim, RatingTask, Vote, band_of
from server.rating.holding import OwnClaim

_TASK: Any = RatingTask.__table__


def settle(session: Session, claim: OwnClaim) -> None:
    """The task of an answer just given: done where every place is answered, else at the priority of its answers."""
    own = update(_TASK).where(_TASK.c.id == claim.task_id)
    answered = select(func.count()).where(
        Claim.task_id == claim.task_id, Claim.state == "done", Claim.slot <= claim.places
    )
    if (session.scalar(answered) or 0) >= claim.places:
        session.execute(own.values(state="done"))
        return
    found = priority(_uncertainty(session, claim), _current_votes(session, claim.task_id), claim.places)
    session.execute(own.values(priority=found.value, band=band_of(found.value), priority_reason=found.reason))


def _current_votes(session: Session, task_id: int) -> list[str]:
    """The seven-class answers to one task as they stand."""
    newer = aliased(Vote)
    query = select(Vote.seven).where(
        Vote.task_id == task_id, ~select(newer.id).where(newer.supersedes_id == Vote.id).exists()
    )
    return list(session.scalars(query))


def _uncertainty(session: Session, claim: OwnClaim) -> float | None:
    """What the latest imported run that speaks of the trial says."""
    return session.scalar(
        select(ModelPrediction.uncertainty)
        .where(ModelPrediction.trial_id == claim.trial_id, ModelPrediction.instrument == claim.instrument)
        .order_by(ModelPrediction.run_id.desc())
        .limit(1)
    )

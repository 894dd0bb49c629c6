"""Trials on which raters disagree, in short."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import USUAL_POLARITY, Emotion
from server.db.accounts import Account
from server.db.ratings import Claim, RatingTask, Vote
from server.db.trials import Trial
from tests.server.rows import add_account, add_task, add_trial

ANSWERED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def rater(session: Session, name: str) -> Account:
    """The rater of this name, made where there is none."""
    return session.scalar(select(Account).where(Account.name == name)) or add_account(session, name)


def add_vote(session: Session, task: RatingTask, name: str, seven: str, valence: float = 0.0, **more: object) -> Vote:
    """A vote of this rater, with the place that it was given in."""
    who = rater(session, name)
    slot = len(session.scalars(select(Claim.id).where(Claim.task_id == task.id)).all()) + 1
    if session.scalar(select(Claim.id).where(Claim.task_id == task.id, Claim.rater_id == who.id)) is None:
        claim = {"task_id": task.id, "rater_id": who.id, "slot": slot, "state": "done"}
        session.add(Claim(**claim, claimed_utc=ANSWERED, expires_utc=ANSWERED))
    values: dict[str, object] = {
        "seven": seven, "three": USUAL_POLARITY[Emotion(seven)].value, "valence": valence, "arousal": 0.0,
        "intensity": 1.0 if task.instrument == "FER" else None, "idempotency_key": uuid4().hex,
        "created_utc": ANSWERED,
    }  # fmt: skip
    session.add(vote := Vote(task_id=task.id, instrument=task.instrument, rater_id=who.id, **(values | more)))
    session.flush()
    return vote


def add_dispute(
    session: Session, sevens: Sequence[str], instrument: str = "FER", trial: Trial | None = None, **of_recording: Any
) -> RatingTask:
    """A task that r0, r1, … have answered with these classes; done, as three were asked."""
    task = add_task(session, trial or add_trial(session, **of_recording), instrument, places=3)
    for i, seven in enumerate(sevens):
        add_vote(session, task, f"r{i}", seven)
    task.state = "done" if len(sevens) >= 3 else "open"
    session.flush()
    return task

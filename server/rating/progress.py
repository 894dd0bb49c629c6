"""How far a rater has come."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotate.assignment import RatingRules
from annotate.scales import Instrument
from server.db.ratings import Vote
from server.rating.claiming import answered, available, live_claims
from server.rating.messages import Progress


def progress(session: Session, rater_id: int, instrument: Instrument, rules: RatingRules, now: datetime) -> Progress:
    """One rater's progress under one instrument."""
    given = answered(session, rater_id, instrument)
    held = len(live_claims(session, rater_id, instrument, now))
    waiting = session.scalar(select(func.count()).select_from(available(rater_id, instrument, now).subquery())) or 0
    left = waiting + held
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = select(func.count()).where(
        Vote.rater_id == rater_id,
        Vote.instrument == instrument.value,
        Vote.supersedes_id.is_(None),
        Vote.created_utc >= midnight,
    )
    allowed = left if rules.rater_limit is None else max(rules.rater_limit - given, 0)
    return Progress(
        answered=given,
        available=min(left, allowed),
        at_limit=rules.rater_limit is not None and allowed == 0,
        today=session.scalar(today) or 0,
        training_left=0,
        qualified=None,
        break_after_min=45,
    )

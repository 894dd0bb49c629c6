"""How far a rater has come."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotate.assignment import RatingRules
from annotate.scales import Instrument
from server.rating.claiming import answered, available, live_claims


@dataclass(frozen=True)
class Progress:
    """`available` counts trials that this rater can still be given, those held now included."""

    answered: int
    available: int
    at_limit: bool


def progress(session: Session, rater_id: int, instrument: Instrument, rules: RatingRules, now: datetime) -> Progress:
    """One rater's progress under one instrument."""
    given = answered(session, rater_id, instrument)
    held = len(live_claims(session, rater_id, instrument, now))
    waiting = session.scalar(select(func.count()).select_from(available(rater_id, instrument, now).subquery())) or 0
    left = waiting + held
    if rules.rater_limit is None:
        return Progress(given, left, at_limit=False)
    allowed = max(rules.rater_limit - given, 0)
    return Progress(given, min(left, allowed), at_limit=allowed == 0)

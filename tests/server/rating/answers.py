"""Answers, and raters who are given places, in short."""

from datetime import UTC, datetime, timedelta
from typing import Any

from annotate.assignment import RatingRules
from annotate.scales import Emotion, Instrument, Polarity, Vote
from server.db.engine import Database
from server.rating.claiming import claim_next

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RULES = RatingRules(lease=timedelta(minutes=30), open_claims=3)
ER, FER = Instrument.ER, Instrument.FER


def vote(instrument: Instrument = FER, **changes: Any) -> Vote:
    values: dict[str, Any] = {
        "instrument": instrument,
        "seven": Emotion.HAPPINESS,
        "three": Polarity.POSITIVE,
        "valence": 0.5,
        "arousal": 0.25,
        "intensity": 1.5 if instrument is FER else None,
    }
    return Vote.model_validate(values | changes)


def claimed(
    database: Database, rater: int, instrument: Instrument, now: datetime = NOW, rules: RatingRules = RULES, **more: Any
) -> tuple[int, int] | None:
    """(claim, task) of the rater's next place, in a transaction of its own, or None."""
    with database.transaction() as session:
        claim = claim_next(session, rater, instrument, rules, now, **more)
        return (claim.id, claim.task_id) if claim else None

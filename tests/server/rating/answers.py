"""Answers, and raters who are given places, in short."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from annotate.assignment import Chance, RatingRules
from annotate.scales import Emotion, Instrument, Polarity, Vote
from server.db.engine import Database
from server.rating.claiming import claim_next
from server.rating.voting import Sent, Taken, submit_vote

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


def never() -> float:
    """A chance that never comes up: no gold, no reveal."""
    return 1.0


def always() -> float:
    """A chance that comes up whatever its share, unless that is 0."""
    return 0.0


def claimed(
    database: Database,
    rater: int,
    instrument: Instrument,
    now: datetime = NOW,
    rules: RatingRules = RULES,
    chance: Chance = never,
    have: Collection[int] = (),
) -> tuple[int, int] | None:
    """(claim, task) of the rater's next place, in a transaction of its own, or None."""
    place = database.write(lambda connection: claim_next(connection, rater, instrument, rules, now, chance, have))
    return (place.id, place.task_id) if place else None


def sent(
    database: Database,
    rater: int,
    claim: int,
    key: str = "key",
    answer: Vote | None = None,
    now: datetime = NOW,
    **more: Any,
) -> Taken:
    """An answer, in a transaction of its own."""
    given = Sent(vote() if answer is None else answer, key, **more)
    return database.write(lambda connection: submit_vote(connection, rater, claim, given, now))

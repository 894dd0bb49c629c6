"""How far a rater has come."""

from datetime import datetime

from sqlalchemy.orm import Session

from annotate.assignment import RatingRules
from annotate.scales import Instrument
from server.rating.claiming import is_at_limit
from server.rating.holding import live_places
from server.rating.messages import Progress
from server.rating.queue import Queue
from server.rating.standing import find_standing, utc_day
from server.rating.training import Training, ask_training, study_rules

#: More are not counted: nobody rates so many in a day, and to count all of a large queue takes long.
MOST_COUNTED = 1000


def progress(session: Session, rater_id: int, instrument: Instrument, rules: RatingRules, now: datetime) -> Progress:
    """One rater's progress under one instrument."""
    connection = session.connection()
    standing = find_standing(connection, rater_id, instrument)
    studies = study_rules(connection, rater_id, instrument)
    training = ask_training(connection, rater_id, instrument, studies, now)
    held = len(live_places(connection, rater_id, instrument, now))
    left = held + Queue(connection, rater_id, instrument, now, training.barred).count(MOST_COUNTED)
    allowed = left if rules.rater_limit is None else max(rules.rater_limit - standing.answered, 0)
    return Progress(
        answered=standing.answered,
        available=min(left, allowed, MOST_COUNTED),
        at_limit=is_at_limit(standing, rules),
        today=standing.answered_on_day if standing.day == utc_day(now) else 0,
        training_left=training.left,
        qualified=_qualified(training, any(study.qualified for study in studies.values())),
        break_after_min=min((study.break_after_min for study in studies.values() if study.break_after_min), default=0),
    )


def _qualified(training: Training, somewhere: bool) -> bool | None:
    if training.failed:
        return False
    return None if training.left else somewhere or None

"""The head of the queue: what is rated next, and why."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.engine import Database
from server.db.ratings import Claim, RatingTask
from server.db.studies import Participant
from server.db.trials import Recording, Trial


@dataclass(frozen=True)
class QueueRow:
    """One open task. `trial` is the trial's public id; `answered` of `places` people have rated it."""

    instrument: str
    trial: str
    participant: str
    study: str
    origin: str
    answered: int
    places: int
    priority: float
    reason: str


def queue_head(database: Database, n: int) -> list[QueueRow]:
    """The first `n` open tasks of both instruments by falling priority.

    Among those whose priority is the same in tenths, every rater begins elsewhere: see server.rating.sequence.
    """
    with database.reading() as session:
        return first_tasks(session, n)


def first_tasks(session: Session, n: int) -> list[QueueRow]:
    answered = select(func.count()).where(Claim.task_id == RatingTask.id, Claim.state == "done").scalar_subquery()
    query = (
        select(RatingTask, Recording.origin, Recording.study_id, Participant.pseudonym, answered.label("answered"))
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(RatingTask.state == "open", RatingTask.purpose == "study")
        .where(Recording.consent_rating, Participant.withdrawn_utc.is_(None))
        .order_by(RatingTask.priority.desc(), RatingTask.media_id)
        .limit(n)
    )
    return [
        QueueRow(
            instrument=row.RatingTask.instrument,
            trial=row.RatingTask.trial_id,
            participant=row.pseudonym,
            study=row.study_id,
            origin=row.origin,
            answered=row.answered,
            places=row.RatingTask.places,
            priority=row.RatingTask.priority,
            reason=row.RatingTask.priority_reason,
        )
        for row in session.execute(query)
    ]

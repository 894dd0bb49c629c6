"""Finding the task of a trial, and reading its answers and what experts said."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from annotate.assignment import Seen
from annotate.scales import Instrument
from server.db.exposures import note_exposure
from server.db.ratings import Adjudication, Exposure, RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from server.training.errors import NoSuchTrialError

SCALES = ("seven", "three", "valence", "arousal", "intensity")


@dataclass(frozen=True)
class Found:
    """A task, with the study and the origin of its recording."""

    task: RatingTask
    study: str
    origin: str


def visible_tasks() -> Select[*tuple[Any, ...]]:
    """RatingTask, study_id and origin of every trial that people may look at."""
    return (
        select(RatingTask, Recording.study_id, Recording.origin)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(RatingTask.state != "withdrawn", Recording.consent_rating, Participant.withdrawn_utc.is_(None))
    )


def found(session: Session, trial_id: str, instrument: Instrument, *, lock: bool = False) -> Found:
    """The task of this trial; `lock` keeps places of it from being given meanwhile. Raises NoSuchTrialError."""
    query = visible_tasks().where(RatingTask.trial_id == trial_id, RatingTask.instrument == instrument.value)
    row = session.execute(query.with_for_update(of=RatingTask) if lock else query).one_or_none()
    if row is None:
        raise NoSuchTrialError(
            f"There is no trial {trial_id} under {instrument.value}: it is not known, or its participant does not, or "
            "no longer, let people look at it. Check the id"
        )
    return Found(row.RatingTask, row.study_id, row.origin)


def current_votes(session: Session, tasks: Collection[int]) -> dict[int, list[Vote]]:
    """The votes that stand, by task."""
    newer = aliased(Vote)
    query = (
        select(Vote)
        .where(Vote.task_id.in_(tasks), ~exists().where(newer.supersedes_id == Vote.id))
        .order_by(Vote.task_id, Vote.id)
    )
    votes: dict[int, list[Vote]] = defaultdict(list)
    for vote in session.scalars(query):
        votes[vote.task_id].append(vote)
    return votes


def standing_decision(session: Session, task: RatingTask) -> Adjudication | None:
    """What was decided on this trial under this instrument, and stands."""
    newer = aliased(Adjudication)
    return session.scalar(
        select(Adjudication).where(
            Adjudication.trial_id == task.trial_id,
            Adjudication.instrument == task.instrument,
            ~exists().where(newer.supersedes_id == Adjudication.id),
        )
    )


def note_answers_seen(session: Session, viewer_id: int, trials: Collection[str], now: datetime) -> None:
    """That this person has seen what others say of these trials: such a person is not given them to rate."""
    known = select(Exposure.trial_id).where(
        Exposure.rater_id == viewer_id, Exposure.what == Seen.OTHER_LABEL.value, Exposure.trial_id.in_(trials)
    )
    for trial in sorted(set(trials) - set(session.scalars(known))):
        note_exposure(session, viewer_id, trial, [Seen.OTHER_LABEL], now, detail="training set")

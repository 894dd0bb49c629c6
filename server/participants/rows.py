"""Every row of a participant: counted, and deleted in the order that foreign keys ask for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

from server.db.disagreements import Disagreement
from server.db.predictions import ModelPrediction
from server.db.ratings import Adjudication, Claim, Exposure, RatingTask, ReferenceAnswer, Vote, VoteTrace
from server.db.trials import Recording, SelfReport, Trial

#: Media that are the participant's own. A clip belongs to the study.
PERSONAL_MEDIA = (Trial.face_sha256, Trial.gaze_sha256, Trial.eye_events_sha256)


@dataclass(frozen=True)
class Counts:
    """How much the database has of one participant. `answers` and `raters` are of people, corrections included."""

    recordings: int
    trials: int
    self_reports: int
    tasks: int
    answers: int
    raters: int
    adjudications: int
    predictions: int
    media: int


def recordings_of(session: Session, participant_id: int) -> list[str]:
    """The ids of the participant's recordings."""
    return list(
        session.scalars(select(Recording.id).where(Recording.participant_id == participant_id).order_by(Recording.id))
    )


def trials_of(session: Session, participant_id: int) -> list[str]:
    """The public ids of the participant's trials."""
    return list(session.scalars(_trials(participant_id).order_by(Trial.id)))


def personal_media_of(session: Session, participant_id: int) -> list[str]:
    """Digests of the participant's faces, gaze and eye events that no trial of another participant names."""
    found = {
        digest
        for column in PERSONAL_MEDIA
        for digest in session.scalars(
            select(column)
            .join(Recording, Recording.id == Trial.recording_id)
            .where(Recording.participant_id == participant_id, column.is_not(None))
        )
        if digest
    }
    others = select(Recording.id).where(Recording.participant_id == participant_id)
    return sorted(digest for digest in found if not is_named(session, digest, but_by=others))


def is_named(session: Session, sha256: str, but_by: Select[Any] | None = None) -> bool:
    """Whether a trial (of other recordings than `but_by`) names this medium."""
    for column in PERSONAL_MEDIA:
        query = select(exists().where(column == sha256))
        if but_by is not None:
            query = select(exists().where(column == sha256, Trial.recording_id.not_in(but_by)))
        if session.scalar(query):
            return True
    return False


def count_rows(session: Session, participant_id: int) -> Counts:
    """What a withdrawal would delete."""
    trials, tasks = _trials(participant_id), _tasks(participant_id)

    def count(column: Any, *conditions: Any) -> int:
        return session.scalar(select(func.count(column)).where(*conditions)) or 0

    return Counts(
        recordings=count(Recording.id, Recording.participant_id == participant_id),
        trials=session.scalar(select(func.count()).select_from(trials.subquery())) or 0,
        self_reports=count(SelfReport.trial_id, SelfReport.trial_id.in_(trials)),
        tasks=count(RatingTask.id, RatingTask.trial_id.in_(trials)),
        answers=count(Vote.id, Vote.task_id.in_(tasks)),
        raters=count(Vote.rater_id.distinct(), Vote.task_id.in_(tasks)),
        adjudications=count(Adjudication.id, Adjudication.trial_id.in_(trials)),
        predictions=count(ModelPrediction.run_id, ModelPrediction.trial_id.in_(trials)),
        media=len(personal_media_of(session, participant_id)),
    )


def lock_rows(session: Session, participant_id: int) -> None:
    """Let nobody answer, or be given, a trial of the participant until the transaction ends (PostgreSQL)."""
    trials = _trials(participant_id)
    session.execute(select(Trial.id).where(Trial.id.in_(trials)).order_by(Trial.id).with_for_update())
    session.execute(
        select(RatingTask.id).where(RatingTask.trial_id.in_(trials)).order_by(RatingTask.id).with_for_update()
    )


def delete_rows(session: Session, participant_id: int) -> None:
    """Delete every row of the participant but their own, with all that people and models said of it."""
    trials, tasks = _trials(participant_id), _tasks(participant_id)
    votes = select(Vote.id).where(Vote.task_id.in_(tasks))
    for statement in (
        delete(VoteTrace).where(VoteTrace.vote_id.in_(votes)),
        delete(Vote).where(Vote.task_id.in_(tasks)),
        delete(Claim).where(Claim.task_id.in_(tasks)),
        delete(Disagreement).where(Disagreement.task_id.in_(tasks)),
        delete(ModelPrediction).where(ModelPrediction.trial_id.in_(trials)),
        delete(Exposure).where(Exposure.trial_id.in_(trials)),
        delete(Adjudication).where(Adjudication.trial_id.in_(trials)),
        delete(ReferenceAnswer).where(ReferenceAnswer.trial_id.in_(trials)),
        delete(RatingTask).where(RatingTask.trial_id.in_(trials)),
        delete(SelfReport).where(SelfReport.trial_id.in_(trials)),
        delete(Trial).where(
            Trial.recording_id.in_(select(Recording.id).where(Recording.participant_id == participant_id))
        ),
        delete(Recording).where(Recording.participant_id == participant_id),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def _trials(participant_id: int) -> Select[str]:
    return (
        select(Trial.id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(Recording.participant_id == participant_id)
    )


def _tasks(participant_id: int) -> Select[int]:
    return select(RatingTask.id).where(RatingTask.trial_id.in_(_trials(participant_id)))

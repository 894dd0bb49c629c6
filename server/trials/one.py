"""One trial with everything that people and models said of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, defer

from annotate.scales import EMOTIONS, Emotion
from server.db.accounts import Account
from server.db.predictions import ModelPrediction, PredictionRun, last_servings
from server.db.ratings import Adjudication, Exposure, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, SelfReport, Trial
from server.trials.errors import NoSuchTrialError


@dataclass(frozen=True)
class Affect:
    """Class, polarity and place of one answer. Valence and arousal in [-1, 1], intensity in [0, 3], FER only."""

    seven: str | None
    three: str | None
    valence: float | None
    arousal: float | None
    intensity: float | None = None


@dataclass(frozen=True)
class AnswerLine:
    """A rater's answer as it stands; `corrected`: how many it replaced. `flags` joined by commas."""

    instrument: str
    rater: str
    affect: Affect
    flags: str
    note: str
    prelabel_seen: bool
    purpose: str
    position: int
    looked_ms: int | None
    answered_utc: datetime
    corrected: int


@dataclass(frozen=True)
class DecisionLine:
    """An adjudicator's decision, or (`kind` 'reference') what experts say of a gold or training trial."""

    kind: str
    instrument: str
    by: str
    affect: Affect
    words: str
    decided_utc: datetime
    stands: bool


@dataclass(frozen=True)
class PredictionLine:
    """What one model said. `current`: of those that speak of the trial it was put in service last; `sure` is the
    probability of its class; `held_out`: its weights never saw the person.
    """

    model: str
    snapshot: str
    instrument: str
    affect: Affect
    sure: float
    probabilities: dict[str, float]
    uncertainty: float
    held_out: bool
    simulated: bool
    imported_utc: datetime
    current: bool


@dataclass(frozen=True)
class ExposureLine:
    """That somebody has seen something of the trial."""

    rater: str
    what: str
    seen_utc: datetime
    detail: str


@dataclass(frozen=True)
class OneTrial:
    """Everything of one trial. `media`: addresses, None where there is none or nobody may look (`may_look`)."""

    id: str
    study: str
    participant: str
    participant_id: int
    recording: str
    session: int
    recorded_utc: str
    position: int
    origin: str
    clip: str
    clip_emotion: str | None
    clip_placeholder: bool
    duration_ms: float
    valid: bool
    invalid_reason: str
    verdict: str | None
    verdict_reasons: list[str]
    frames_in_clip: int
    frames_shown: int
    frames_late: int
    samples: int
    fixations: int
    saccades: int
    blinks: int
    may_look: bool
    may_train: bool
    may_publish: bool
    face_offset_ms: float | None
    screen_width_px: int
    screen_height_px: int
    media: dict[str, str | None]
    self_report: Affect | None
    answers: list[AnswerLine]
    decisions: list[DecisionLine]
    predictions: list[PredictionLine]
    exposures: list[ExposureLine]
    before: str | None
    after: str | None


def one_trial(session: Session, trial_id: str) -> OneTrial:
    """Raises NoSuchTrialError."""
    row = session.execute(
        select(Trial, Recording, Participant, Stimulus)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(Trial.id == trial_id, Participant.withdrawn_utc.is_(None))
        .options(defer(Recording.quality))
    ).one_or_none()
    if row is None:
        raise NoSuchTrialError("There is no such trial; its participant may have withdrawn. The list has all there are")
    trial, recording, person, stimulus = row
    return OneTrial(
        id=trial.id,
        study=recording.study_id,
        participant=person.pseudonym,
        participant_id=person.id,
        recording=recording.id,
        session=recording.session,
        recorded_utc=recording.recorded_utc,
        position=trial.position,
        origin=recording.origin,
        clip=stimulus.clip,
        clip_emotion=stimulus.emotion,
        clip_placeholder=stimulus.placeholder,
        duration_ms=trial.duration_ms,
        valid=trial.valid,
        invalid_reason=trial.invalid_reason,
        verdict=trial.verdict,
        verdict_reasons=[line for line in trial.verdict_reasons.splitlines() if line],
        frames_in_clip=trial.frames_in_clip,
        frames_shown=trial.frames_shown,
        frames_late=trial.frames_late,
        samples=trial.samples,
        fixations=trial.fixations,
        saccades=trial.saccades,
        blinks=trial.blinks,
        may_look=recording.consent_rating,
        may_train=recording.consent_training,
        may_publish=recording.consent_publication,
        face_offset_ms=trial.face_offset_ms,
        screen_width_px=recording.screen_width_px,
        screen_height_px=recording.screen_height_px,
        media=_media(trial, stimulus, recording.consent_rating),
        self_report=_self_report(session, trial.id) if recording.consent_rating else None,
        answers=_answers(session, trial.id),
        decisions=_decisions(session, trial.id),
        predictions=_predictions(session, trial.id),
        exposures=_exposures(session, trial.id),
        before=_neighbour(session, trial, -1),
        after=_neighbour(session, trial, 1),
    )


def _media(trial: Trial, stimulus: Stimulus, may_look: bool) -> dict[str, str | None]:
    there = {"face": trial.face_sha256, "stimulus": stimulus.media_sha256, "gaze": trial.gaze_sha256}
    return {
        medium: f"/media/trials/{trial.id}/{medium}" if sha256 and may_look else None
        for medium, sha256 in there.items()
    }


def _affect(row: Any) -> Affect:
    return Affect(row.seven, row.three, row.valence, row.arousal, getattr(row, "intensity", None))


def _self_report(session: Session, trial_id: str) -> Affect | None:
    report = session.get(SelfReport, trial_id)
    return _affect(report) if report else None


def _answers(session: Session, trial_id: str) -> list[AnswerLine]:
    newer = aliased(Vote)
    votes = session.execute(
        select(Vote, RatingTask.purpose, Account.pseudonym, newer.id.label("newer"))
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .join(Account, Account.id == Vote.rater_id)
        .outerjoin(newer, newer.supersedes_id == Vote.id)
        .where(RatingTask.trial_id == trial_id)
        .order_by(RatingTask.instrument, Vote.id)
    ).all()
    given = {(row.Vote.task_id, row.Vote.rater_id): 0 for row in votes}
    for row in votes:
        given[row.Vote.task_id, row.Vote.rater_id] += 1
    return [
        AnswerLine(
            instrument=row.Vote.instrument,
            rater=row.pseudonym,
            affect=_affect(row.Vote),
            flags=row.Vote.flags,
            note=row.Vote.note,
            prelabel_seen=row.Vote.prelabel_seen,
            purpose=row.purpose,
            position=row.Vote.position,
            looked_ms=row.Vote.looked_ms,
            answered_utc=row.Vote.created_utc,
            corrected=given[row.Vote.task_id, row.Vote.rater_id] - 1,
        )
        for row in votes
        if row.newer is None
    ]


def _decisions(session: Session, trial_id: str) -> list[DecisionLine]:
    newer = aliased(Adjudication)
    decided = session.execute(
        select(Adjudication, Account.pseudonym, newer.id.label("newer"))
        .join(Account, Account.id == Adjudication.by_id)
        .outerjoin(newer, newer.supersedes_id == Adjudication.id)
        .where(Adjudication.trial_id == trial_id)
        .order_by(Adjudication.instrument, Adjudication.id.desc())
    )
    lines = [
        DecisionLine(
            "decision", row.Adjudication.instrument, row.pseudonym, _affect(row.Adjudication), row.Adjudication.reason,
            row.Adjudication.created_utc, row.newer is None,
        )
        for row in decided
    ]  # fmt: skip
    references = session.execute(
        select(ReferenceAnswer, Account.pseudonym)
        .join(Account, Account.id == ReferenceAnswer.by_id)
        .where(ReferenceAnswer.trial_id == trial_id)
        .order_by(ReferenceAnswer.instrument)
    )
    return lines + [
        DecisionLine(
            "reference", row.ReferenceAnswer.instrument, row.pseudonym, _affect(row.ReferenceAnswer),
            row.ReferenceAnswer.explanation, row.ReferenceAnswer.created_utc, True,
        )
        for row in references
    ]  # fmt: skip


def _predictions(session: Session, trial_id: str) -> list[PredictionLine]:
    """Those of the model that was put in service last come first."""
    servings = last_servings()
    rows = session.execute(
        select(ModelPrediction, PredictionRun)
        .join(PredictionRun, PredictionRun.id == ModelPrediction.run_id)
        .join(servings, servings.c.run_id == PredictionRun.id)
        .where(ModelPrediction.trial_id == trial_id)
        .order_by(servings.c.last.desc(), ModelPrediction.instrument)
    ).all()
    current = {said.instrument: run for said, run in reversed(rows)}
    return [_prediction_line(said, run, current=current[said.instrument] is run) for said, run in rows]


def _prediction_line(said: ModelPrediction, run: PredictionRun, current: bool) -> PredictionLine:
    probabilities = {emotion.value: share for emotion, share in zip(EMOTIONS, said.seven, strict=True)}
    seven = max(Emotion, key=lambda emotion: probabilities[emotion.value]).value
    return PredictionLine(
        model=run.model,
        snapshot=run.snapshot_id,
        instrument=said.instrument,
        affect=Affect(seven, None, said.valence, said.arousal, said.intensity),
        sure=probabilities[seven],
        probabilities=probabilities,
        uncertainty=said.uncertainty,
        held_out=said.held_out,
        simulated=run.simulated,
        imported_utc=run.imported_utc,
        current=current,
    )


def _exposures(session: Session, trial_id: str) -> list[ExposureLine]:
    rows = session.execute(
        select(Exposure, Account.pseudonym)
        .join(Account, Account.id == Exposure.rater_id)
        .where(Exposure.trial_id == trial_id)
        .order_by(Exposure.seen_utc, Exposure.id)
    )
    return [ExposureLine(row.pseudonym, row.Exposure.what, row.Exposure.seen_utc, row.Exposure.detail) for row in rows]


def _neighbour(session: Session, trial: Trial, by: int) -> str | None:
    """The trial before or after in the same recording."""
    further = Trial.position > trial.position if by > 0 else Trial.position < trial.position
    nearest = Trial.position.asc() if by > 0 else Trial.position.desc()
    query = select(Trial.id).where(Trial.recording_id == trial.recording_id, further).order_by(nearest).limit(1)
    return session.scalar(query)

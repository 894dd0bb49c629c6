"""One recording with its trials, and what its quality report says of them."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from collect.quality.format import PresentationQuality, SessionQuality
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial
from server.sessions.errors import NoSuchRecordingError
from server.sessions.listing import agreed_to, tracker_words


@dataclass(frozen=True)
class RecordingTrial:
    """One trial of a recording. `verdict` is null where no quality report came; `reasons` say why it is not good."""

    id: str
    position: int
    clip: str
    emotion: str | None
    valid: bool
    invalid_reason: str
    duration_ms: float
    frames_in_clip: int
    frames_shown: int
    frames_late: int
    samples: int
    fixations: int
    blinks: int
    has_face: bool
    has_gaze: bool
    verdict: str | None
    reasons: list[str]


@dataclass(frozen=True)
class OneRecording:
    """A recording. `agreed_to` beside being recorded. `headline` and `advice` are the quality report's, '' without."""

    id: str
    study: str
    participant_id: int
    participant: str
    session: int
    origin: str
    state: str
    outcome: str
    recorded_utc: str
    ingested_utc: datetime
    agreed_to: list[str]
    withdrawn: bool
    tracker: str
    tracker_eyes: str
    tracker_simulated: bool
    camera: str
    camera_simulated: bool
    screen: str
    samples: int
    fixations: int
    saccades: int
    blinks: int
    verdict: str | None
    headline: str
    advice: list[str]
    trials: list[RecordingTrial]


def one_recording(session: Session, recording_id: str) -> OneRecording:
    """Raises NoSuchRecordingError."""
    recording, person = _find(session, recording_id)
    report = _report_of(session, recording_id)
    query = (
        select(Trial, Stimulus)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(Trial.recording_id == recording_id)
        .order_by(Trial.position)
    )
    screen = f"{recording.screen_width_px} × {recording.screen_height_px} px"
    return OneRecording(
        id=recording.id,
        study=recording.study_id,
        participant_id=person.id,
        participant=person.pseudonym,
        session=recording.session,
        origin=recording.origin,
        state=recording.state,
        outcome=recording.outcome,
        recorded_utc=recording.recorded_utc,
        ingested_utc=recording.ingested_utc,
        agreed_to=agreed_to(recording),
        withdrawn=person.withdrawn_utc is not None,
        tracker=tracker_words(recording),
        tracker_eyes=recording.tracker_eyes,
        tracker_simulated=recording.tracker_simulated,
        camera=recording.camera_model,
        camera_simulated=recording.camera_simulated,
        screen=screen
        + ("" if recording.screen_vsync else ", without vertical sync: when frames were seen is not measured"),
        samples=recording.samples,
        fixations=recording.fixations,
        saccades=recording.saccades,
        blinks=recording.blinks,
        verdict=recording.verdict,
        headline=report.headline if report else "",
        advice=list(report.advice) if report else [],
        trials=[_trial(row.Trial, row.Stimulus) for row in session.execute(query)],
    )


def quality_of(session: Session, recording_id: str) -> SessionQuality | None:
    """The quality report; None where none came. Raises NoSuchRecordingError."""
    _find(session, recording_id)
    return _report_of(session, recording_id)


def presentations_of(report: SessionQuality | None) -> dict[int, PresentationQuality]:
    """What the report says of each trial, by its number."""
    return {one.number: one for one in report.presentations if one.role == "trial"} if report else {}


def _find(session: Session, recording_id: str) -> tuple[Recording, Participant]:
    row = session.execute(
        select(Recording, Participant)
        .options(defer(Recording.quality))
        .join(Participant, Participant.id == Recording.participant_id)
        .where(Recording.id == recording_id)
    ).one_or_none()
    if row is None:
        raise NoSuchRecordingError("There is no such recording; it may have been withdrawn. /recordings lists all")
    return row.Recording, row.Participant


def _report_of(session: Session, recording_id: str) -> SessionQuality | None:
    document = session.scalar(select(Recording.quality).where(Recording.id == recording_id))
    try:
        return None if document is None else SessionQuality.model_validate(document)
    except ValidationError:  # of a version that is no longer read: the verdicts stand in the rows
        return None


def _trial(trial: Trial, stimulus: Stimulus) -> RecordingTrial:
    return RecordingTrial(
        id=trial.id,
        position=trial.position,
        clip=stimulus.clip,
        emotion=stimulus.emotion,
        valid=trial.valid,
        invalid_reason=trial.invalid_reason,
        duration_ms=trial.duration_ms,
        frames_in_clip=trial.frames_in_clip,
        frames_shown=trial.frames_shown,
        frames_late=trial.frames_late,
        samples=trial.samples,
        fixations=trial.fixations,
        blinks=trial.blinks,
        has_face=trial.face_sha256 is not None,
        has_gaze=trial.gaze_sha256 is not None,
        verdict=trial.verdict,
        reasons=trial.verdict_reasons.splitlines(),
    )

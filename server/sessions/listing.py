"""What has arrived."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.studies import Participant
from server.db.trials import Recording, Trial


@dataclass(frozen=True)
class RecordingRow:
    """One recording in the list. `agreed_to` beside being recorded; `withdrawn` since."""

    id: str
    study: str
    participant: str
    session: int
    origin: str
    state: str
    outcome: str
    recorded_utc: str
    ingested_utc: datetime
    tracker: str
    trials: int
    trials_valid: int
    with_face: int
    with_gaze: int
    samples: int
    agreed_to: list[str]
    withdrawn: bool


def list_recordings(session: Session, limit: int = 500) -> list[RecordingRow]:
    """The recordings, the latest ingested first."""
    per_recording = (
        select(
            Trial.recording_id,
            func.count().label("trials"),
            func.count().filter(Trial.valid).label("trials_valid"),
            func.count(Trial.face_sha256).label("with_face"),
            func.count(Trial.gaze_sha256).label("with_gaze"),
        )
        .group_by(Trial.recording_id)
        .subquery()
    )
    query = (
        select(Recording, Participant, per_recording)
        .join(Participant, Participant.id == Recording.participant_id)
        .outerjoin(per_recording, per_recording.c.recording_id == Recording.id)
        .order_by(Recording.ingested_utc.desc(), Recording.id)
        .limit(limit)
    )
    return [
        RecordingRow(
            id=row.Recording.id,
            study=row.Recording.study_id,
            participant=row.Participant.pseudonym,
            session=row.Recording.session,
            origin=row.Recording.origin,
            state=row.Recording.state,
            outcome=row.Recording.outcome,
            recorded_utc=row.Recording.recorded_utc,
            ingested_utc=row.Recording.ingested_utc,
            tracker=f"{row.Recording.tracker_model}, {row.Recording.tracker_rate_hz:g} Hz",
            trials=row.trials or 0,
            trials_valid=row.trials_valid or 0,
            with_face=row.with_face or 0,
            with_gaze=row.with_gaze or 0,
            samples=row.Recording.samples,
            agreed_to=_agreed_to(row.Recording),
            withdrawn=row.Participant.withdrawn_utc is not None,
        )
        for row in session.execute(query)
    ]


def _agreed_to(recording: Recording) -> list[str]:
    asked = {
        "rating": recording.consent_rating,
        "training": recording.consent_training,
        "publication": recording.consent_publication,
    }
    return [scope for scope, agreed in asked.items() if agreed]

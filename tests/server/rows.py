"""Rows for tests that begin after the ingest: as few values as the schema lets through."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.accounts import Account
from server.db.ratings import RatingTask
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, Trial

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def add_account(session: Session, name: str, role: str = "rater", **changes: Any) -> Account:
    values = {"pseudonym": f"r{uuid4().hex[:8]}", "password_hash": "none", "created_utc": THEN} | changes
    session.add(account := Account(name=name, role=role, **values))
    session.flush()
    return account


def add_recording(session: Session, participant: str = "P01", study: str = "smiles", **changes: Any) -> Recording:
    if session.get(Study, study) is None:
        session.add(Study(id=study, title="Smiles"))
        session.flush()
    person = session.scalars(select(Participant).filter_by(study_id=study, pseudonym=participant)).one_or_none()
    if person is None:
        session.add(person := Participant(study_id=study, pseudonym=participant))
        session.flush()
    values: dict[str, Any] = {
        "id": uuid4().hex, "digest_sha256": "0" * 64, "study_id": study, "study_sha256": "1" * 64,
        "participant_id": person.id, "session": 1, "origin": "real", "state": "sealed", "outcome": "completed",
        "recorded_utc": "2026-01-02T03:04:05Z", "ingested_utc": THEN, "consent_rating": True,
        "consent_training": True, "consent_publication": False, "consent_text_sha256": "2" * 64,
        "tracker_kind": "eyelink", "tracker_model": "EyeLink 1000", "tracker_rate_hz": 1000.0, "tracker_eyes": "L",
        "tracker_pupil_unit": "arbitrary area", "tracker_simulated": False, "camera_kind": "opencv",
        "camera_model": "webcam", "camera_simulated": False, "screen_width_px": 1280, "screen_height_px": 720,
        "screen_vsync": True,
    }  # fmt: skip
    session.add(recording := Recording(**(values | changes)))
    session.flush()
    return recording


def add_trial(session: Session, recording: Recording | None = None, clip: str = "joy-1", **of_recording: Any) -> Trial:
    """A valid trial with face and gaze digests, in a recording of its own unless one is given."""
    recording = recording or add_recording(session, **of_recording)
    stimulus = session.scalars(select(Stimulus).filter_by(study_id=recording.study_id, clip=clip)).one_or_none()
    if stimulus is None:
        session.add(stimulus := Stimulus(study_id=recording.study_id, clip=clip, emotion="happiness", placeholder=True))
        session.flush()
    position = session.scalar(select(func.count()).where(Trial.recording_id == recording.id)) or 0
    trial = Trial(
        id=uuid4().hex,
        recording_id=recording.id,
        position=position + 1,
        stimulus_id=stimulus.id,
        duration_ms=9000.0,
        valid=True,
        face_sha256="a" * 64,
        face_offset_ms=-120.0,
        gaze_sha256="b" * 64,
        eye_events_sha256="c" * 64,
    )
    session.add(trial)
    session.flush()
    return trial


def add_task(session: Session, trial: Trial, instrument: str, places: int = 3) -> RatingTask:
    media_id = uuid4().hex
    task = RatingTask(
        trial_id=trial.id,
        instrument=instrument,
        media_id=media_id,
        places=places,
        order_key=int(media_id[:8], 16) >> 1,
        created_utc=THEN,
    )
    session.add(task)
    session.flush()
    return task

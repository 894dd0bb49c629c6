"""Recordings (one bundle each), their trials, and what participants said of themselves."""

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotate.scales import EMOTIONS, POLARITIES
from collect.bundle.format import Origin
from server.db.base import Table, UtcTime, at_least, between, length_is, one_of
from server.db.studies import Participant, Stimulus

ORIGINS: tuple[str, ...] = get_args(Origin)
#: What the lab PC's quality report says of a session or a trial.
VERDICTS = ("good", "usable", "bad", "not known")


class Recording(Table):
    """One bundle: one session of one participant. `id` is the bundle's id.

    `digest_sha256` is the digest of the bundle's seal, or, where an aborted one has no seal, of its journal. The
    counts are of the whole recording, as the tracker's record has them. `verdict` and `quality` (the whole report as
    collect.quality wrote it beside the bundle) are null where no report came with it.
    """

    __tablename__ = "recording"
    __table_args__ = (
        length_is("id", 32),
        length_is("digest_sha256", 64),
        one_of("origin", ORIGINS),
        one_of("state", ("sealed", "aborted")),
        one_of("tracker_eyes", ("L", "R", "LR")),
        one_of("verdict", VERDICTS),
        Index("ix_recording_ingested_utc", "ingested_utc", "id"),
        Index("ix_recording_study_id_ingested_utc", "study_id", "ingested_utc", "id"),
        at_least("session", 1),
        at_least("screen_width_px", 1),
        at_least("screen_height_px", 1),
        CheckConstraint(
            "origin = 'simulated' OR NOT (tracker_simulated OR camera_simulated)", name="simulated_is_marked"
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest_sha256: Mapped[str] = mapped_column(String(64))
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), index=True)
    study_sha256: Mapped[str] = mapped_column(String(64))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    session: Mapped[int]
    origin: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(32), default="")
    recorded_utc: Mapped[str] = mapped_column(String(40))
    ingested_utc: Mapped[datetime] = mapped_column(UtcTime)

    consent_rating: Mapped[bool] = mapped_column(Boolean)
    consent_training: Mapped[bool] = mapped_column(Boolean)
    consent_publication: Mapped[bool] = mapped_column(Boolean)
    consent_text_sha256: Mapped[str] = mapped_column(String(64))

    tracker_kind: Mapped[str] = mapped_column(String(64))
    tracker_model: Mapped[str] = mapped_column(String(200))
    tracker_rate_hz: Mapped[float]
    tracker_eyes: Mapped[str] = mapped_column(String(2))
    tracker_pupil_unit: Mapped[str] = mapped_column(String(32))
    tracker_simulated: Mapped[bool] = mapped_column(Boolean)
    camera_kind: Mapped[str] = mapped_column(String(64))
    camera_model: Mapped[str] = mapped_column(String(200))
    camera_simulated: Mapped[bool] = mapped_column(Boolean)
    screen_width_px: Mapped[int]
    screen_height_px: Mapped[int]
    screen_vsync: Mapped[bool] = mapped_column(Boolean)

    samples: Mapped[int] = mapped_column(default=0)
    fixations: Mapped[int] = mapped_column(default=0)
    saccades: Mapped[int] = mapped_column(default=0)
    blinks: Mapped[int] = mapped_column(default=0)
    messages: Mapped[int] = mapped_column(default=0)

    verdict: Mapped[str | None] = mapped_column(String(16))
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    participant: Mapped[Participant] = relationship(lazy="raise")
    trials: Mapped[list["Trial"]] = relationship(lazy="raise", back_populates="recording", order_by="Trial.position")


class Trial(Table):
    """One clip shown to one participant. `id` is public (32 hex) and follows from bundle and position.

    Media lie in the content-addressed store. `face_offset_ms` is the clip-clock time of the face video's first frame
    (slightly negative: the cut begins at a key frame); the clip's clock starts at the flip of its first frame. The
    counts are of what happened while the clip was on the screen.
    """

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("recording_id", "position"),
        length_is("id", 32),
        length_is("face_sha256", 64),
        length_is("gaze_sha256", 64),
        length_is("eye_events_sha256", 64),
        at_least("position", 1),
        at_least("duration_ms", 0),
        CheckConstraint("(face_sha256 IS NULL) = (face_offset_ms IS NULL)", name="face_has_offset"),
        CheckConstraint("valid OR invalid_reason <> ''", name="invalid_has_reason"),
        one_of("verdict", VERDICTS),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id"))
    position: Mapped[int]
    stimulus_id: Mapped[int] = mapped_column(ForeignKey("stimulus.id"), index=True)
    duration_ms: Mapped[float]
    valid: Mapped[bool] = mapped_column(Boolean)
    invalid_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    face_sha256: Mapped[str | None] = mapped_column(String(64))
    face_offset_ms: Mapped[float | None]
    gaze_sha256: Mapped[str | None] = mapped_column(String(64))
    eye_events_sha256: Mapped[str | None] = mapped_column(String(64))

    frames_in_clip: Mapped[int] = mapped_column(default=0)
    frames_shown: Mapped[int] = mapped_column(default=0)
    frames_late: Mapped[int] = mapped_column(default=0)
    samples: Mapped[int] = mapped_column(default=0)
    fixations: Mapped[int] = mapped_column(default=0)
    saccades: Mapped[int] = mapped_column(default=0)
    blinks: Mapped[int] = mapped_column(default=0)
    messages: Mapped[int] = mapped_column(default=0)

    verdict: Mapped[str | None] = mapped_column(String(16))
    #: Sentences of the quality report, one a line.
    verdict_reasons: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    recording: Mapped[Recording] = relationship(lazy="raise", back_populates="trials")
    stimulus: Mapped[Stimulus] = relationship(lazy="raise")
    self_report: Mapped["SelfReport | None"] = relationship(lazy="raise", back_populates="trial", uselist=False)


class SelfReport(Table):
    """What the participant said they felt. Steps are 1 to 9. Never pooled with raters."""

    __tablename__ = "self_report"
    __table_args__ = (
        one_of("seven", EMOTIONS),
        one_of("three", POLARITIES),
        between("valence", -1, 1),
        between("arousal", -1, 1),
        between("valence_step", 1, 9),
        between("arousal_step", 1, 9),
        between("familiarity_step", 1, 9),
        between("liking_step", 1, 9),
    )

    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"), primary_key=True)
    seven: Mapped[str | None] = mapped_column(String(16))
    three: Mapped[str | None] = mapped_column(String(16))
    valence: Mapped[float | None]
    arousal: Mapped[float | None]
    valence_step: Mapped[int | None]
    arousal_step: Mapped[int | None]
    familiarity_step: Mapped[int | None]
    liking_step: Mapped[int | None]

    trial: Mapped[Trial] = relationship(lazy="raise", back_populates="self_report")

"""What there is to rate, who holds which place, what was answered, and what each rater has seen."""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from server.db.accounts import Account
from server.db.base import Table, UtcTime, at_least, between, length_is, one_of
from server.db.trials import Trial


class RatingTask(Table):
    """One trial under one instrument, to be rated by `places` people.

    `media_id` (32 hex, random) is all that a page shows of it. The queue is read in the order of falling `priority`
    (0 to 1), then by `media_id`, which tells nothing of the order of a session; `priority_reason` tells a person why.
    `state`: open while places are left, done when all have answered, withdrawn when the participant has withdrawn.
    """

    __tablename__ = "rating_task"
    __table_args__ = (
        UniqueConstraint("trial_id", "instrument"),
        UniqueConstraint("id", "instrument"),  # a vote points at both, so that its instrument is the task's
        one_of("instrument", Instrument),
        one_of("state", ("open", "done", "withdrawn")),
        length_is("media_id", 32),
        at_least("places", 1),
        between("priority", 0, 1),
        Index("ix_rating_task_queue", "state", "instrument", text("priority DESC"), "media_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    media_id: Mapped[str] = mapped_column(String(32), unique=True)
    places: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="open", server_default="open")
    priority: Mapped[float] = mapped_column(default=0.0, server_default="0")
    priority_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_utc: Mapped[datetime] = mapped_column(UtcTime)

    trial: Mapped[Trial] = relationship(lazy="raise")


class Claim(Table):
    """A rater's hold on one place (`slot` 1 … places) of a task: leased until `expires_utc`, then done by a vote.

    An expired lease is free: whoever claims next takes the row over.
    """

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("task_id", "slot"),
        UniqueConstraint("task_id", "rater_id"),
        Index("ix_claim_rater_id_state", "rater_id", "state"),
        one_of("state", ("leased", "done")),
        at_least("slot", 1),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("rating_task.id"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    slot: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="leased", server_default="leased")
    claimed_utc: Mapped[datetime] = mapped_column(UtcTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcTime)

    task: Mapped[RatingTask] = relationship(lazy="raise")


class Vote(Table):
    """One rater's whole answer. Never changed (a trigger refuses it): a correction is a new row.

    A correction names the row that it replaces in `supersedes_id`; a rater's current vote on a task is the one that no
    other supersedes. `flags` holds annotate.scales.Flag values in their order, joined by commas.
    """

    __tablename__ = "vote"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "instrument"], ["rating_task.id", "rating_task.instrument"]),
        UniqueConstraint("rater_id", "idempotency_key"),
        Index(
            "uq_vote_first",
            "task_id",
            "rater_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        one_of("instrument", Instrument),
        one_of("seven", EMOTIONS),
        one_of("three", POLARITIES),
        between("valence", -1, 1),
        between("arousal", -1, 1),
        between("intensity", 0, 3),
        CheckConstraint("(instrument = 'FER') = (intensity IS NOT NULL)", name="intensity_is_fer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int]
    instrument: Mapped[str] = mapped_column(String(3))
    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seven: Mapped[str] = mapped_column(String(16))
    three: Mapped[str] = mapped_column(String(16))
    valence: Mapped[float]
    arousal: Mapped[float]
    intensity: Mapped[float | None]
    flags: Mapped[str] = mapped_column(Text, default="", server_default="")
    prelabel_seen: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("vote.id"), unique=True)

    task: Mapped[RatingTask] = relationship(lazy="raise")
    rater: Mapped[Account] = relationship(lazy="raise")


class Exposure(Table):
    """That a rater has seen something of a trial which would bias a later answer. One row the first time."""

    __tablename__ = "exposure"
    __table_args__ = (
        UniqueConstraint("rater_id", "trial_id", "what"),
        one_of("what", ("stimulus", "self_report", "context", "prelabel")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"), index=True)
    what: Mapped[str] = mapped_column(String(16))
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)

"""What there is to rate, who holds which place, what was answered, and what each rater has seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotate.assignment import Seen
from annotate.priority import band_of as band_of  # the word of a column here, and of whoever fills it
from annotate.scales import EMOTIONS, POLARITIES, Instrument
from server.db.accounts import Account
from server.db.base import Table, UtcTime, at_least, between, length_is, one_of
from server.db.trials import Trial

PURPOSES = ("study", "gold", "training")
ARMS = ("blind", "reveal")
SEEN = tuple(Seen)
#: Order keys are drawn from 0 … CIRCLE - 1.
CIRCLE = 2**31


class RatingTask(Table):
    """One trial under one instrument, to be rated by `places` people.

    `media_id` (32 hex, random) is all that a page shows of it. `priority` is 0 to 1, `priority_reason` tells a person
    why. The queue is read by falling `band` (the priority in tenths, 0 to 10) and, within a band, along a circle of
    random `order_key`s (0 to 2³¹-1) on which every rater begins elsewhere: see server.rating.sequence.
    `state`: open while places are left, done when all have answered, withdrawn when the participant has withdrawn.
    `purpose`: 'study'; 'gold', given to every rater beside the queue, its answer known and kept to itself; 'training',
    as gold but told after the answer, and never a label.
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
        one_of("purpose", PURPOSES),
        between("band", 0, 10),
        at_least("order_key", 0),
        Index("ix_rating_task_queue", "state", "instrument", "purpose", text("band DESC"), "order_key"),
        Index("ix_rating_task_head", "state", "purpose", text("priority DESC"), "media_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    media_id: Mapped[str] = mapped_column(String(32), unique=True)
    places: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="open", server_default="open")
    priority: Mapped[float] = mapped_column(default=0.0, server_default="0")
    priority_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    band: Mapped[int] = mapped_column(default=0, server_default="0")
    order_key: Mapped[int] = mapped_column(default=0, server_default="0")
    purpose: Mapped[str] = mapped_column(String(8), default="study", server_default="study")
    created_utc: Mapped[datetime] = mapped_column(UtcTime)

    trial: Mapped[Trial] = relationship(lazy="raise")


class Claim(Table):
    """A rater's hold on one place (`slot` 1 … places) of a task: leased until `expires_utc`, then done by a vote.

    An expired lease is free: whoever claims next takes the row over. `arm` is drawn at random with the place: 'reveal'
    shows the model's label after the blind answer, 'blind' never does. `position` counts the places that this rater
    was given under this instrument, from 1: the trial's place in the rater's own sequence. An id is never given twice,
    also where the last rows went with a participant who withdrew: an answer that a rater's page still holds for one of
    them must not fit another trial.
    """

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("task_id", "slot"),
        UniqueConstraint("task_id", "rater_id"),
        Index("ix_claim_rater_id_state", "rater_id", "state"),
        one_of("state", ("leased", "done")),
        one_of("arm", ARMS),
        at_least("slot", 1),
        at_least("position", 0),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("rating_task.id"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    slot: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="leased", server_default="leased")
    claimed_utc: Mapped[datetime] = mapped_column(UtcTime)
    expires_utc: Mapped[datetime] = mapped_column(UtcTime)
    arm: Mapped[str] = mapped_column(String(8), default="blind", server_default="blind")
    position: Mapped[int] = mapped_column(default=0, server_default="0")

    task: Mapped[RatingTask] = relationship(lazy="raise")


class Vote(Table):
    """One rater's whole answer. Never changed (a trigger refuses it): a correction is a new row.

    A correction names the row that it replaces in `supersedes_id`; a rater's current vote on a task is the one that no
    other supersedes. `flags` holds annotate.scales.Flag values in their order, joined by commas. `note` is in the
    rater's words, for the adjudicator and the researcher. `position` is the claim's; `looked_ms` is how long the trial
    was on the rater's screen before the answer, null where not known.
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
        at_least("position", 0),
        at_least("looked_ms", 0),
        Index("ix_vote_rater_id_instrument_id", "rater_id", "instrument", "id"),
        Index("ix_vote_task_id", "task_id"),
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
    note: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    looked_ms: Mapped[int | None]

    task: Mapped[RatingTask] = relationship(lazy="raise")
    rater: Mapped[Account] = relationship(lazy="raise")


class RaterStanding(Table):
    """Where one rater stands under one instrument: kept with every place and answer, so that nobody counts for it.

    `given` counts the places given so far (`Claim.position` is it at that moment). `answered` counts answers,
    corrections and training left out; `answered_on_day` those of `day`, a date in UTC such as '2026-03-01'.
    `order_key` is that of the last trial given from the queue, null before the first: the walk goes on from there.
    Until `resting_until_utc` the bands from `resting_band` up are passed over: a long walk has found nothing in them.
    """

    __tablename__ = "rater_standing"
    __table_args__ = (
        PrimaryKeyConstraint("rater_id", "instrument"),
        one_of("instrument", Instrument),
        at_least("given", 0),
        at_least("answered", 0),
        at_least("answered_on_day", 0),
        length_is("day", 0, 10),
        at_least("order_key", 0),
        between("resting_band", 0, 10),
    )

    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    given: Mapped[int] = mapped_column(default=0, server_default="0")
    answered: Mapped[int] = mapped_column(default=0, server_default="0")
    day: Mapped[str] = mapped_column(String(10), default="", server_default="")
    answered_on_day: Mapped[int] = mapped_column(default=0, server_default="0")
    order_key: Mapped[int | None]
    resting_band: Mapped[int | None]
    resting_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class Exposure(Table):
    """That a rater has seen something of a trial which would bias a later answer. One row the first time.

    `detail` says more where there is more to say: the model whose label was seen, the page on which.
    """

    __tablename__ = "exposure"
    __table_args__ = (
        UniqueConstraint("rater_id", "trial_id", "what"),
        one_of("what", SEEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"), index=True)
    what: Mapped[str] = mapped_column(String(16))
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)
    detail: Mapped[str] = mapped_column(String(64), default="", server_default="")


class VoteTrace(Table):
    """What a rater drew while the clip played: `t_ms` on the clip's clock, rising, and `values` in [-1, 1]."""

    __tablename__ = "vote_trace"
    __table_args__ = (one_of("scale", ("valence", "arousal")),)

    vote_id: Mapped[int] = mapped_column(ForeignKey("vote.id"), primary_key=True)
    scale: Mapped[str] = mapped_column(String(8))
    t_ms: Mapped[list[float]] = mapped_column(JSON)
    values: Mapped[list[float]] = mapped_column(JSON)


class ReferenceAnswer(Table):
    """What experts say of a trial that serves as training or gold. `explanation` is told after a training answer."""

    __tablename__ = "reference_answer"
    __table_args__ = (
        PrimaryKeyConstraint("trial_id", "instrument"),
        one_of("instrument", Instrument),
        one_of("seven", EMOTIONS),
        one_of("three", POLARITIES),
        between("valence", -1, 1),
        between("arousal", -1, 1),
        between("intensity", 0, 3),
        CheckConstraint("(instrument = 'FER') = (intensity IS NOT NULL)", name="intensity_is_fer"),
    )

    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    seven: Mapped[str] = mapped_column(String(16))
    three: Mapped[str] = mapped_column(String(16))
    valence: Mapped[float]
    arousal: Mapped[float]
    intensity: Mapped[float | None]
    explanation: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)


class Qualification(Table):
    """That a rater has reached a study's qualifying score under an instrument, and by how much (0 to 1)."""

    __tablename__ = "qualification"
    __table_args__ = (
        PrimaryKeyConstraint("rater_id", "study_id", "instrument"),
        one_of("instrument", Instrument),
        between("score", 0, 1),
    )

    rater_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    score: Mapped[float]
    trials: Mapped[int]
    passed_utc: Mapped[datetime] = mapped_column(UtcTime)


class Adjudication(Table):
    """What an adjudicator decided of a trial under an instrument, and why. Never changed: a later one supersedes it.

    The votes stay as they are; which aggregation policies let a decision take their place is said by the policy.
    `flags` as in a vote. `blind_answer` ({seven, three, valence, arousal, intensity, flags}) is what the adjudicator
    had answered before the raters' answers were shown to them; null where they decided without looking, or had seen
    those answers before (their exposure 'other_label' is then older than the decision).
    """

    __tablename__ = "adjudication"
    __table_args__ = (
        Index(
            "uq_adjudication_first",
            "trial_id",
            "instrument",
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
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"), index=True)
    instrument: Mapped[str] = mapped_column(String(3))
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seven: Mapped[str] = mapped_column(String(16))
    three: Mapped[str] = mapped_column(String(16))
    valence: Mapped[float]
    arousal: Mapped[float]
    intensity: Mapped[float | None]
    flags: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    reason: Mapped[str] = mapped_column(Text)
    blind_answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("adjudication.id"), unique=True)

    trial: Mapped[Trial] = relationship(lazy="raise")

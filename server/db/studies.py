"""Studies, their clips and their participants."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotate.scales import EMOTIONS
from server.db.base import Table, UtcTime, at_least, between, length_is, one_of


class Study(Table):
    """One study, by the id that its study file gives it, with how its trials are rated.

    `raters_per_instrument` is how many people rate each trial under each instrument. `fer_sound`: whether the face
    video is heard in FER; `er_shows_self_report`: whether an ER rater sees what the participant said.

    `prelabel_share`: the share of places at which, after a blind answer, the model's label is shown and may be taken
    (0: never); the others stay blind for ever, so that anchoring can be measured. `gold_share`: the share of places
    that are gold trials. `qualifying_score`: what a rater must reach in the training set, 0 to 1 (0: no training is
    asked for). `trace_scale`: the scale that is traced while the clip plays ('': none). `break_after_min`: after how
    many minutes of rating a break is suggested (0: never).
    """

    __tablename__ = "study"
    __table_args__ = (
        at_least("raters_per_instrument", 1),
        between("prelabel_share", 0, 1),
        between("gold_share", 0, 1),
        between("qualifying_score", 0, 1),
        one_of("trace_scale", ("", "valence", "arousal")),
        between("break_after_min", 0, 600),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    raters_per_instrument: Mapped[int] = mapped_column(default=3, server_default="3")
    er_shows_self_report: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    fer_sound: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    prelabel_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    gold_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    qualifying_score: Mapped[float] = mapped_column(default=0.0, server_default="0")
    trace_scale: Mapped[str] = mapped_column(String(8), default="", server_default="")
    break_after_min: Mapped[int] = mapped_column(default=45, server_default="45")


class Stimulus(Table):
    """One clip of a study. A clip whose file changed is another row.

    `media_sha256` is null where no file came with it, as in imported recordings.
    """

    __tablename__ = "stimulus"
    __table_args__ = (
        UniqueConstraint("study_id", "clip", "media_sha256"),
        # SQL takes two nulls for different, so clips without a file need an index of their own.
        Index(
            "uq_stimulus_without_media",
            "study_id",
            "clip",
            unique=True,
            sqlite_where=text("media_sha256 IS NULL"),
            postgresql_where=text("media_sha256 IS NULL"),
        ),
        one_of("emotion", EMOTIONS),
        length_is("media_sha256", 64),
        at_least("duration_ms", 0),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"))
    clip: Mapped[str] = mapped_column(String(64))
    emotion: Mapped[str | None] = mapped_column(String(16))
    media_sha256: Mapped[str | None] = mapped_column(String(64))
    duration_ms: Mapped[float | None]
    placeholder: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))

    study: Mapped[Study] = relationship(lazy="raise")


class Participant(Table):
    """A person under a pseudonym, within one study. What they agreed to stands with each recording."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("study_id", "pseudonym"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"))
    pseudonym: Mapped[str] = mapped_column(String(32))
    withdrawn_utc: Mapped[datetime | None] = mapped_column(UtcTime)

    study: Mapped[Study] = relationship(lazy="raise")


class Withdrawal(Table):
    """The tombstone of a participant who has withdrawn: what was removed, and what had already learnt from it.

    `recordings` are the bundles' ids, so that none of them is ever taken in again; `snapshots` those that held rows of
    theirs and were redacted; `models` those that were trained on such a snapshot. `unfinished` is what has still to be
    deleted outside the database (digests of media, ids of trials); null once all of it is gone.
    """

    __tablename__ = "withdrawal"

    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    withdrawn_utc: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recordings: Mapped[list[str]] = mapped_column(JSON)
    trials: Mapped[int]
    votes: Mapped[int]
    media: Mapped[int]
    snapshots: Mapped[list[str]] = mapped_column(JSON)
    models: Mapped[list[str]] = mapped_column(JSON)
    unfinished: Mapped[dict[str, list[str]] | None] = mapped_column(JSON(none_as_null=True))

    participant: Mapped[Participant] = relationship(lazy="raise")

"""Studies, their clips and their participants."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from annotate.scales import EMOTIONS
from server.db.base import Table, UtcTime, at_least, length_is, one_of


class Study(Table):
    """One study, by the id that its study file gives it, with how its trials are rated.

    `raters_per_instrument` is how many people rate each trial under each instrument. `fer_sound`: whether the face
    video is heard in FER; `er_shows_self_report`: whether an ER rater sees what the participant said.
    """

    __tablename__ = "study"
    __table_args__ = (at_least("raters_per_instrument", 1),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    raters_per_instrument: Mapped[int] = mapped_column(default=3, server_default="3")
    er_shows_self_report: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    fer_sound: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))


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

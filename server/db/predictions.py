"""What models said. Append-only, keyed by model and snapshot, and never in the table of people's votes."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Subquery,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from annotate.scales import Instrument
from server.db.base import Table, UtcTime, between, length_is, one_of


class PredictionRun(Table):
    """One imported prediction file: one model on one snapshot."""

    __tablename__ = "prediction_run"
    __table_args__ = (
        UniqueConstraint("model", "snapshot_id"),
        length_is("model", 17),
        length_is("file_sha256", 64),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(17))
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), index=True)
    trained_on: Mapped[str] = mapped_column(String(17))
    recipe: Mapped[str] = mapped_column(String(200))
    simulated: Mapped[bool] = mapped_column(Boolean)
    created_utc: Mapped[str] = mapped_column(String(40))
    imported_utc: Mapped[datetime] = mapped_column(UtcTime)
    file_sha256: Mapped[str] = mapped_column(String(64))


class Serving(Table):
    """One time at which a run was put in service: as it was imported, and again whenever its model came back.

    Of the runs that speak of a trial, the one put in service last has the word on it. Rows are only added, so that
    whose word it was when somebody answered can always be told.
    """

    __tablename__ = "serving"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prediction_run.id"), index=True)
    since_utc: Mapped[datetime] = mapped_column(UtcTime)


class ModelPrediction(Table):
    """One trial under one instrument, as annotate.prediction.format.Prediction has it.

    `seven` and `three` are probabilities in the order of annotate.scales EMOTIONS and POLARITIES.
    """

    __tablename__ = "model_prediction"
    __table_args__ = (
        PrimaryKeyConstraint("run_id", "trial_id", "instrument"),
        Index("ix_model_prediction_trial_id_instrument", "trial_id", "instrument"),
        one_of("instrument", Instrument),
        between("valence", -1, 1),
        between("arousal", -1, 1),
        between("intensity", 0, 3),
        between("uncertainty", 0, 1),
        CheckConstraint("(instrument = 'FER') = (intensity IS NOT NULL)", name="intensity_is_fer"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("prediction_run.id"))
    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id"))
    instrument: Mapped[str] = mapped_column(String(3))
    seven: Mapped[list[float]] = mapped_column(JSON)
    three: Mapped[list[float]] = mapped_column(JSON)
    valence: Mapped[float]
    arousal: Mapped[float]
    intensity: Mapped[float | None]
    uncertainty: Mapped[float]
    held_out: Mapped[bool] = mapped_column(Boolean)

    run: Mapped[PredictionRun] = relationship(lazy="raise")


def last_servings() -> Subquery:
    """`run_id` of each run, and `last`: the number of the time at which it was put in service last."""
    return select(Serving.run_id, func.max(Serving.id).label("last")).group_by(Serving.run_id).subquery()


def run_in_service(session: Session) -> tuple[PredictionRun, datetime] | None:
    """The run that was put in service last, and since when; None where no model has spoken."""
    query = select(PredictionRun, Serving.since_utc).join(Serving, Serving.run_id == PredictionRun.id)
    row = session.execute(query.order_by(Serving.id.desc()).limit(1)).one_or_none()
    return (row.PredictionRun, row.since_utc) if row else None

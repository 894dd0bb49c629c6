"""What a model says of a trial, told once a rater has answered it blind. It never becomes anybody's label."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from server.db.predictions import ModelPrediction, PredictionRun
from server.rating.messages import Reveal


def model_label(session: Session, trial_id: str, instrument: Instrument, as_of: datetime) -> tuple[Reveal, str] | None:
    """The label of the latest model that had spoken by `as_of`, and the model; None where none had.

    `as_of` is when the rater answered: the same answer sent again is told the same, whatever was imported since.
    """
    row = session.execute(
        select(
            ModelPrediction.seven,
            ModelPrediction.three,
            ModelPrediction.valence,
            ModelPrediction.arousal,
            ModelPrediction.intensity,
            PredictionRun.model,
        )
        .join(PredictionRun, PredictionRun.id == ModelPrediction.run_id)
        .where(
            ModelPrediction.trial_id == trial_id,
            ModelPrediction.instrument == instrument.value,
            PredictionRun.imported_utc <= as_of,
        )
        .order_by(ModelPrediction.run_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    seven = dict(zip(EMOTIONS, row.seven, strict=True))
    three = dict(zip(POLARITIES, row.three, strict=True))
    reveal = Reveal(
        seven=max(seven, key=seven.__getitem__),
        three=max(three, key=three.__getitem__),
        valence=row.valence,
        arousal=row.arousal,
        intensity=row.intensity,
        probabilities=seven,
    )
    return reveal, row.model

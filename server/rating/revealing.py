"""What a model says of a trial, told once a rater has answered it blind. It never becomes anybody's label."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from server.db.base import UtcTime
from server.db.predictions import ModelPrediction, PredictionRun, Serving
from server.rating.messages import Reveal

_SAID: Any = ModelPrediction.__table__
_RUN: Any = PredictionRun.__table__
_SERVING: Any = Serving.__table__
_LATEST = (
    select(_SAID.c.seven, _SAID.c.three, _SAID.c.valence, _SAID.c.arousal, _SAID.c.intensity, _RUN.c.model)
    .join(_RUN, _RUN.c.id == _SAID.c.run_id)
    .join(_SERVING, _SERVING.c.run_id == _SAID.c.run_id)
    .where(
        _SAID.c.trial_id == bindparam("trial"),
        _SAID.c.instrument == bindparam("instrument"),
        _SERVING.c.since_utc <= bindparam("as_of", type_=UtcTime()),
    )
    .order_by(_SERVING.c.id.desc())
    .limit(1)
)


def model_label(
    connection: Connection, trial_id: str, instrument: Instrument, as_of: datetime
) -> tuple[Reveal, str] | None:
    """The label of the model in service at `as_of` that speaks of the trial, and the model; None where none does.

    `as_of` is when the rater answered: the same answer sent again is told the same, whoever serves since.
    """
    asked = {"trial": trial_id, "instrument": instrument.value, "as_of": as_of}
    row = connection.execute(_LATEST, asked).one_or_none()
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

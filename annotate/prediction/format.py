"""The prediction file: what one model said of the trials of one snapshot, version 1.

JSON Lines: a PredictionHeader, then one Prediction a line, then a PredictionEnd. A file without its end was cut off
and is refused. A model's prediction is never a person's label.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from annotate.scales import EMOTIONS, POLARITIES, Arousal, Instrument, Intensity, Valence

FORMAT = "duchenne-predictions"
VERSION = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PredictionHeader(_Strict):
    """First line. `simulated` is true if the model was trained on any simulated trial."""

    format: Literal["duchenne-predictions"] = "duchenne-predictions"
    version: Literal[1] = 1
    model: Annotated[str, Field(pattern=r"^m[0-9a-f]{16}$", description="hash of weights, recipe and snapshot")]
    snapshot: Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$", description="the snapshot predicted on")]
    trained_on: Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]
    recipe: str
    simulated: bool
    created_utc: str


Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Prediction(_Strict):
    """One trial under one instrument.

    `seven` and `three` are probabilities in the order of annotate.scales EMOTIONS and POLARITIES, sum 1 within 1e-3.
    `uncertainty` is the entropy of `seven` divided by log 7: 0 certain to 1 no idea. `held_out` is true where the
    participant of the trial was not in the data that the weights behind this row were fitted on.
    """

    trial: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    instrument: Instrument
    seven: tuple[Probability, ...]
    three: tuple[Probability, ...]
    valence: Valence
    arousal: Arousal
    intensity: Intensity | None = None
    uncertainty: Probability
    held_out: bool

    @model_validator(mode="after")
    def _is_whole(self) -> "Prediction":
        for name, values, classes in (("seven", self.seven, EMOTIONS), ("three", self.three, POLARITIES)):
            if len(values) != len(classes) or abs(sum(values) - 1.0) > 1e-3:
                raise ValueError(f"{name}: expected {len(classes)} probabilities of sum 1, got {list(values)}")
        if (self.instrument is Instrument.FER) != (self.intensity is not None):
            raise ValueError("intensity belongs to FER and to FER only")
        return self


class PredictionEnd(_Strict):
    """Last line. `sha256` is over all bytes before this line."""

    end: Literal[True] = True
    rows: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

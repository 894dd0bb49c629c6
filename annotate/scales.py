"""The scales of the two instruments: what a rater may say of one trial.

ER asks what the person feels, FER what the face shows. Both have a seven-class and a three-class label, valence and
arousal; FER alone has an intensity. The three-class label is given, not derived: in EMER a fear that the face shows as
neutral is still negative.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Instrument(StrEnum):
    """Which question a label answers."""

    ER = "ER"
    FER = "FER"


class Emotion(StrEnum):
    """The seven classes, in the order of the keys 1 to 7."""

    HAPPINESS = "happiness"
    SADNESS = "sadness"
    FEAR = "fear"
    SURPRISE = "surprise"
    DISGUST = "disgust"
    ANGER = "anger"
    NEUTRAL = "neutral"


class Polarity(StrEnum):
    """The three classes."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class Flag(StrEnum):
    """What a rater may say about the recording instead of, or beside, a label."""

    NO_FACE = "no face"
    OCCLUDED = "occluded"
    UNUSABLE = "unusable"
    UNSURE = "unsure"


#: Whoever says one of these of a recording says nothing of emotion.
SAYS_NOTHING = frozenset({Flag.NO_FACE, Flag.UNUSABLE})

EMOTIONS: tuple[Emotion, ...] = tuple(Emotion)
POLARITIES: tuple[Polarity, ...] = tuple(Polarity)

#: The polarity that the page proposes for a class; the rater may say otherwise. Surprise is positive in EMER.
USUAL_POLARITY: dict[Emotion, Polarity] = {
    Emotion.HAPPINESS: Polarity.POSITIVE,
    Emotion.SADNESS: Polarity.NEGATIVE,
    Emotion.FEAR: Polarity.NEGATIVE,
    Emotion.SURPRISE: Polarity.POSITIVE,
    Emotion.DISGUST: Polarity.NEGATIVE,
    Emotion.ANGER: Polarity.NEGATIVE,
    Emotion.NEUTRAL: Polarity.NEUTRAL,
}

Valence = Annotated[float, Field(ge=-1.0, le=1.0, description="-1 unpleasant to 1 pleasant")]
Arousal = Annotated[float, Field(ge=-1.0, le=1.0, description="-1 calm to 1 excited")]
Intensity = Annotated[float, Field(ge=0.0, le=3.0, description="0 none to 3 strongest; FER only")]


class Vote(BaseModel):
    """One rater's whole answer to one instrument for one trial."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: Instrument
    seven: Emotion
    three: Polarity
    valence: Valence
    arousal: Arousal
    intensity: Intensity | None = None
    flags: tuple[Flag, ...] = ()

    @model_validator(mode="after")
    def _intensity_belongs_to_fer(self) -> "Vote":
        if (self.instrument is Instrument.FER) != (self.intensity is not None):
            raise ValueError("intensity is asked by FER and by FER only: send it with FER, leave it out with ER")
        return self

"""What is said about training and gold trials."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from annotate.scales import Emotion, Instrument, Polarity
from annotate.scales import Vote as Answer

MAX_EXPLANATION = 2000
Purpose = Literal["training", "gold"]
Use = Literal["study", "training", "gold"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Message):
    """What experts say of a trial. Intensity belongs to FER, and to FER only."""

    seven: Emotion
    three: Polarity
    valence: Annotated[float, Field(ge=-1, le=1)]
    arousal: Annotated[float, Field(ge=-1, le=1)]
    intensity: Annotated[float, Field(ge=0, le=3)] | None = None

    def answer(self, instrument: Instrument) -> Answer:
        """The answer under this instrument. Raises pydantic.ValidationError where the intensity does not fit it."""
        return Answer(instrument=instrument, **{name: getattr(self, name) for name in Reference.model_fields})


class SentItem(Reference):
    """A trial's use and its reference answer. `explanation` is told to raters after a training answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "training", "seven": "disgust", "three": "negative", "valence": -0.5, "arousal": 0.2,
                    "intensity": 1.5, "explanation": "The nose wrinkles at 3.1 s; the mouth alone would mislead.",
                }
            ]
        }
    )  # fmt: skip

    purpose: Purpose
    explanation: Annotated[str, Field(max_length=MAX_EXPLANATION)] = ""

    @model_validator(mode="after")
    def _explanation_is_text(self) -> "SentItem":
        if "\x00" in self.explanation:
            raise ValueError("explanation: holds a character of code 0, which is no text; take it out")
        return self


class Mistake(_Message):
    """A wrong class, and how many gave it."""

    seven: Emotion
    raters: int


class Item(_Message):
    """A training or gold trial. Shares and scores are 0 to 1, null without answers; see annotate.difficulty."""

    trial: str
    instrument: Instrument
    study: str
    origin: str
    purpose: Purpose
    reference: Reference
    explanation: str
    by: str
    created_utc: datetime
    answers: int
    right_share: float | None
    mean_score: float | None
    mistakes: list[Mistake]
    too_hard: bool
    #: For asking on.
    id: int


class ItemPage(_Message):
    """A stretch of the set, the newest task first. `next` is the number to ask on with, null at the end."""

    items: list[Item]
    next: int | None


class Proposal(_Message):
    """What the form is filled with: `source` says from where. Null: nothing to propose for this field."""

    source: Literal["reference", "decision", "majority", "nothing"]
    seven: Emotion | None = None
    three: Polarity | None = None
    valence: float | None = None
    arousal: float | None = None
    intensity: float | None = None
    explanation: str = ""


class Candidate(_Message):
    """A trial under an instrument, its use now ('study': neither training nor gold), and what is proposed for it."""

    trial: str
    instrument: Instrument
    study: str
    origin: str
    purpose: Use
    answers: int
    proposal: Proposal


class Match(_Message):
    """A trial found by the beginning of its id."""

    trial: str
    instrument: Instrument
    study: str
    purpose: Literal["study", "training", "gold"]


class Trainee(_Message):
    """One rater in a study's training: `score` is the mean over what is answered, `attempts` counts from 1.

    `state`: learning; failed once all is answered and the score not reached; qualified for good.
    """

    rater: int
    name: str
    study: str
    instrument: Instrument
    done: int
    of: int
    score: float | None
    attempts: int
    state: Literal["learning", "failed", "qualified"]


class Reopening(_Message):
    """Whose training is opened anew."""

    rater: Annotated[int, Field(ge=1, le=2**31 - 1)]
    study: Annotated[str, Field(min_length=1, max_length=64)]
    instrument: Instrument

"""What the adjudication page and the server say to each other."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from annotate.adjudication import Reason
from annotate.scales import Emotion, Flag, Instrument, Polarity
from annotate.scales import Vote as Answer

MAX_REASON = 1000
TrialId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
RowId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decided(_Message):
    """Who decided last, and when."""

    by: str
    created_utc: datetime


class Dispute(_Message):
    """One task that raters disagree about. Nothing of what they said is in it."""

    trial: TrialId
    instrument: Instrument
    study: str
    origin: str
    answers: int
    places: int
    score: Annotated[float, Field(ge=0, le=1, description="how far raters disagree")]
    reasons: list[Reason]
    decided: Decided | None
    cursor: Annotated[str, Field(description="to ask for what comes after this row")]


class DisputePage(_Message):
    """A stretch of the queue, the greatest disagreement first. `next` is the cursor of what follows, null at the end.

    `complete` is false while new votes are still being counted: ask again.
    """

    rows: list[Dispute]
    next: str | None
    complete: bool


class Media(_Message):
    face: str | None
    stimulus: str | None
    gaze: str | None


class Screen(_Message):
    width_px: int
    height_px: int


class Reported(_Message):
    """What the participant said, where the study shows it to ER raters."""

    seven: Emotion | None
    three: Polarity | None
    valence: float | None
    arousal: float | None


class Given(_Message):
    """Values on the scales, with flags."""

    seven: Emotion
    three: Polarity
    valence: float
    arousal: float
    intensity: float | None
    flags: list[Flag]


class RaterAnswer(Given):
    """What one rater said. `rater` is a letter that stands for this person on this page only."""

    rater: str
    note: str
    prelabel_seen: bool


class Decision(Given):
    """One decision of the history, the newest last. `blind_answer` is what its author had before seeing the answers."""

    id: int
    by: str
    created_utc: datetime
    reason: str
    supersedes: int | None
    blind_answer: Given | None


class Votes(_Message):
    """What is told once the adjudicator asks for it: the raters' answers and what was decided before."""

    answers: list[RaterAnswer]
    history: list[Decision]


class DisputedTrial(_Message):
    """A trial to decide on. Times are on the clip's clock: 0 is the flip of its first frame.

    `current` is the number of the decision that stands, null without one; a new decision names it in `supersedes`.
    `votes` is null until the adjudicator has asked to see them.
    """

    trial: TrialId
    instrument: Instrument
    study: str
    simulated: bool
    duration_ms: float
    face_offset_ms: float
    media: Media
    sound: bool
    screen: Screen
    pupil_unit: str
    self_report: Reported | None
    answers: int
    places: int
    reasons: list[Reason]
    current: int | None
    cursor: str
    votes: Votes | None


class SentAnswer(_Message):
    """An adjudicator's answer as it stood before the raters' answers were shown."""

    seven: Emotion
    three: Polarity
    valence: Annotated[float, Field(ge=-1, le=1)]
    arousal: Annotated[float, Field(ge=-1, le=1)]
    intensity: Annotated[float, Field(ge=0, le=3)] | None = None
    flags: tuple[Flag, ...] = ()


class SentDecision(SentAnswer):
    """A decision, with the reason in words. `supersedes` is the number of the decision that it replaces.

    `blind_answer` is what the sender had answered before the raters' answers were shown; null without looking.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seven": "disgust", "three": "negative", "valence": -0.5, "arousal": 0.2, "intensity": 1.5,
                    "flags": [], "reason": "Nose wrinkle from 3.1 s, brief but clear", "supersedes": None,
                    "blind_answer": None,
                }
            ]
        }
    )  # fmt: skip

    reason: Annotated[str, Field(min_length=3, max_length=MAX_REASON)]
    supersedes: RowId | None = None
    blind_answer: SentAnswer | None = None

    @model_validator(mode="after")
    def _reason_is_text(self) -> "SentDecision":
        if "\x00" in self.reason or len(self.reason.strip()) < 3:
            raise ValueError("reason: expected why it was decided so, in a few words")
        return self

    def answer(self, instrument: Instrument) -> Answer:
        """The answer under this instrument. Raises pydantic.ValidationError where the intensity does not fit it."""
        names = ("seven", "three", "valence", "arousal", "intensity", "flags")
        return Answer(instrument=instrument, **{name: getattr(self, name) for name in names})


class Saved(_Message):
    """The number of the decision, committed."""

    decision: int

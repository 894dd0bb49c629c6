"""What the rating page and the desk say to each other, beside the documents of the trials themselves."""

import math
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from annotate.scales import Emotion, Instrument, Polarity
from annotate.scales import Vote as Answer
from server.rating.documents import Answered, ErDocument, FerDocument

#: Numbers of rows: what is larger can be none of ours, and PostgreSQL would stumble over it.
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
MAX_NOTE = 2000
MAX_POINTS = 20_000
#: Nobody looks at one trial for longer than a day.
MAX_LOOKED_MS = 86_400_000
#: The ends of a clip's clock that a trace may reach.
MAX_CLIP_MS = 86_400_000.0


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Have(_Message):
    """Which places the sender has already: the next one is another. Empty: go on where the rater was."""

    have: Annotated[list[Number], Field(max_length=100)] = []


class Trace(_Message):
    """What was drawn while the clip played: `values` (-1 to 1) at `t_ms` on the clip's clock, rising."""

    scale: Literal["valence", "arousal"]
    t_ms: Annotated[list[float], Field(min_length=1, max_length=MAX_POINTS)]
    values: Annotated[list[float], Field(min_length=1, max_length=MAX_POINTS)]

    @model_validator(mode="after")
    def _is_a_line(self) -> "Trace":
        if len(self.t_ms) != len(self.values):
            raise ValueError(
                f"expected as many values as times, got {len(self.t_ms)} times (t_ms) and {len(self.values)} values"
            )
        for index, value in enumerate(self.values):
            if not -1 <= value <= 1:
                raise ValueError(f"values[{index}] is {value:g}, expected a number from -1 to 1")
        for index, t_ms in enumerate(self.t_ms):
            if not math.isfinite(t_ms) or abs(t_ms) > MAX_CLIP_MS:
                raise ValueError(f"t_ms[{index}] is {t_ms:g}, expected milliseconds on the clip's clock")
        for index, (before, after) in enumerate(pairwise(self.t_ms), 1):
            if after <= before:
                raise ValueError(
                    f"t_ms[{index}] is {after:g} after {before:g}: times must rise; the clock jumped back, "
                    "or points are out of order. Send the trace in the order of its times, or leave it out"
                )
        return self


class SentVote(Answer):
    """An answer; `supersedes` is the number of the own answer that it corrects.

    `note` is in the rater's own words. `looked_ms` is how long the trial was on the screen before the answer.
    """

    supersedes: Number | None = None
    note: Annotated[str, Field(max_length=MAX_NOTE)] = ""
    looked_ms: Annotated[int, Field(ge=0, le=MAX_LOOKED_MS)] | None = None
    trace: Trace | None = None

    @model_validator(mode="after")
    def _note_is_text(self) -> "SentVote":
        if "\x00" in self.note:
            raise ValueError("note: holds a character of code 0, which is no text; take it out")
        return self

    @property
    def answer(self) -> Answer:
        """The answer alone."""
        return Answer.model_construct(**{name: getattr(self, name) for name in Answer.model_fields})


class Reveal(_Message):
    """What a model says of the trial, told after the rater's own answer is committed. Never a person's label."""

    seven: Emotion
    three: Polarity
    valence: float
    arousal: float
    intensity: float | None
    probabilities: dict[Emotion, float]


class RightAnswer(_Message):
    """What experts say of a training trial."""

    seven: Emotion
    three: Polarity
    valence: float
    arousal: float
    intensity: float | None


class Feedback(_Message):
    """What is told after the answer to a training trial.

    `score` is this answer's (0 to 1), `done` of `of` training trials are answered; `qualified` is null until all are.
    """

    answer: RightAnswer
    explanation: str
    score: float
    done: int
    of: int
    qualified: bool | None


class Saved(_Message):
    """The number under which the answer is committed, and what may be told now that it is."""

    vote: int
    reveal: Reveal | None = None
    feedback: Feedback | None = None


class Held(_Message):
    """Until when the place is held."""

    expires_utc: datetime


class LastFer(_Message):
    """The rater's latest FER answer with its trial."""

    task: FerDocument
    answer: Answered


class LastEr(_Message):
    """The rater's latest ER answer with its trial."""

    task: ErDocument
    answer: Answered


class Progress(_Message):
    """How far a rater has come under one instrument.

    `answered` counts trials, corrections and training left out; `today` those since midnight UTC. `available` is how
    many trials this rater can still be given, those held now included, counted up to 1,000: 1000 says that many or
    more. `training_left`: how many training trials come first. `qualified`: true or false once the training set is
    answered (false: the score was not reached, and the study's trials stay closed), null while it is not or where no
    study asks for one. `break_after_min`: after how many minutes a break is suggested, 0 never.
    """

    answered: int
    available: int
    at_limit: bool
    today: int
    training_left: int
    qualified: bool | None
    break_after_min: int


Standing = dict[Instrument, Progress]

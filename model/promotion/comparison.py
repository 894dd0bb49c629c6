"""What a comparison of two models found, as it stands in the ledger. Shares are 0 to 1."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from annotate.scales import Emotion, Instrument
from model.strict import Strict

Share = Annotated[float, Field(ge=0, le=1)]
Difference = Annotated[float, Field(ge=-1, le=1)]


class Finite(Strict):
    model_config = ConfigDict(allow_inf_nan=False)


class ClassRecall(Finite):
    """Recall of one class under one instrument, of the challenger and of the other.

    `verdict`: 'worse' surely, by more than the tolerance; 'fine' otherwise; 'too few' trials or people to be judged.
    """

    instrument: Instrument
    emotion: Emotion
    trials: int
    people: int
    challenger: Share
    other: Share
    verdict: Literal["fine", "worse", "too few"]


class Comparison(Finite):
    """Challenger against the champion, or against the baseline 'majority' where nobody is proven.

    `people` were judged, on `trials`; `left_out` are labelled people whom every network of the other had seen. The
    difference of the primary measure has a 95 % interval (bootstrap over participants, for the eye); `p` is what
    decides: one-sided, exact, of the difference being no more than `margin`.
    """

    against: str
    people: int
    left_out: int
    trials: int
    challenger: Share
    other: Share
    difference: Difference
    low: Difference
    high: Difference
    margin: Share
    p: Share
    classes: tuple[ClassRecall, ...]

    @property
    def worse(self) -> tuple[ClassRecall, ...]:
        """The classes that stand against a promotion."""
        return tuple(each for each in self.classes if each.verdict == "worse")

    @property
    def unjudged(self) -> tuple[ClassRecall, ...]:
        return tuple(each for each in self.classes if each.verdict == "too few")

"""What the agreement and rater pages show, as the API gives it."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from annotate.agreement.fields import Field as FieldName
from annotate.agreement.fields import Statistic
from annotate.intervals import Interval
from annotate.scales import Flag, Instrument


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_Document):
    """A figure with its 95 % interval over participants; the interval is null where too few took part to tell."""

    value: float
    low: float | None
    high: float | None
    participants: int


def figure(interval: Interval | None) -> Figure | None:
    """As a document."""
    if interval is None:
        return None
    return Figure(value=interval.value, low=interval.low, high=interval.high, participants=interval.participants)


class StatisticFigure(_Document):
    """One statistic of a field, and what it was computed from. `figure` is null where it is not defined.

    `k`: how many raters' mean ICC(2,k) speaks of; null elsewhere.
    """

    statistic: Statistic
    figure: Figure | None
    trials: int
    raters: int
    answers: int
    k: float | None


class WeekFigure(_Document):
    """The statistic to quote, of the trials whose last answer was given in the week that begins on this Monday.

    `figure` is null where fewer than five participants are in it.
    """

    monday: date
    figure: Figure | None
    trials: int


class FieldAgreement(_Document):
    """One field of the answers: the statistic to quote comes first; `weeks` are of that one."""

    field: FieldName
    statistics: list[StatisticFigure]
    weeks: list[WeekFigure]


class InstrumentAgreement(_Document):
    """One instrument. `left_out` answers say that there is no face or that the recording is unusable."""

    instrument: Instrument
    answers: int
    left_out: int
    trials: int
    raters: int
    participants: int
    fields: list[FieldAgreement]


class AgreementDocument(_Document):
    """How far raters agree under these filters. `study` empty: all. Instruments without answers are left out."""

    study: str
    origins: list[str]
    draws: int = Field(description="bootstrap draws of participants behind each interval")
    week_draws: int = Field(description="the same behind the weeks' intervals")
    instruments: list[InstrumentAgreement]


class Score(_Document):
    """The mean score of answers against the experts', 0 to 1 (see annotate.training), and of how many."""

    mean: float
    answers: int


class Qualified(_Document):
    """That the rater has reached a study's qualifying score."""

    study: str
    score: float
    trials: int


class RaterFigures(_Document):
    """One rater under one instrument. What compares them with the others is null without common trials.

    `alpha`: of the seven classes with the others' answers to the same trials; `change`: how much higher it is in the
    later half of their answers than in the earlier; `valence`, `arousal`: CCC with the mean of the others;
    `valence_bias`, `arousal_bias`: how far above the others; `class_bias`: how much oftener than the others they say a
    class, as a difference of shares. `looked_ms`: median time before the answer.
    """

    instrument: Instrument
    answers: int
    today: int
    looked_ms: float | None
    alpha: Figure | None
    change: Figure | None
    valence: Figure | None
    arousal: Figure | None
    valence_bias: Figure | None
    arousal_bias: Figure | None
    class_bias: dict[str, Figure | None]
    gold: Score | None
    training: Score | None
    qualified: list[Qualified]
    flags: dict[Flag, int]


class RaterDocument(_Document):
    """One rater. `pseudonym` stands for the name wherever data leave the database."""

    name: str
    pseudonym: str
    role: str
    active: bool
    instruments: list[RaterFigures]


class RatersDocument(_Document):
    """All who may rate or have rated, by name. `alpha_of_all`: of the seven classes, by instrument."""

    study: str
    origins: list[str]
    draws: int
    alpha_of_all: dict[Instrument, Figure | None]
    raters: list[RaterDocument]


class RaterWeek(_Document):
    """One week of one rater, by its Monday, as in RaterFigures."""

    monday: date
    answers: int
    looked_ms: float | None
    alpha: Figure | None
    valence_bias: Figure | None
    arousal_bias: Figure | None


class RaterOverTime(_Document):
    """One rater under one instrument, week by week. `without`: the alpha of all others without them."""

    instrument: Instrument
    without: Figure | None
    weeks: list[RaterWeek]


class OneRaterDocument(_Document):
    """One rater: the figures of the list, and how they went over time."""

    rater: RaterDocument
    alpha_of_all: dict[Instrument, Figure | None]
    over_time: list[RaterOverTime]

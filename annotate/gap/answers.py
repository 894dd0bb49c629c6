"""Answers of both instruments to the same trials, as columns.

An answer is one rater's current vote. Answers that say that the recording shows no face or cannot be used say nothing
about emotion and are left out. A trial counts when both instruments have enough of the others.

Letters of shapes: T trials, N answers, 7 and 3 the classes in the order of annotate.scales.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.scales import EMOTIONS, POLARITIES, SAYS_NOTHING

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEVEN = {emotion.value: place for place, emotion in enumerate(EMOTIONS)}
THREE = {polarity.value: place for place, polarity in enumerate(POLARITIES)}
NEUTRAL = SEVEN["neutral"]
POSITIVE, NEGATIVE = THREE["positive"], THREE["negative"]


class Answer(NamedTuple):
    """One rater's answer to one trial under one instrument. `rater` tells raters apart, nothing else."""

    trial: str
    instrument: str
    rater: int
    seven: str
    three: str
    valence: float
    arousal: float
    flags: frozenset[str] = frozenset()


class TrialFacts(NamedTuple):
    """What is known of a trial beside raters' answers. Keys tell apart; `said_…` is the participant's self-report.

    `participant` is unique over studies; `stimulus` is the clip's key; `clip_emotion` what the clip is meant to elicit.
    """

    participant: str
    stimulus: str
    clip_emotion: str | None = None
    said_seven: str | None = None
    said_three: str | None = None
    said_valence: float | None = None
    said_arousal: float | None = None


@dataclass(frozen=True)
class LeftOut:
    """What does not count, and why: so many answers, so many trials."""

    unusable_answers: int = 0
    only_er: int = 0
    only_fer: int = 0
    too_few_raters: int = 0


@dataclass(frozen=True)
class Side:
    """The answers of one instrument, ordered by trial: `trial` (N) counts from 0, `first` and `raters` are (T)."""

    trial: Ints
    rater: Ints
    seven: Ints
    three: Ints
    place: Floats  # (N, 2): valence, arousal
    first: Ints
    raters: Ints

    def mean(self, values: Floats) -> Floats:
        """(T): the mean over each trial's raters of `values` (N)."""
        return self.total(values) / self.raters

    def total(self, values: Floats) -> Floats:
        """(T): the sum over each trial's raters of `values` (N)."""
        return np.bincount(self.trial, weights=values, minlength=len(self.raters)).astype(np.float64, copy=False)

    def counts(self, classes: Ints, n: int) -> Floats:
        """(T, n): how many raters named each class."""
        cells = np.bincount(self.trial * n + classes, minlength=len(self.raters) * n)
        return cells.reshape(len(self.raters), n).astype(np.float64)


@dataclass(frozen=True)
class BothAnswered:
    """The T trials that count, in the order of their ids, with the answers of both instruments.

    `participant` (T) and `stimulus` (T) point into `participants` and `stimuli`, sorted keys; `clip_emotion` and
    `said_seven`, `said_three` (T) are class indices, -1 where not known; `said` (T, 2) is the self-report's valence and
    arousal, NaN where not known.
    """

    trials: tuple[str, ...]
    er: Side
    fer: Side
    participant: Ints
    participants: tuple[str, ...]
    stimulus: Ints
    stimuli: tuple[str, ...]
    clip_emotion: Ints
    said_seven: Ints
    said_three: Ints
    said: Floats
    left_out: LeftOut = field(default_factory=LeftOut)

    def __len__(self) -> int:
        return len(self.trials)


class AnswerColumns(NamedTuple):
    """Many answers, as columns of the same length: quicker than as many Answers. `usable`: what Answer.flags allow."""

    trial: Sequence[str]
    instrument: Sequence[str]
    rater: Sequence[int]
    seven: Sequence[str]
    three: Sequence[str]
    valence: Sequence[float]
    arousal: Sequence[float]
    usable: Sequence[bool]


def as_columns(answers: Iterable[Answer]) -> AnswerColumns:
    rows = [(*answer[:-1], SAYS_NOTHING.isdisjoint(answer.flags)) for answer in answers]
    return AnswerColumns(*zip(*rows, strict=True)) if rows else AnswerColumns(*[()] * len(AnswerColumns._fields))


def both_answered(
    answers: Iterable[Answer] | AnswerColumns, facts: Mapping[str, TrialFacts], *, least_raters: int = 1
) -> BothAnswered:
    """The trials that have at least `least_raters` usable answers under both instruments.

    Raises KeyError for an answer whose trial has no facts, or with a word that is on no scale.
    """
    columns = answers if isinstance(answers, AnswerColumns) else as_columns(answers)
    usable = np.array(columns.usable, dtype=bool)
    names, trial = _indexed(columns.trial)
    is_fer = np.array([instrument == "FER" for instrument in columns.instrument], dtype=bool)
    er = np.bincount(trial[usable & ~is_fer], minlength=len(names))
    fer = np.bincount(trial[usable & is_fer], minlength=len(names))
    counts = np.flatnonzero((er >= max(1, least_raters)) & (fer >= max(1, least_raters)))
    left_out = LeftOut(
        unusable_answers=int((~usable).sum()),
        only_er=int(((er > 0) & (fer == 0)).sum()),
        only_fer=int(((fer > 0) & (er == 0)).sum()),
        too_few_raters=int(((er > 0) & (fer > 0)).sum()) - len(counts),
    )
    place = np.full(len(names), -1, dtype=np.int64)
    place[counts] = np.arange(len(counts))
    in_order = np.argsort(trial, kind="stable")
    in_order = in_order[usable[in_order] & (place[trial[in_order]] >= 0)]
    known = [facts[names[row]] for row in counts.tolist()]
    participants, participant = _indexed([fact.participant for fact in known])
    stimuli, stimulus = _indexed([fact.stimulus for fact in known])
    er_side, fer_side = _sides(columns, place[trial], in_order, is_fer, len(counts))
    return BothAnswered(
        trials=tuple(names[row] for row in counts.tolist()),
        er=er_side,
        fer=fer_side,
        participant=participant,
        participants=participants,
        stimulus=stimulus,
        stimuli=stimuli,
        clip_emotion=_classes([fact.clip_emotion for fact in known], SEVEN),
        said_seven=_classes([fact.said_seven for fact in known], SEVEN),
        said_three=_classes([fact.said_three for fact in known], THREE),
        said=np.array([(fact.said_valence, fact.said_arousal) for fact in known], dtype=np.float64).reshape(-1, 2),
        left_out=left_out,
    )


def _sides(
    columns: AnswerColumns, trial: Ints, in_order: Ints, is_fer: NDArray[np.bool_], trials: int
) -> tuple[Side, Side]:
    """ER and FER of the answers `in_order`, which are ordered by trial."""
    rater = np.array(columns.rater, dtype=np.int64)
    seven, three = _classes(columns.seven, SEVEN), _classes(columns.three, THREE)
    places = np.array([columns.valence, columns.arousal], dtype=np.float64).T.reshape(-1, 2)

    def side(rows: Ints) -> Side:
        raters = np.bincount(trial[rows], minlength=trials)
        return Side(
            trial[rows], rater[rows], seven[rows], three[rows], places[rows], np.cumsum(raters) - raters, raters
        )

    return side(in_order[~is_fer[in_order]]), side(in_order[is_fer[in_order]])


def _indexed(keys: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    known = sorted(set(keys))
    places = {key: place for place, key in enumerate(known)}
    return tuple(known), np.array([places[key] for key in keys], dtype=np.int64)


def _classes(words: Sequence[str | None], places: Mapping[str, int]) -> Ints:
    return np.array([-1 if word is None else places[word] for word in words], dtype=np.int64)

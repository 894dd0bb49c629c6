"""Answers of both instruments to the same trials, as columns.

An answer is one rater's current vote. Answers that say that the recording shows no face or cannot be used say nothing
about emotion and are left out. A trial counts when both instruments have enough of the others.

Letters of shapes: T trials, N answers, 7 and 3 the classes in the order of annotate.scales.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.scales import EMOTIONS, POLARITIES, Flag, Instrument

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: What these flags say of a recording leaves nothing to compare.
SAYS_NOTHING = frozenset({Flag.NO_FACE.value, Flag.UNUSABLE.value})
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


def both_answered(answers: Iterable[Answer], facts: Mapping[str, TrialFacts], *, least_raters: int = 1) -> BothAnswered:
    """The trials that have at least `least_raters` usable answers under both instruments.

    Raises KeyError for an answer whose trial has no facts, or with a word that is on no scale.
    """
    usable: dict[str, tuple[list[Answer], list[Answer]]] = {}
    unusable = 0
    for answer in answers:
        if answer.flags and not SAYS_NOTHING.isdisjoint(answer.flags):
            unusable += 1
            continue
        pair = usable.get(answer.trial)
        if pair is None:
            pair = usable[answer.trial] = ([], [])
        pair[answer.instrument == Instrument.FER].append(answer)
    least = max(1, least_raters)
    trials = sorted(trial for trial, (er, fer) in usable.items() if len(er) >= least and len(fer) >= least)
    left_out = LeftOut(
        unusable_answers=unusable,
        only_er=sum(1 for er, fer in usable.values() if er and not fer),
        only_fer=sum(1 for er, fer in usable.values() if fer and not er),
        too_few_raters=sum(1 for er, fer in usable.values() if er and fer) - len(trials),
    )
    known = [facts[trial] for trial in trials]
    participants, participant = _indexed([fact.participant for fact in known])
    stimuli, stimulus = _indexed([fact.stimulus for fact in known])
    return BothAnswered(
        trials=tuple(trials),
        er=_side([usable[trial][0] for trial in trials]),
        fer=_side([usable[trial][1] for trial in trials]),
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


def _side(by_trial: list[list[Answer]]) -> Side:
    raters = np.array([len(answers) for answers in by_trial], dtype=np.int64)
    flat = [answer for answers in by_trial for answer in answers]
    return Side(
        trial=np.repeat(np.arange(len(by_trial)), raters),
        rater=np.array([answer.rater for answer in flat], dtype=np.int64),
        seven=np.array([SEVEN[answer.seven] for answer in flat], dtype=np.int64),
        three=np.array([THREE[answer.three] for answer in flat], dtype=np.int64),
        place=np.array([(answer.valence, answer.arousal) for answer in flat], dtype=np.float64).reshape(-1, 2),
        first=np.cumsum(raters) - raters,
        raters=raters,
    )


def _indexed(keys: list[str]) -> tuple[tuple[str, ...], Ints]:
    known = sorted(set(keys))
    places = {key: place for place, key in enumerate(known)}
    return tuple(known), np.array([places[key] for key in keys], dtype=np.int64)


def _classes(words: list[str | None], places: Mapping[str, int]) -> Ints:
    return np.array([-1 if word is None else places[word] for word in words], dtype=np.int64)

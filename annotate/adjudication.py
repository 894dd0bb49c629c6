"""When raters disagree so far that an expert should look: a rule without a database.

A task is looked at once it has two answers. An answer that says that the recording shows no face or is unusable says
nothing of emotion, so it counts among the flags alone. Reasons, each with its threshold in `Thresholds`:

    tie        no single class has the most answers
    class      vote entropy of the seven classes, in bits: -Σ p·log2 p over the shares p (Dagan and Engelson 1995).
               Two against one is 0.92, three against two 0.97, three against one 0.81, four against one 0.72
    valence    mean distance between two raters' valences, over all pairs (Gini's mean difference), 0 to 2
    arousal    the same of arousal
    flags      some say 'no face' or 'unusable' and others do not
    unsure     so large a share of the raters say that they are unsure

The score sorts the queue, 0 to 1, and is 0 where no reason applies:

    score = 0.5 · entropy / most that so many answers can have + 0.2 · valence distance / 2
            + 0.1 · arousal distance / 2 + 0.2 · 2 · min(share, 1 - share) of the flagged
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import fmean

from annotate.scales import EMOTIONS, SAYS_NOTHING, Emotion, Flag, Vote

#: Raised whenever the same votes may get another score or other reasons: what was counted before is counted anew.
RULE = 1
MIN_ANSWERS = 2
CLASS_WEIGHT, VALENCE_WEIGHT, AROUSAL_WEIGHT, FLAGS_WEIGHT = 0.5, 0.2, 0.1, 0.2
#: The largest distance on valence and on arousal.
WIDTH = 2.0


class Reason(StrEnum):
    """What raters disagree about."""

    TIE = "tie"
    CLASS = "class"
    VALENCE = "valence"
    AROUSAL = "arousal"
    FLAGS = "flags"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Thresholds:
    """From where on (inclusive) an expert should look. The defaults are ours; RULE stands for them.

    `entropy_bits`: just below two against one of three raters. `valence`, `arousal`: on [-1, 1], where 0.6 is
    nearly a third of the scale. `unsure`: a share of the raters.
    """

    entropy_bits: float = 0.9
    valence: float = 0.6
    arousal: float = 0.6
    unsure: float = 0.5


@dataclass(frozen=True)
class Judged:
    """`score` is 0 to 1; `reasons` in the order of Reason, none where the answers agree well enough."""

    score: float
    reasons: tuple[Reason, ...]


AGREED = Judged(0.0, ())


def judge(answers: Sequence[Vote], thresholds: Thresholds = Thresholds()) -> Judged:
    """Whether these current answers to one task, one a rater, call for an expert."""
    if len(answers) < MIN_ANSWERS:
        return AGREED
    usable = [answer for answer in answers if not SAYS_NOTHING & set(answer.flags)]
    flagged = 1 - len(usable) / len(answers)
    unsure = fmean(Flag.UNSURE in answer.flags for answer in answers)
    sevens = Counter(answer.seven for answer in usable)
    bits = entropy_bits(sevens)
    valence = mean_distance([answer.valence for answer in usable])
    arousal = mean_distance([answer.arousal for answer in usable])
    found = {
        Reason.TIE: list(sevens.values()).count(max(sevens.values(), default=0)) > 1,
        Reason.CLASS: bits >= thresholds.entropy_bits,
        Reason.VALENCE: valence >= thresholds.valence,
        Reason.AROUSAL: arousal >= thresholds.arousal,
        Reason.FLAGS: 0 < flagged < 1,
        Reason.UNSURE: unsure >= thresholds.unsure,
    }
    reasons = tuple(reason for reason in Reason if found[reason])
    if not reasons:
        return AGREED
    most_bits = math.log2(min(len(usable), len(EMOTIONS))) if len(usable) > 1 else 1.0
    score = (
        CLASS_WEIGHT * bits / most_bits
        + VALENCE_WEIGHT * valence / WIDTH
        + AROUSAL_WEIGHT * arousal / WIDTH
        + FLAGS_WEIGHT * 2 * min(flagged, 1 - flagged)
    )
    return Judged(min(max(score, 0.0), 1.0), reasons)


def entropy_bits(counts: Counter[Emotion]) -> float:
    """Shannon's entropy of the shares, in bits; 0 without counts."""
    total = counts.total()
    return -sum(count / total * math.log2(count / total) for count in counts.values()) if len(counts) > 1 else 0.0


def mean_distance(values: Sequence[float]) -> float:
    """The mean distance between two of the values, over all pairs; 0 with fewer than two."""
    # Rounded, so that a distance of 0.6 reaches a threshold of 0.6 whatever binary fractions make of both.
    return round(fmean(abs(a - b) for a, b in combinations(values, 2)), 9) if len(values) > 1 else 0.0


def lettered(raters: Iterable[int], adjudicator: int, trial: str) -> dict[int, str]:
    """A letter (A, B, … Z, AA, …) for each rater, in an order that is as good as random and stays.

    It differs from adjudicator to adjudicator and from trial to trial, so that no letter ever stands for a person.
    """

    def drawn(rater: int) -> bytes:
        return hashlib.sha256(f"{trial}:{adjudicator}:{rater}".encode()).digest()

    return {rater: letters(place) for place, rater in enumerate(sorted(set(raters), key=drawn))}


def letters(place: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    return (letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)

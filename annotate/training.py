"""Learning to rate: how near an answer comes to the experts', and who may go on to a study's trials.

The score of one answer, 0 to 1, is what of it is right: the class 0.5, the polarity 0.2, valence and arousal 0.15 each
where they lie within 0.5 of the experts' on their scales from -1 to 1. Intensity is told, but not scored: experts
themselves differ in it. A rater is qualified when the mean over the whole training set reaches the study's score.
"""

from collections.abc import Sequence
from statistics import fmean

from annotate.scales import Vote

CLASS_COUNTS, POLARITY_COUNTS, VALENCE_COUNTS, AROUSAL_COUNTS = 0.5, 0.2, 0.15, 0.15
#: How far valence or arousal may lie from the experts'.
NEAR = 0.5
#: A difference of 0.5 counts as near, also where the float is a hair above it (0.6 - 0.1).
_HAIR = 1e-9


def score(answer: Vote, right: Vote) -> float:
    """How right `answer` is, 0 to 1. Both are of the same instrument."""
    points = (
        (CLASS_COUNTS, answer.seven == right.seven),
        (POLARITY_COUNTS, answer.three == right.three),
        (VALENCE_COUNTS, abs(answer.valence - right.valence) <= NEAR + _HAIR),
        (AROUSAL_COUNTS, abs(answer.arousal - right.arousal) <= NEAR + _HAIR),
    )
    return round(sum(points_for for points_for, is_right in points if is_right), 6)


def is_qualified(scores: Sequence[float], of: int, qualifying_score: float) -> bool | None:
    """Whether the mean of `scores` reaches what is asked for; None while fewer than `of` trials are answered."""
    if len(scores) < of or not scores:
        return None
    return fmean(scores) >= qualifying_score - _HAIR

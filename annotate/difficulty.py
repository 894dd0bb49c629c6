"""How raters did on a trial whose answer is known, and whether it asks too much of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from annotate.scales import Emotion, Vote
from annotate.training import score

#: With fewer answers than this nothing is said of a trial.
MIN_ANSWERS = 3
#: Where fewer than this share give the right class, the trial (or its reference answer) is what should be looked at.
TOO_HARD = 0.5


@dataclass(frozen=True)
class Difficulty:
    """`right_share` gave the experts' class, `mean_score` is the mean of annotate.training.score (both 0 to 1, None
    without answers). `mistakes` are the wrong classes with how often each was given, the most frequent first.
    """

    answers: int
    right_share: float | None
    mean_score: float | None
    mistakes: tuple[tuple[Emotion, int], ...]
    too_hard: bool


def difficulty(answers: Sequence[Vote], right: Vote) -> Difficulty:
    """From the current answers to one task, one a rater, and what experts say of it."""
    if not answers:
        return Difficulty(0, None, None, (), too_hard=False)
    right_share = fmean(answer.seven == right.seven for answer in answers)
    wrong = Counter(Emotion(answer.seven) for answer in answers if answer.seven != right.seven)
    return Difficulty(
        answers=len(answers),
        right_share=right_share,
        mean_score=fmean(score(answer, right) for answer in answers),
        mistakes=tuple(wrong.most_common()),
        too_hard=len(answers) >= MIN_ANSWERS and right_share < TOO_HARD,
    )

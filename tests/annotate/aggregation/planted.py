"""Made-up raters of known worth: what they see is known, and how they err is planted. Simulated, all of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotate.aggregation.cast import Cast, Question
from annotate.scales import EMOTIONS, USUAL_POLARITY, Instrument, Vote

CLASSES = len(EMOTIONS)


def steady(right: float) -> NDArray[np.float64]:
    """(K, K): right so often, else any other class."""
    return np.full((CLASSES, CLASSES), (1 - right) / (CLASSES - 1)) + np.eye(CLASSES) * (
        right - (1 - right) / (CLASSES - 1)
    )


def mixing(first: int, second: int, share: float = 0.8) -> NDArray[np.float64]:
    """As a good rater, but one who says `second` for `first` in so many cases."""
    found = steady(0.9)
    found[first] = (1 - share) * found[first]
    found[first, second] += share
    return found


def planted_votes(
    confusions: Sequence[NDArray[np.float64]],
    trials: int,
    *,
    per_trial: int = 3,
    seed: int = 0,
    instrument: Instrument = Instrument.ER,
) -> tuple[dict[Question, list[Cast]], dict[Question, str]]:
    """Votes of raters r00, r01, … with these confusions, and the classes that were planted."""
    random = np.random.default_rng(seed)
    votes: dict[Question, list[Cast]] = {}
    truth: dict[Question, str] = {}
    for number in range(trials):
        question = (f"{number:032x}", instrument)
        real = int(random.integers(CLASSES))
        truth[question] = str(EMOTIONS[real])
        votes[question] = [
            Cast(_vote(instrument, int(random.choice(CLASSES, p=confusions[rater][real]))), rater=f"r{rater:02d}")
            for rater in random.choice(len(confusions), per_trial, replace=False)
        ]
    return votes, truth


def _vote(instrument: Instrument, seven: int) -> Vote:
    emotion = EMOTIONS[seven]
    intensity = 1.0 if instrument is Instrument.FER else None
    return Vote(
        instrument=instrument,
        seven=emotion,
        three=USUAL_POLARITY[emotion],
        valence=0.0,
        arousal=0.0,
        intensity=intensity,
    )

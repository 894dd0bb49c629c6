"""What to rate next: where one more label teaches most. Pure arithmetic.

    priority = 0.6 · uncertainty + 0.3 · disagreement + 0.1 · newness        (0 to 1)

uncertainty   the model's normalised entropy over the seven classes (Prediction.uncertainty): uncertainty sampling,
              Lewis and Gale 1994. Where no model has said anything, 0.5: neither known to be easy nor to be hard.
disagreement  the entropy of the raters' seven-class votes, divided by the most that so many votes can have: vote
              entropy, Dagan and Engelson 1995. 0 with fewer than two votes.
newness       1 / (1 + votes): the first label of a trial teaches more than the third.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annotate.scales import EMOTIONS

UNCERTAINTY_WEIGHT, DISAGREEMENT_WEIGHT, NEWNESS_WEIGHT = 0.6, 0.3, 0.1
UNKNOWN_UNCERTAINTY = 0.5


@dataclass(frozen=True)
class Priority:
    """`value` is 0 to 1; `reason` says in words what made it."""

    value: float
    reason: str


def priority(uncertainty: float | None, votes: Sequence[str], places: int) -> Priority:
    """The priority of one task.

    `uncertainty` is the model's, 0 to 1, None where there is no prediction; `votes` are the raters' current seven-class
    answers, one a rater; `places` is how many are wanted.
    """
    doubt = UNKNOWN_UNCERTAINTY if uncertainty is None else uncertainty
    dispute = disagreement(votes)
    value = UNCERTAINTY_WEIGHT * doubt + DISAGREEMENT_WEIGHT * dispute + NEWNESS_WEIGHT / (1 + len(votes))
    return Priority(min(max(value, 0.0), 1.0), _reason(uncertainty, dispute, len(votes), places))


def band_of(value: float) -> int:
    """A priority (0 to 1) in tenths: trials of one band matter alike, so their order may differ between raters."""
    return min(int(value * 10), 10)


def disagreement(votes: Sequence[str]) -> float:
    """Vote entropy over the most that so many votes can have: 0 all alike, 1 all as different as they can be."""
    if len(votes) < 2:
        return 0.0
    shares = [count / len(votes) for count in Counter(votes).values()]
    entropy = -sum(share * math.log(share) for share in shares)
    return min(max(entropy, 0.0) / math.log(min(len(votes), len(EMOTIONS))), 1.0)


def _reason(uncertainty: float | None, dispute: float, votes: int, places: int) -> str:
    if uncertainty is None:
        parts = ["no prediction yet"]
    else:
        words = "model unsure" if uncertainty >= 0.5 else "model fairly sure"
        parts = [f"{words} ({uncertainty:.2f})"]
    if dispute > 0:
        parts.append(f"raters disagree ({dispute:.2f})")
    parts.append(f"{votes} of {places} rated" if votes else "nobody has rated it")
    return ", ".join(parts)

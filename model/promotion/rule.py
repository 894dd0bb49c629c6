"""The rule: is the challenger surely better, and surely worse in nothing that counts?

**The primary measure** is UAR over the seven classes, averaged over ER and FER. UAR, as classes occur unequally: by
accuracy a model that says 'happiness' of every smile would be promoted. Both instruments alike, as the gap between
them is what the lab studies: a model that buys FER with ER is no better. Seven classes, as the three and the numbers
follow them. One measure, as each further one would be another chance to be wrong.

**Better** is: the sign-flip test over participants (see sign_flip) says, at the level the budget gives this test, that
the challenger is ahead by more than MARGIN. A change of champion changes what raters are shown; less than a point is
not worth it.

**Worse in nothing**: no class, under either instrument, whose recall is surely (5 %, the same test) more than TOLERANCE
below. There is no correction for the fourteen questions: a veto too many keeps the champion, which is the safe side.
Classes with fewer than MIN_TRIALS trials or MIN_PEOPLE people are told and not judged. Against the baseline 'majority',
which is always right about one class and never about another, classes are not compared.

For the same trials UAR is a sum over participants: hits of a class, over how often the class was shown. That is why
one difference for each person is all that the test needs.
"""

import numpy as np

from annotate.scales import EMOTIONS
from model.evaluation.intervals import Resampling
from model.promotion.comparison import ClassRecall, Comparison
from model.promotion.entry import MAJORITY
from model.promotion.evidence import INSTRUMENTS, Evidence
from model.promotion.sign_flip import chance_of

MARGIN = 0.01
TOLERANCE = 0.10
VETO_LEVEL = 0.05
MIN_TRIALS = 20
MIN_PEOPLE = 6


def compare(evidence: Evidence, against: str, seed: int) -> Comparison:
    """`against` names the other model; `seed` draws the interval and decides nothing. Needs at least one person."""
    resampling = Resampling(evidence.participant, seed)
    challenger, other = (np.stack([evidence.shown, hits], axis=1) for hits in (evidence.challenger, evidence.other))
    ours, theirs = (float(uar_of_both(hits.sum(axis=0))) for hits in (challenger, other))
    interval = resampling.difference(challenger, other, uar_of_both)
    return Comparison(
        against=against,
        people=len(evidence.participant),
        left_out=len(evidence.left_out),
        trials=evidence.trials,
        challenger=_share(ours),
        other=_share(theirs),
        difference=_difference(ours - theirs),
        low=_difference(interval.low),
        high=_difference(interval.high),
        margin=MARGIN,
        p=chance_of(differences(evidence)),
        classes=() if against == MAJORITY else tuple(_classes(evidence)),
    )


def promotes(comparison: Comparison, level: float) -> bool:
    """Whether the challenger takes over, at this level of the budget."""
    return comparison.p <= level and not comparison.worse


def uar_of_both(shown_and_hits: np.ndarray) -> np.ndarray:
    """(...,) mean over the instruments of UAR, from (..., 2, 2, 7): trials shown and trials right.

    Classes and instruments of which no trial was shown do not count.
    """
    shown, hits = shown_and_hits[..., 0, :, :], shown_and_hits[..., 1, :, :]
    weights = _weights(shown)
    return (hits * weights).sum(axis=(-2, -1))


def differences(evidence: Evidence) -> np.ndarray:
    """(P,) what each person adds to the difference in the primary measure, less their part of the margin."""
    weights = _weights(evidence.shown.sum(axis=0))
    gained = ((evidence.challenger - evidence.other) * weights).sum(axis=(1, 2))
    part = (evidence.shown * weights).sum(axis=(1, 2))
    return np.asarray(gained - MARGIN * part)


def _weights(shown: np.ndarray) -> np.ndarray:
    """What one trial right of each class is worth, (..., 2, 7); 0 where the class was not shown."""
    occurs = shown > 0
    classes = occurs.sum(axis=-1, keepdims=True)
    instruments = (classes > 0).sum(axis=-2, keepdims=True)
    return np.where(occurs, 1.0 / (np.maximum(shown, 1e-9) * np.maximum(classes, 1) * np.maximum(instruments, 1)), 0.0)


def _classes(evidence: Evidence) -> list[ClassRecall]:
    """Those that were shown at all, ER first."""
    found = []
    all_sums = (evidence.shown, evidence.challenger, evidence.other)
    for instrument, number in np.ndindex(evidence.shown.shape[1:]):
        shown, ours, theirs = (sums[:, instrument, number] for sums in all_sums)
        trials, people = int(shown.sum()), int((shown > 0).sum())
        if not trials:
            continue
        few = trials < MIN_TRIALS or people < MIN_PEOPLE
        worse = not few and chance_of(theirs - ours - TOLERANCE * shown) <= VETO_LEVEL
        found.append(
            ClassRecall(
                instrument=INSTRUMENTS[instrument],
                emotion=EMOTIONS[number],
                trials=trials,
                people=people,
                challenger=_share(ours.sum() / trials),
                other=_share(theirs.sum() / trials),
                verdict="too few" if few else "worse" if worse else "fine",
            )
        )
    return found


def _share(value: float) -> float:
    """Sums of many parts may miss 1 by the last bit."""
    return float(np.clip(value, 0.0, 1.0))


def _difference(value: float) -> float:
    return float(np.clip(value, -1.0, 1.0))

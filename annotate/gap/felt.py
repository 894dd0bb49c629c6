"""Trials by what was felt, without the trap in it.

A rater who calls a trial happy also tends to have placed it high. Comparing that same answer with the FER answers
would show a fall even if the instruments agreed: regression to the mean. So an ER answer only says to which emotion
the trial belongs, and the felt place, the distance and the noise come from the *other* ER raters of the trial:

    for class c, over ER answers i that say c:   shift  = mean of FER - mean of the ER answers other than i
                                                 differ = share of FER answers other than c
                                                 noise  = share of the other ER answers other than c

Where no trial has two ER raters the answers themselves have to do, and `selected_on_own` says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotate.gap.answers import NEGATIVE, NEUTRAL, POSITIVE, BothAnswered, Floats
from annotate.gap.figures import GroupFigures, Ratio, RatioTable, group_figures, where_known
from annotate.gap.measures import Measures
from annotate.gap.pairs import distances, pairs_between
from annotate.resampling import Resampling
from annotate.scales import EMOTIONS


@dataclass(frozen=True)
class FeltFigures:
    """One group a class of ER. `selected_on_own`: felt places are of the answers that chose the group."""

    groups: list[GroupFigures]
    selected_on_own: bool


def by_felt(both: BothAnswered, m: Measures, people: Resampling) -> FeltFigures:
    """`people`: draws of participants for the T trials."""
    own = not bool((both.er.raters > 1).any())
    whole = _table(both, m, own)
    rows = np.flatnonzero(whole.weight > 0)  # of T × 7 few trials are felt in more than two ways
    table = RatioTable(
        whole.participant[rows],
        whole.weight[rows],
        {name: (over[rows], under[rows]) for name, (over, under) in whole.ratios.items()},
    )
    keys = tuple(emotion.value for emotion in EMOTIONS)
    return FeltFigures(group_figures(table, people.of_rows(rows // len(keys)), rows % len(keys), keys), own)


def _table(both: BothAnswered, m: Measures, own: bool) -> RatioTable:
    er, trials = both.er, len(both)
    raters = er.raters[:, None].astype(np.float64)
    counts = er.counts(er.seven, 7)
    enough = raters >= (1 if own else 2)
    # (T, 7): how much of a trial says c, counted where there is somebody else to compare with
    weight = np.where(enough, counts / raters, 0.0)
    others = np.maximum(raters - 1, 1)

    def of_the_others(values: Floats) -> Floats:
        """(T, 7): weight times the mean of `values` (N) over the ER answers other than those that said c."""
        mine = np.bincount(er.trial * 7 + er.seven, weights=values, minlength=trials * 7).reshape(trials, 7)
        if own:
            return np.where(enough, mine / raters, 0.0)
        return np.where(enough, (counts * er.total(values)[:, None] - mine) / (others * raters), 0.0)

    ratios: dict[str, Ratio] = {}
    for place, scale in enumerate(("valence", "arousal")):
        felt, shown = of_the_others(er.place[:, place]), weight * m.shown[:, place, None]
        ratios |= {
            f"{scale} felt": (felt, weight),
            f"{scale} shown": (shown, weight),
            f"{scale} shift": (shown - felt, weight),
        }
    ratios |= _distances(both, m, weight, of_the_others)
    ratios |= _classes(both, m, weight, counts, raters, own)
    flat = {name: (numerator.ravel(), denominator.ravel()) for name, (numerator, denominator) in ratios.items()}
    return RatioTable(np.repeat(both.participant, 7), weight.ravel(), flat)


def _distances(
    both: BothAnswered, m: Measures, weight: Floats, of_the_others: Callable[[Floats], Floats]
) -> dict[str, Ratio]:
    """Between as above; the noise is of two FER raters: no such pair holds the answer that chose the class."""
    pairs = pairs_between(both.er, both.fer)
    total = np.bincount(pairs.one, weights=distances(pairs, both.er, both.fer), minlength=len(both.er.trial))
    between = of_the_others(total / both.fer.raters[both.er.trial])
    noise, known = where_known(m.distance.two_fer)
    return {
        "distance": (between, weight),
        "distance two_fer": (weight * noise[:, None], weight * known[:, None]),
        "distance noise": (weight * noise[:, None], weight * known[:, None]),
        "distance compared": (between * known[:, None], weight * known[:, None]),
    }


def _classes(
    both: BothAnswered, m: Measures, weight: Floats, counts: Floats, raters: Floats, own: bool
) -> dict[str, Ratio]:
    others = np.maximum(raters - 1, 1)
    known = 0.0 if own else 1.0
    negative = both.er.three == NEGATIVE
    negatives = np.bincount(both.er.trial * 7 + both.er.seven, weights=negative, minlength=counts.size)
    negative_weight = np.where(weight > 0, negatives.reshape(counts.shape) / raters, 0.0)
    positives = both.er.counts(both.er.three, 3)[:, POSITIVE, None]
    emotional = weight * (np.arange(7) != NEUTRAL)
    between = {
        "differ": (weight * (1 - m.fer_seven), weight),
        "neutralized": (emotional * m.fer_seven[:, NEUTRAL, None], emotional),
        "masked": (negative_weight * m.fer_three[:, POSITIVE, None], negative_weight),
    }
    noise = {
        "differ": (weight * (raters - counts) / others, weight),
        "neutralized": (emotional * counts[:, NEUTRAL, None] / others, emotional),
        "masked": (negative_weight * positives / others, negative_weight),
    }
    ratios: dict[str, Ratio] = {}
    for name in between:
        ratios[name] = between[name]
        ratios[f"{name} compared"] = (between[name][0] * known, between[name][1] * known)
        ratios[f"{name} noise"] = (noise[name][0] * known, noise[name][1] * known)
    return ratios

"""What is measured of each trial: how far its ER and its FER answers lie apart, and how far two raters of one do.

Everything is a mean over pairs of single answers to the same trial, one of each instrument, so that it can stand beside
the same mean over pairs of raters of one instrument. With ER answers x₁ … x_m and FER answers y₁ … y_n of a trial

    between  = Σᵢⱼ d(xᵢ, yⱼ) / (m n)
    two ER   = Σᵢ<ᵢ' d(xᵢ, xᵢ') / (m (m - 1) / 2)          two FER likewise
    noise    = (two ER + two FER) / 2
    above    = between - noise

d is the Euclidean distance in the plane of valence and arousal, or 1 where the classes differ and 0 where not. If
raters answer both instruments alike, `above` is 0 on average however noisy they are; else it is positive: twice it is
the energy distance of Székely and Rizzo (2013, 'Energy statistics', Journal of Statistical Planning and Inference 143,
1249-1272) and, for classes, Rao's dissimilarity. A distance between mean labels has no such zero.
"""

from dataclasses import dataclass

import numpy as np

from annotate.gap.answers import NEGATIVE, NEUTRAL, POSITIVE, BothAnswered, Floats, Ints, Side
from annotate.gap.pairs import distances, mean_per_trial, pairs_between, pairs_within
from annotate.scales import EMOTIONS, POLARITIES


@dataclass(frozen=True)
class Compared:
    """One distance in three pairings, (T) each; those within an instrument are NaN below two raters."""

    between: Floats
    two_er: Floats
    two_fer: Floats

    @property
    def noise(self) -> Floats:
        """(T): the mean of both instruments, NaN where one of them is not known."""
        return (self.two_er + self.two_fer) / 2

    @property
    def above(self) -> Floats:
        return self.between - self.noise


@dataclass(frozen=True)
class Rate:
    """A share among answers that could show it: numerators and denominators (T) between and within instruments.

    Those of the noise are means of both instruments' ordered pairs of raters, NaN where one is not known.
    """

    numerator: Floats
    denominator: Floats
    noise_numerator: Floats
    noise_denominator: Floats


@dataclass(frozen=True)
class Measures:
    """All that the figures are made of. Shares of classes are (T, 7) and (T, 3), places (T, 2): valence, arousal."""

    er_seven: Floats
    fer_seven: Floats
    er_three: Floats
    fer_three: Floats
    felt: Floats
    shown: Floats
    distance: Compared
    differ: Compared
    neutralized: Rate
    masked: Rate
    er_majority: Ints
    fer_majority: Ints

    @property
    def shift(self) -> Floats:
        """(T, 2): shown minus felt."""
        return self.shown - self.felt


def measure(both: BothAnswered) -> Measures:
    """The measures of each trial."""
    er_counts, fer_counts = both.er.counts(both.er.seven, 7), both.fer.counts(both.fer.seven, 7)
    er_threes, fer_threes = both.er.counts(both.er.three, 3), both.fer.counts(both.fer.three, 3)
    er_seven, fer_seven = _shares(er_counts), _shares(fer_counts)
    er_three, fer_three = _shares(er_threes), _shares(fer_threes)
    return Measures(
        er_seven=er_seven,
        fer_seven=fer_seven,
        er_three=er_three,
        fer_three=fer_three,
        felt=_means(both.er),
        shown=_means(both.fer),
        distance=_distance(both),
        differ=Compared(1 - (er_seven * fer_seven).sum(1), _unlike(er_counts), _unlike(fer_counts)),
        neutralized=_rate(
            (1 - er_seven[:, NEUTRAL], fer_seven[:, NEUTRAL]),
            *((_others(c, NEUTRAL), c[:, NEUTRAL], c.sum(1)) for c in (er_counts, fer_counts)),
        ),
        masked=_rate(
            (er_three[:, NEGATIVE], fer_three[:, POSITIVE]),
            *((c[:, NEGATIVE], c[:, POSITIVE], c.sum(1)) for c in (er_threes, fer_threes)),
        ),
        er_majority=majority(er_counts),
        fer_majority=majority(fer_counts),
    )


def majority(counts: Floats) -> Ints:
    """(T): the class that most raters named, -1 on a tie: breaking it would be a choice that nobody made."""
    most = counts.max(1, keepdims=True)
    return np.where((counts == most).sum(1) == 1, counts.argmax(1), -1)


def _distance(both: BothAnswered) -> Compared:
    er, fer, trials = both.er, both.fer, len(both)
    between, two_er, two_fer = pairs_between(er, fer), pairs_within(er), pairs_within(fer)
    return Compared(
        mean_per_trial(between, distances(between, er, fer), trials),
        mean_per_trial(two_er, distances(two_er, er, er), trials),
        mean_per_trial(two_fer, distances(two_fer, fer, fer), trials),
    )


def _rate(between: tuple[Floats, Floats], *sides: tuple[Floats, Floats, Floats]) -> Rate:
    """`between`: shares (T) of ER answers that could show it and of FER answers that do.

    `sides`: for each instrument how many raters could show it, how many do, and how many there are.
    """
    could, does = between
    numerators: list[Floats] = []
    denominators: list[Floats] = []
    for coulds, doing, raters in sides:
        pairs = np.where(raters > 1, raters * (raters - 1), np.nan)
        numerators.append(coulds * doing / pairs)
        denominators.append(np.where(raters > 1, coulds / raters, np.nan))
    return Rate(could * does, could, np.mean(numerators, axis=0), np.mean(denominators, axis=0))


def _others(counts: Floats, one: int) -> Floats:
    return counts.sum(1) - counts[:, one]


def _shares(counts: Floats) -> Floats:
    assert counts.shape[1] in (len(EMOTIONS), len(POLARITIES))
    return counts / counts.sum(1, keepdims=True)


def _unlike(counts: Floats) -> Floats:
    """(T): the share of pairs of raters whose classes differ."""
    raters = counts.sum(1)
    pairs = np.where(raters > 1, raters * (raters - 1), np.nan)
    return 1 - (counts * (counts - 1)).sum(1) / pairs


def _means(side: Side) -> Floats:
    return np.stack([side.mean(side.place[:, 0]), side.mean(side.place[:, 1])], axis=1)

"""The right statistics for each field of an answer, and what each is called.

Classes have no order: nominal alpha, and Fleiss' kappa beside it because readers ask for it. Intensity is a scale of
steps: ordinal alpha asks only that raters agree on more and less, interval alpha that they agree on how much. Valence
and arousal are numbers: interval alpha, how reliable one rater and the mean of all are (ICC), and how near two raters
come to the same number (CCC). The first statistic of a field is the one to quote.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from annotate.agreement.answers import Answers, Integers, compared
from annotate.agreement.concordance import mean_pairwise_ccc
from annotate.agreement.fleiss import equally_often, fleiss_kappa
from annotate.agreement.icc import icc
from annotate.agreement.krippendorff import Scale, alpha_interval, alpha_nominal, alpha_ordinal, alphas
from annotate.intervals import Interval
from annotate.scales import EMOTIONS, POLARITIES, Instrument

Field = Literal["seven", "three", "valence", "arousal", "intensity"]
Statistic = Literal["alpha nominal", "alpha ordinal", "alpha interval", "Fleiss kappa", "ICC(2,1)", "ICC(2,k)", "CCC"]

#: Intensity is given in tenths from 0 to 3; ordinal alpha takes the tenths as its levels.
TENTHS = 31

_QUOTED: dict[Field, tuple[Scale, int]] = {
    "seven": ("nominal", len(EMOTIONS)),
    "three": ("nominal", len(POLARITIES)),
    "valence": ("interval", 1),
    "arousal": ("interval", 1),
    "intensity": ("ordinal", TENTHS),
}

FIELDS: dict[Instrument, tuple[Field, ...]] = {
    Instrument.ER: ("seven", "three", "valence", "arousal"),
    Instrument.FER: ("seven", "three", "valence", "arousal", "intensity"),
}


@dataclass(frozen=True)
class Measured:
    """One statistic of one field. `trials`, `raters`, `answers` are those that it was computed from.

    `interval` is None where it is not defined, such as where no trial has two answers or all answers are the same.
    `k` is the number of raters that ICC(2,k) stands for, None elsewhere.
    """

    statistic: Statistic
    interval: Interval | None
    trials: int
    raters: int
    answers: int
    k: float | None = None


def measure(field: Field, answers: Answers, *, draws: int = 1000, seed: int = 0) -> list[Measured]:
    """All statistics of a field, the one to quote first."""
    if field == "seven":
        return _of_classes(answers, len(EMOTIONS), draws, seed)
    if field == "three":
        return _of_classes(answers, len(POLARITIES), draws, seed)
    if field == "intensity":
        return [
            _measured("alpha ordinal", answers, alpha_ordinal(in_tenths(answers), TENTHS, draws=draws, seed=seed)),
            _measured("alpha interval", answers, alpha_interval(answers, draws=draws, seed=seed)),
        ]
    return _of_numbers(answers, draws, seed)


def quoted_by_group(
    field: Field, answers: Answers, group: Integers, groups: int, *, draws: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """The statistic to quote, of each group of trials: `group` (N,) is the same for all answers to a trial."""
    scale, classes = _QUOTED[field]
    if field == "intensity":
        answers = in_tenths(answers)
    return alphas(scale, answers, group, groups, classes=classes, draws=draws, seed=seed)


def in_tenths(answers: Answers) -> Answers:
    """Intensities 0 to 3 as levels 0 to 30."""
    levels = np.rint(answers.value * 10)
    return Answers(levels, answers.trial, answers.rater, answers.participant, answers.raters, answers.participants)


def _of_classes(answers: Answers, classes: int, draws: int, seed: int) -> list[Measured]:
    return [
        _measured("alpha nominal", answers, alpha_nominal(answers, classes, draws=draws, seed=seed)),
        _measured("Fleiss kappa", equally_often(answers), fleiss_kappa(answers, classes, draws=draws, seed=seed)),
    ]


def _of_numbers(answers: Answers, draws: int, seed: int) -> list[Measured]:
    correlations = icc(answers, draws=draws, seed=seed)
    return [
        _measured("alpha interval", answers, alpha_interval(answers, draws=draws, seed=seed)),
        _measured("ICC(2,1)", answers, correlations.single),
        _measured("ICC(2,k)", answers, correlations.average, correlations.k),
        _measured("CCC", answers, mean_pairwise_ccc(answers, draws=draws, seed=seed)),
    ]


def _measured(statistic: Statistic, answers: Answers, interval: Interval | None, k: float | None = None) -> Measured:
    used = compared(answers)
    return Measured(
        statistic,
        interval,
        used.trials,
        used.raters_present,
        len(used.value),
        k if k is not None and np.isfinite(k) else None,
    )

"""Does a model know how sure it may be? Its probabilities beside how often it was right.

All figures are on the hard class, the trials that WAR counts. Sources: expected calibration error, Naeini et al. 2015
(with bins of equal mass, Nguyen & O'Connor 2015); Brier 1950, the sum over all classes, so from 0 to 2.
"""

from dataclasses import dataclass

import numpy as np

from model.evaluation.intervals import Estimate, Resampling

MOST_BINS = 10
#: Fewer trials in a bin say little of it; so small evaluations get fewer bins.
TRIALS_A_BIN = 20
_CHANCE_DRAWS = 500
#: Of each bin: trials, sum of confidences, trials right, sum of -log p, of Brier scores, and trials of probability 0.
_SUMS = 6


@dataclass(frozen=True)
class ReliabilityBin:
    """Trials of about the same confidence: the mean of it, and the share of them on which the model was right."""

    trials: int
    confidence: float
    right: Estimate


@dataclass(frozen=True)
class Calibration:
    """`nll` mean negative log likelihood (nats; inf where the model ruled out what then happened); `brier` 0 to 2;
    `overconfidence` mean confidence minus accuracy; `ece` 0 to 1, in bins of equal mass.

    ECE counts chance too, and is the higher the fewer the trials: `ece_by_chance` is what a perfectly calibrated model
    with the same confidences would get on as many independent trials. The resamples have that bias once more, so that
    the interval of `ece` may lie above it.
    """

    trials: int
    nll: Estimate
    brier: Estimate
    overconfidence: Estimate
    ece: Estimate
    ece_by_chance: float
    bins: list[ReliabilityBin]


def calibration(shares: np.ndarray, truth: np.ndarray, resampling: Resampling, seed: int) -> Calibration | None:
    """Of probabilities `shares` (N, C) against the class `truth` (N,), -1 where there is none; None if nowhere is one.

    The N rows are those that `resampling` was made for; `seed` draws what chance would do.
    """
    decided = truth >= 0
    if not decided.any():
        return None
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    of_truth = shares[np.arange(len(shares)), np.maximum(truth, 0)]
    brier = (shares**2).sum(axis=1) - 2 * of_truth + 1
    possible = of_truth > 0
    nll = -np.log(np.where(possible, of_truth, 1.0))
    columns = np.stack([np.ones(len(shares)), confidence, right, nll, brier, ~possible], axis=1)
    place, bins = equal_mass(confidence[decided])
    bin_of = np.zeros(len(shares), dtype=np.int64)
    bin_of[decided] = place

    def of(rows: np.ndarray) -> np.ndarray:
        rows = rows[decided[rows]]
        sums = np.zeros((bins, _SUMS))
        np.add.at(sums, bin_of[rows], columns[rows])
        return sums

    sums_PBK = resampling.per_participant(of)
    pooled = sums_PBK.sum(axis=0)
    shown = resampling.estimates(sums_PBK, _right)
    return Calibration(
        trials=int(decided.sum()),
        nll=resampling.estimate(sums_PBK, _nll),
        brier=resampling.estimate(sums_PBK, _brier),
        overconfidence=resampling.estimate(sums_PBK, _overconfidence),
        ece=resampling.estimate(sums_PBK, ece),
        ece_by_chance=ece_by_chance(confidence[decided], place, bins, seed),
        bins=[
            ReliabilityBin(int(row[0]), float(row[1] / row[0]), estimate)
            for row, estimate in zip(pooled, shown, strict=True)
        ],
    )


def equal_mass(confidence: np.ndarray) -> tuple[np.ndarray, int]:
    """The bin of each of N confidences, from 0 upwards, and how many there are; equal confidences share a bin."""
    wanted = min(MOST_BINS, max(1, len(confidence) // TRIALS_A_BIN))
    edges = np.quantile(confidence, np.arange(1, wanted) / wanted)
    numbers, place = np.unique(np.searchsorted(edges, confidence, side="right"), return_inverse=True)
    return place, len(numbers)


def ece(sums: np.ndarray) -> np.ndarray:
    """From (..., bins, sums): the mean gap between confidence and accuracy, each bin by its trials."""
    return np.abs(sums[..., 2] - sums[..., 1]).sum(axis=-1) / _trials(sums)


def ece_by_chance(confidence: np.ndarray, place: np.ndarray, bins: int, seed: int) -> float:
    """The mean ECE of answers that are right just as often as they say; (N,) confidences in their bins `place`."""
    inside = (place[:, None] == np.arange(bins)).astype(np.float64)
    right = np.random.default_rng(seed).random((_CHANCE_DRAWS, len(confidence))) < confidence
    gaps = np.abs((right - confidence) @ inside).sum(axis=1)
    return float(gaps.mean() / len(confidence))


def _right(sums: np.ndarray) -> np.ndarray:
    """(..., bins); NaN in a bin that is empty in a resample."""
    filled = sums[..., 0] > 0
    return np.where(filled, sums[..., 2] / np.where(filled, sums[..., 0], 1.0), np.nan)


def _overconfidence(sums: np.ndarray) -> np.ndarray:
    return _mean(sums, 1) - _mean(sums, 2)


def _brier(sums: np.ndarray) -> np.ndarray:
    return _mean(sums, 4)


def _nll(sums: np.ndarray) -> np.ndarray:
    return np.where(sums[..., 5].sum(axis=-1) > 0, np.inf, _mean(sums, 3))


def _mean(sums: np.ndarray, column: int) -> np.ndarray:
    return sums[..., column].sum(axis=-1) / _trials(sums)


def _trials(sums: np.ndarray) -> np.ndarray:
    """At least 1: raters may have tied on all trials of the people whom a resample drew."""
    return np.maximum(sums[..., 0].sum(axis=-1), 1)

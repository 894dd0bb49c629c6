"""Dawid and Skene's estimate of true classes and of each rater's confusions, by expectation and maximisation.

A rater r who sees class k says class l with a probability of their own, pi(r, k, l); given the true class raters err
independently. The true classes are not known, so they and the probabilities are estimated in turn (Dawid and Skene
1979, Applied Statistics 28, 20-28). A rater who confuses two classes in a steady way still tells much; one who guesses
tells nothing; neither is true of a count of votes.

Few answers a rater would let the estimate run wild, so answers that nobody gave are added before counting: TRUST to
each rater's right answers per class and DOUBT spread evenly over all answers; EVEN to each class. It begins with the
shares of the votes, as theirs does, and ends when no probability moves by more than STILL, or after MOST_ROUNDS.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRUST = 2.0
DOUBT = 1.0
EVEN = 1.0
STILL = 1e-10
MOST_ROUNDS = 1000


@dataclass(frozen=True)
class Estimate:
    """`posterior` (T, K): how probable each class is for each trial. `confusion` (R, K, K): pi. `shares` (K,)."""

    posterior: NDArray[Any]
    confusion: NDArray[Any]
    shares: NDArray[Any]


def dawid_skene(said: NDArray[Any], trial: NDArray[Any], rater: NDArray[Any], classes: int) -> Estimate:
    """From N answers, each array (N,): the class said (0 … K-1), the trial (0 … T-1), the rater (0 … R-1).

    Every trial has an answer. The same answers in the same order give the same estimate.
    """
    trials, raters = int(trial.max()) + 1, int(rater.max()) + 1
    posterior = np.zeros((trials, classes))
    np.add.at(posterior, (trial, said), 1.0)
    posterior /= posterior.sum(axis=1, keepdims=True)
    cell = rater * classes + said
    for _ in range(MOST_ROUNDS):
        shares = (EVEN + posterior.sum(axis=0)) / (EVEN * classes + trials)
        confusion = _confusion(posterior, trial, cell, raters)
        before, posterior = posterior, _posterior(shares, confusion, said, trial, rater, trials)
        if np.abs(posterior - before).max() < STILL:
            break
    return Estimate(posterior, confusion, shares)


def _confusion(posterior: NDArray[Any], trial: NDArray[Any], cell: NDArray[Any], raters: int) -> NDArray[Any]:
    """(R, K, K): rater, true class, said class."""
    classes = posterior.shape[1]
    counted = np.stack(
        [
            np.bincount(cell, weights=posterior[trial, true], minlength=raters * classes).reshape(raters, classes)
            for true in range(classes)
        ],
        axis=1,
    )
    counted = counted + DOUBT / classes + TRUST * np.eye(classes)
    return counted / counted.sum(axis=2, keepdims=True)


def _posterior(
    shares: NDArray[Any],
    confusion: NDArray[Any],
    said: NDArray[Any],
    trial: NDArray[Any],
    rater: NDArray[Any],
    trials: int,
) -> NDArray[Any]:
    logs = np.log(confusion)[rater, :, said]  # (N, K)
    summed = np.stack(
        [np.bincount(trial, weights=logs[:, true], minlength=trials) for true in range(len(shares))], axis=1
    )
    summed += np.log(shares)
    likely = np.exp(summed - summed.max(axis=1, keepdims=True))
    return likely / likely.sum(axis=1, keepdims=True)

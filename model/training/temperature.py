"""How much a network's probabilities are softened, learned from validation people alone.

Temperature scaling (Guo et al. 2017): log probabilities are divided by one number, which leaves the class that is said
as it is. Above 1 it takes back confidence that was not earned.
"""

import numpy as np

from annotate.scales import Instrument
from model.features.dataset import TrialSet
from model.predicted import CLASS_SCALES, Predictions, Temperatures, logits_of

LOWEST, HIGHEST = 0.25, 10.0
#: From fewer labelled trials the answer would be chance, and probabilities stay as they are.
LEAST_TRIALS = 20


def fit_temperature(shares: np.ndarray, truth: np.ndarray) -> float:
    """The temperature, in [LOWEST, HIGHEST], under which probabilities `shares` (N, C) make `truth` likeliest.

    `truth` (N, C) are shares of raters (one-hot for hard labels); rows with NaN do not count. The negative log
    likelihood is convex in 1/T, so that its slope is simply halved in upon; nothing is drawn. 1.0 from fewer than
    LEAST_TRIALS rows.
    """
    known = np.isfinite(truth).all(axis=1)
    if known.sum() < LEAST_TRIALS:
        return 1.0
    logits, target = logits_of(shares[known]), truth[known]
    wanted = (target * logits).sum(axis=1) / target.sum(axis=1)

    def slope(cold: float) -> float:
        """Of the mean negative log likelihood by 1/T."""
        scaled = np.exp(cold * logits - (cold * logits).max(axis=1, keepdims=True))
        said = (scaled * logits).sum(axis=1) / scaled.sum(axis=1)
        return float((said - wanted).mean())

    low, high = 1 / HIGHEST, 1 / LOWEST
    if slope(low) >= 0:
        return HIGHEST
    if slope(high) <= 0:
        return LOWEST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 2 / (low + high)


def fit_temperatures(said: Predictions, trials: TrialSet) -> Temperatures:
    """One for each instrument and set of classes, from what a network says of `trials`, which must be validation
    trials: neither trained on nor tested.
    """
    return Temperatures(
        **{
            f"{instrument.lower()}_{scale}": fit_temperature(
                getattr(said[instrument], scale), getattr(trials.targets(instrument), scale)
            )
            for instrument in Instrument
            for scale in CLASS_SCALES
        }
    )

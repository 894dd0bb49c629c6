"""What a model says of N trials, as plain arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from annotate.scales import Instrument


@dataclass(frozen=True)
class InstrumentPredictions:
    """`seven` (N, 7) and `three` (N, 3) probabilities; `valence_arousal` (N, 2) in [-1, 1]; `intensity` (N,) in [0, 3].

    The intensity under ER is NaN: it is never asked there.
    """

    seven: np.ndarray
    three: np.ndarray
    valence_arousal: np.ndarray
    intensity: np.ndarray

    def uncertainty(self) -> np.ndarray:
        """(N,) entropy of `seven` over log 7: 0 certain, 1 no idea."""
        p = np.clip(self.seven, 1e-12, 1.0)
        return np.clip(-(p * np.log(p)).sum(axis=1) / np.log(p.shape[1]), 0.0, 1.0)


Predictions = dict[Instrument, InstrumentPredictions]
CLASS_SCALES = ("seven", "three")


@dataclass(frozen=True)
class Temperatures:
    """What log probabilities are divided by, for each instrument and set of classes; 1 leaves them as they are."""

    er_seven: float = 1.0
    er_three: float = 1.0
    fer_seven: float = 1.0
    fer_three: float = 1.0

    def of(self, instrument: Instrument, scale: str) -> float:
        """`scale` 'seven' or 'three'."""
        return float(getattr(self, f"{instrument.lower()}_{scale}"))

    def inverse(self) -> "Temperatures":
        """Those that undo these."""
        return Temperatures(1 / self.er_seven, 1 / self.er_three, 1 / self.fer_seven, 1 / self.fer_three)


def tempered(said: Predictions, temperatures: Temperatures) -> Predictions:
    """The same answers with probabilities softened (above 1) or sharpened (below 1); numbers are left alone."""
    return {
        instrument: replace(
            answer,
            **{scale: _scaled(getattr(answer, scale), temperatures.of(instrument, scale)) for scale in CLASS_SCALES},
        )
        for instrument, answer in said.items()
    }


def logits_of(shares: np.ndarray) -> np.ndarray:
    """(N, C) log probabilities; 0 counts as the smallest number there is."""
    return np.log(np.maximum(shares, np.finfo(np.float64).tiny))


def _scaled(shares: np.ndarray, temperature: float) -> np.ndarray:
    if temperature == 1.0:
        return shares
    logits = logits_of(shares) / temperature
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))


def mean_of(several: Sequence[Predictions]) -> Predictions:
    """The mean answer of several models to the same trials."""
    return _combined(several, lambda arrays: np.mean(arrays, axis=0))


def joined(several: Sequence[Predictions]) -> Predictions:
    """Answers to different trials, one after the other."""
    return _combined(several, np.concatenate)


def _combined(several: Sequence[Predictions], combine: Callable[[list[np.ndarray]], np.ndarray]) -> Predictions:
    return {
        instrument: InstrumentPredictions(
            **{
                f.name: combine([getattr(each[instrument], f.name) for each in several])
                for f in fields(InstrumentPredictions)
            }
        )
        for instrument in Instrument
    }

"""What a model says of N trials, as plain arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

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

"""What nobody should be proud to beat: the answer that was most frequent in training, whatever is shown."""

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model.features.dataset import Targets, TrialSet
from model.predicted import InstrumentPredictions, Predictions


def majority(train: TrialSet, count: int) -> Predictions:
    """`count` times the most frequent class and the mean valence, arousal and intensity of the training trials."""
    return {instrument: _majority(train.targets(instrument), count) for instrument in Instrument}


def _majority(train: Targets, count: int) -> InstrumentPredictions:
    rated = train.labelled

    def most_frequent(hard: np.ndarray, classes: int) -> np.ndarray:
        counts = np.bincount(hard[hard >= 0], minlength=classes)
        return np.tile(np.eye(classes, dtype=np.float64)[counts.argmax()], (count, 1))

    def mean(values: np.ndarray) -> np.ndarray:
        return values[rated].mean(axis=0) if rated.any() else np.zeros(values.shape[1:])

    return InstrumentPredictions(
        seven=most_frequent(train.hard_seven, len(EMOTIONS)),
        three=most_frequent(train.hard_three, len(POLARITIES)),
        valence_arousal=np.tile(mean(train.valence_arousal), (count, 1)),
        intensity=np.full(count, mean(train.intensity)),
    )

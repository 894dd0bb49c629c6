"""What knowing the clip alone is worth: the training people's answers to the same clip, whoever watches it now.

A network that is not better than this may have learned which clip was on, from where people look, and nothing of them.
"""

import numpy as np

from annotate.scales import Instrument
from model.baselines.majority import majority
from model.features.dataset import Targets, TrialSet
from model.predicted import InstrumentPredictions, Predictions


def stimulus_identity(train: TrialSet, clips: np.ndarray) -> Predictions:
    """For each of `clips` (N,), as TrialSet.clip: mean shares of the classes, mean valence, arousal and intensity of
    the training trials of that clip. A clip without a labelled training trial gets what `majority` says.
    """
    fallback = majority(train, len(clips))
    return {i: _of_same_clip(train.targets(i), train.clip, clips, fallback[i]) for i in Instrument}


def _of_same_clip(
    train: Targets, trained: np.ndarray, clips: np.ndarray, fallback: InstrumentPredictions
) -> InstrumentPredictions:
    seven, three = fallback.seven.copy(), fallback.three.copy()
    valence_arousal, intensity = fallback.valence_arousal.copy(), fallback.intensity.copy()
    for clip in np.unique(clips):
        same = train.labelled & (trained == clip)
        if same.any():
            mine = clips == clip
            seven[mine] = train.seven[same].mean(axis=0)
            three[mine] = train.three[same].mean(axis=0)
            valence_arousal[mine] = train.valence_arousal[same].mean(axis=0)
            intensity[mine] = train.intensity[same].mean()
    return InstrumentPredictions(seven, three, valence_arousal, intensity)

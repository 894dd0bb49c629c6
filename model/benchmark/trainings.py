"""Each training by itself: how much of a figure is the seed's luck?"""

from collections.abc import Mapping, Sequence

import numpy as np

from annotate.scales import Instrument
from model.evaluation.evaluate import Table
from model.features.dataset import TrialSet
from model.predicted import Predictions

#: By instrument, model and measure: a figure a training, in their order.
ByTraining = dict[str, dict[str, dict[str, list[float]]]]


def by_training(trials: TrialSet, said: Mapping[str, Sequence[Predictions]]) -> ByTraining:
    """Every measure of every model's trainings over all rated `trials`, pooled over the folds."""
    found: ByTraining = {}
    for instrument in Instrument:
        rows = np.flatnonzero(trials.targets(instrument).labelled)
        if len(rows):
            table = Table(trials, instrument, rows, seed=0)
            found[str(instrument)] = {
                name: table.by_training([each[instrument] for each in several]) for name, several in said.items()
            }
    return found

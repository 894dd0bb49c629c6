"""What can be said of trials without looking at them: the floor of every table."""

from collections.abc import Sequence

from model.baselines.majority import majority
from model.baselines.stimulus_identity import stimulus_identity
from model.features.dataset import TrialSet
from model.predicted import Predictions, joined
from model.training.split import Split

MAJORITY, STIMULUS_IDENTITY = "majority", "stimulus identity"


def without_network(trials: TrialSet, splits: Sequence[Split]) -> dict[str, Predictions]:
    """Answers to the test trials of the splits, one fold after the other, learned from the training trials alone."""
    told = [(trials.take(split.train), trials.clip[split.test]) for split in splits]
    return {
        STIMULUS_IDENTITY: joined([stimulus_identity(train, clips) for train, clips in told]),
        MAJORITY: joined([majority(train, len(clips)) for train, clips in told]),
    }

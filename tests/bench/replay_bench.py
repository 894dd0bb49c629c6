"""Replays of the queue's order: how often a difference is told where there is none. No network is trained."""

import numpy as np

from annotate.scales import Instrument
from duchenne.console import bar
from model.evaluation import intervals
from model.features.dataset import TrialSet
from model.replay.curves import Curves
from model.training.jobs import Job
from tests.bench.figure import Figure
from tests.model.made_up_evaluation import made_up_trials
from tests.model.test_replay import taught

TITLE = "replays of the queue's order: 15 made-up people, three folds"
REPLAYS, PEOPLE, TRIALS_EACH = 60, 15, 8
RESAMPLES = 300


def run() -> list[Figure]:
    usual, intervals.RESAMPLES = intervals.RESAMPLES, RESAMPLES
    try:
        one_seed, two_seeds = _replayed("one seed", 1), _replayed("two seeds", 2)
    finally:
        intervals.RESAMPLES = usual
    return [
        Figure(
            f"a difference told where there is none, {what}", _told(found), "%", _by_people_alone(found),
            "intervals over people alone", most=5,
        )
        for what, found in (("one seed", one_seed), ("two seeds", two_seeds))
    ]  # fmt: skip


def _replayed(what: str, seeds: int) -> list[Curves]:
    found: list[Curves] = []
    with bar(what) as progress:
        for number in range(REPLAYS):
            trials = made_up_trials(people=PEOPLE, each=TRIALS_EACH, seed=number + 10, gap=0.3)
            found += taught(trials, _by_luck, tuple(seed + 100 * number for seed in range(seeds))).values()
            progress(number + 1, REPLAYS)
    return found


def _by_luck(job: Job, learned: TrialSet, asked: TrialSet) -> dict[Instrument, np.ndarray]:
    """A network's accuracy is its own luck, the same on all people, and teaches nothing; it doubts by lot."""
    labels = np.sort(np.concatenate([job.split.train, job.split.validation]))
    rng = np.random.default_rng([job.seed, *labels.tolist()])
    said = {}
    for instrument in Instrument:
        truth = asked.targets(instrument).hard_seven
        right = rng.random(len(truth)) < np.clip(0.5 + rng.normal(0, 0.08), 0, 1)
        answer = np.where(right, truth, rng.integers(0, 7, len(truth)))
        sure = rng.uniform(0.2, 0.95, len(truth))[:, None]
        said[instrument] = sure * np.eye(7)[answer] + (1 - sure) / 7
    return said


def _told(found: list[Curves]) -> float:
    return 100 * float(np.mean([each.verdict in ("ahead", "behind") for each in found]))


def _by_people_alone(found: list[Curves]) -> float:
    averages = [each.average["seven_uar"] for each in found]
    return 100 * float(np.mean([each.low > 0 or each.high < 0 for each in averages]))

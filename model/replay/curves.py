"""Two learning curves for each instrument, and how far one lies above the other, on people who chose nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from annotate.scales import EMOTIONS, Instrument
from model.evaluation import metrics
from model.evaluation.evaluate import Several, Table
from model.evaluation.intervals import Estimate
from model.features.dataset import TrialSet
from model.predicted import Predictions
from model.replay.luck import reach_of_luck, widened
from model.replay.networks import DRAWS, ORDERS, Role

#: What decides, and what is told beside it.
DECIDES = "seven_uar"
MEASURES = (DECIDES, "valence_ccc", "arousal_ccc")
#: With fewer tested people not even all of them leaning one way is rarer than one in twenty: 2 / 2^5.
LEAST_PEOPLE = 6

Verdict = Literal["ahead", "behind", "no difference seen", "too few people"]
#: By order ('choice', 'chance' or 'again') and point: what each seed's networks say of the tested trials. Point 0
#: is the same in all.
Answers = Mapping[tuple[Role, int], Sequence[Predictions]]


@dataclass(frozen=True)
class Point:
    """At a number of uncovered labels: each of MEASURES under either order, and choice minus chance, paired. `chance`
    is the mean of its two draws. Intervals are over people.
    """

    labels: int
    choice: dict[str, Estimate]
    chance: dict[str, Estimate]
    ahead: dict[str, Estimate]


@dataclass(frozen=True)
class Curves:
    """Of one instrument. `trials` of `participants` are tested, and show so many `classes`. `everything`: each of
    MEASURES with all `labels_in_all` of the training people, so many in the fold that has fewest.

    `average`: choice minus chance, mean over all points but the start, where there is nothing to choose. `decides` is
    its UAR with an interval that holds the luck of the lots too (`luck`, see model.replay.luck); the `verdict` is by it
    alone, said beforehand and once.
    """

    trials: int
    participants: int
    classes: int
    labels_in_all: int
    points: tuple[Point, ...]
    everything: dict[str, Estimate]
    average: dict[str, Estimate]
    luck: float
    decides: Estimate
    verdict: Verdict


def curves_of(
    tested: TrialSet,
    answers: Answers,
    everything: Sequence[Predictions],
    labels: Mapping[Instrument, Sequence[int]],
    labels_in_all: Mapping[Instrument, int],
    seed: int,
) -> dict[str, Curves]:
    """By instrument, of those that somebody rated by. `labels`: how many are uncovered at each point."""
    found = {}
    for instrument in Instrument:
        targets = tested.targets(instrument)
        rows = np.flatnonzero(targets.labelled)
        if not labels[instrument][-1] or not len(rows):
            continue
        table = Table(tested, instrument, rows, seed)
        of = {place: [said[instrument] for said in several] for place, several in answers.items()}
        points = tuple(
            Point(
                labels=count,
                choice=_measured(table, of["choice", place]),
                chance=_measured(table, _chance(of, [place])),
                ahead=_ahead(table, of["choice", place], _chance(of, [place])),
            )
            for place, count in enumerate(labels[instrument])
        )
        later = range(1, len(points))
        average = _ahead(table, [said for place in later for said in of["choice", place]], _chance(of, later))
        luck = _luck(tested, instrument, of, later)
        decides = widened(average[DECIDES], luck)
        hard = targets.hard_seven[rows]
        people = len(table.resampling.people)
        found[str(instrument)] = Curves(
            trials=len(rows),
            participants=people,
            classes=len(np.unique(hard[hard >= 0])),
            labels_in_all=labels_in_all[instrument],
            points=points,
            everything=_measured(table, [said[instrument] for said in everything]),
            average=average,
            luck=luck,
            decides=decides,
            verdict=verdict_of(decides, people),
        )
    return found


def verdict_of(decides: Estimate, people: int) -> Verdict:
    if people < LEAST_PEOPLE:
        return "too few people"
    if decides.low > 0:
        return "ahead"
    return "behind" if decides.high < 0 else "no difference seen"


def _chance(of: Mapping[tuple[Role, int], Several], places: Iterable[int]) -> Several:
    return [said for place in places for draw in DRAWS for said in of[draw, place]]


def _luck(
    tested: TrialSet, instrument: Instrument, of: Mapping[tuple[Role, int], Several], places: Iterable[int]
) -> float:
    """Of mean UAR differences over `places`, course by course: fold by fold, seed by seed."""
    truth = tested.targets(instrument).hard_seven
    apart, ahead = [], []
    for fold in np.unique(tested.fold[truth >= 0]):
        rows = np.flatnonzero((tested.fold == fold) & (truth >= 0))
        for seed in range(len(of["choice", 0])):
            choice, one, other = (
                np.mean([_uar(truth[rows], of[order, place][seed].seven[rows]) for place in places]) for order in ORDERS
            )
            apart.append(float(one - other))
            ahead.append(float(choice - (one + other) / 2))
    return reach_of_luck(apart, ahead)


def _uar(truth: np.ndarray, seven: np.ndarray) -> np.ndarray:
    return metrics.uar(metrics.confusion(truth, seven.argmax(axis=1), len(EMOTIONS)))


def _measured(table: Table, several: Several) -> dict[str, Estimate]:
    return {measure: table.mean(several, measure) for measure in MEASURES}


def _ahead(table: Table, choice: Several, chance: Several) -> dict[str, Estimate]:
    return {measure: table.difference(choice, chance, measure) for measure in MEASURES}

"""A planted pull of the previous answer is found, none is found where there is none, and bad orders are told."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from annotate.carry_over import CarryOver, CarryOverFigures, Placed, carry_over, neighbours
from annotate.intervals import Interval

EMOTIONS = ("happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral")


def study(
    *, repeat: float = 0.0, pull: float = 0.0, shuffled: bool = True, raters: int = 6, trials: int = 120, seed: int = 0
) -> list[Placed]:
    """Raters who repeat their previous class with chance `repeat`, and are drawn to their previous place by `pull`."""
    rng = np.random.default_rng(seed)
    true = np.repeat(np.arange(7), -(-trials // 7))[:trials]
    favourite = rng.integers(0, 7, raters)
    placed: list[Placed] = []
    for rater in range(raters):
        order = rng.permutation(trials) if shuffled else np.arange(trials)
        seven, place = 0, np.zeros(2)
        for position, trial in enumerate(order.tolist(), start=1):
            drawn = rng.random()
            own = int(true[trial]) if drawn < 0.6 else int(favourite[rater]) if drawn < 0.8 else int(rng.integers(0, 7))
            if position > 1 and rng.random() < repeat:
                own = seven
            truth = np.array([np.cos(true[trial]), np.sin(true[trial])]) * 0.5
            own_place = np.clip(truth * (0.7 + rater / 10) + rng.normal(0, 0.15, 2) + pull * place, -1, 1)
            placed.append(
                Placed(
                    rater, f"t{trial}", f"P{trial % 12}", f"c{true[trial]}", EMOTIONS[true[trial]], position, own,
                    float(own_place[0]), float(own_place[1]),
                )
            )  # fmt: skip
            seven, place = own, own_place
    return placed


def holds(interval: Interval | None, value: float) -> bool:
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    return interval.low <= value <= interval.high


def value(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def test_nothing_is_found_where_answers_have_no_memory_though_raters_have_favourites() -> None:
    found = [carry_over(study(seed=seed), draws=200).overall for seed in range(8)]
    for figure in ("excess", "valence_pull", "arousal_pull"):
        values = [value(getattr(one, figure)) for one in found]
        error = np.std(values, ddof=1) / len(values) ** 0.5
        assert abs(np.mean(values)) < 3.5 * error, figure
        assert sum(holds(getattr(one, figure), 0) for one in found) >= 6, figure
    assert value(found[0].repeated) > 0.15  # by chance and favour alone


def test_a_planted_carry_over_is_found_overall_and_in_each_rater() -> None:
    figures: CarryOverFigures = carry_over(study(repeat=0.15, pull=0.2), draws=200)
    overall = figures.overall
    assert holds(overall.excess, 0.15 * (1 - value(overall.expected)))
    assert value(overall.valence_pull) == pytest.approx(0.2, abs=0.05)
    assert overall.valence_pull is not None
    assert overall.valence_pull.low is not None
    assert overall.valence_pull.low > 0.1
    assert set(figures.raters) == set(range(6))
    assert sum(value(one.excess) > 0 for one in figures.raters.values()) >= 5
    assert all(one.steps == 119 for one in figures.raters.values())


def test_the_slope_is_that_of_least_squares() -> None:
    placed = study(pull=0.3, raters=3, trials=40)
    one_rater = carry_over(placed, draws=10).raters[1]
    mine = sorted((one for one in placed if one.rater == 1), key=lambda one: one.position)
    rows = []
    for before, now in pairwise(mine):
        others = np.mean([one.valence for one in placed if one.trial == now.trial and one.rater != 1])
        rows.append((1.0, before.valence, others, now.valence - others))
    table = np.array(rows)
    slopes, *_ = np.linalg.lstsq(table[:, :3], table[:, 3], rcond=None)
    assert value(one_rater.valence_pull) == pytest.approx(slopes[1])
    # Without the scale's own slope it is scipy's simple regression of what both leave over.
    residual = [
        column - np.polyval(np.polyfit(table[:, 2], column, 1), table[:, 2]) for column in (table[:, 1], table[:, 3])
    ]
    assert value(one_rater.valence_pull) == pytest.approx(stats.linregress(*residual).slope)


def test_an_order_that_keeps_neighbours_alike_is_told() -> None:
    shuffled = {one.kind: one for one in neighbours(study())}
    sorted_by_emotion = {one.kind: one for one in neighbours(study(shuffled=False))}
    kind = "the same emotion of the clip"
    assert holds(shuffled[kind].excess, 0)
    assert value(shuffled[kind].expected) == pytest.approx(1 / 7, abs=0.02)
    assert value(sorted_by_emotion[kind].excess) > 0.7


def test_steps_are_neighbouring_positions_of_trials_that_others_have_rated() -> None:
    placed = [one for one in study(raters=3, trials=40) if one.position % 4]  # every fourth place is missing
    assert all(one.steps <= 20 for one in carry_over(placed, draws=10).raters.values())
    alone = [one for one in study(raters=3, trials=40) if one.rater == 0]
    assert carry_over(alone, draws=10).overall == CarryOver(0, None, None, None, None, None)
    assert carry_over([], draws=10).raters == {}
    assert all(one.observed is None for one in neighbours([]))

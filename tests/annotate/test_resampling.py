"""Figures drawn all at once are those of one draw after the other, and scipy's."""

import numpy as np
import pytest
from scipy import stats

from annotate.intervals import over_participants
from annotate.resampling import LeavingOut, Resampling, join, one_interval, own_intervals, student_quantile


def people_and_values(seed: int = 3, people: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.sort(rng.integers(0, people, 90))
    cluster[:people] = np.arange(people)
    return np.sort(cluster), rng.normal(size=90) + cluster / 10


def test_a_mean_has_the_interval_of_the_plain_way_to_the_last_digit() -> None:
    cluster, values = people_and_values(people=9)
    rows = {f"P{person}": values[cluster == person].tolist() for person in range(9)}
    plain = over_participants(rows, lambda all_rows: float(np.mean(all_rows)) if len(all_rows) else None, draws=500)
    mine = one_interval(Resampling(cluster, 9, draws=500).ratios(values[:, None], np.ones((90, 1))))
    assert plain is not None
    assert mine is not None
    assert (mine.value, mine.low, mine.high) == pytest.approx((plain.value, plain.low, plain.high), abs=1e-12)
    assert mine.participants == plain.participants == 9


def test_one_trial_a_participant_is_the_bootstrap_of_scipy() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=60)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    mine = one_interval(Resampling(np.arange(60), 60, draws=20_000).ratios(values[:, None], np.ones((60, 1))))
    assert mine is not None
    assert (mine.low, mine.high) == pytest.approx(theirs, abs=0.02)


def test_groups_are_ratios_of_their_own_rows() -> None:
    cluster, values = people_and_values()
    group = np.arange(90) % 4 - 1  # -1 is in no group
    resampling = Resampling(cluster, 12, draws=200)
    grouped = resampling.grouped_ratios(values[:, None], np.ones((90, 1)), group, 3)
    for place, interval in enumerate(grouped.intervals()):
        inside = (group == place).astype(float)
        alone = one_interval(resampling.ratios((values * inside)[:, None], inside[:, None]))
        assert interval is not None
        assert alone is not None
        assert (interval.low, interval.high) == pytest.approx((alone.low, alone.high))
        assert interval.value == pytest.approx(values[group == place].mean())


def test_a_difference_knows_that_both_came_from_the_same_people() -> None:
    cluster, values = people_and_values()
    resampling = Resampling(cluster, 12)
    ones = np.ones((90, 1))
    first, second = resampling.ratios(values[:, None], ones), resampling.ratios(values[:, None] + 0.25, ones)
    interval = one_interval(second - first)
    assert interval is not None
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.25, 0.25, 0.25))
    assert join([first, second]).intervals() == first.intervals() + second.intervals()


def test_what_is_not_defined_is_told_apart_from_zero() -> None:
    cluster = np.array([0, 0, 1, 2, 3])
    resampling = Resampling(cluster, 4)
    nowhere = np.zeros((5, 1))
    assert one_interval(resampling.ratios(np.ones((5, 1)), nowhere)) is None
    two_people = np.array([1.0, 0, 1, 0, 0])[:, None]
    interval = one_interval(resampling.ratios(two_people * 2, two_people))
    assert interval is not None
    assert (interval.value, interval.low, interval.high, interval.participants) == (2.0, None, None, 2)
    three_people = np.array([1.0, 0, 1, 1, 0])[:, None]  # some draws have none of them
    interval = one_interval(resampling.ratios(three_people * 2, three_people))
    assert interval is not None
    assert (interval.low, interval.high) == (2.0, 2.0)


def test_leaving_out_one_value_at_a_time_is_the_interval_of_the_t_test() -> None:
    values = np.array([0.3, 0.1, 0.5, 0.2, 0.45])
    interval = one_interval(LeavingOut(np.arange(5), 5).ratios(values[:, None], np.ones((5, 1))))
    theirs = stats.ttest_1samp(values, 0).confidence_interval()
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((theirs.low, theirs.high), rel=0.01)
    two = one_interval(LeavingOut(np.arange(2), 2).ratios(values[:2, None], np.ones((2, 1))))
    assert two is not None
    assert two.low is None


@pytest.mark.parametrize("df", [2, 3, 5, 15, 60])
def test_the_quantile_of_student_is_that_of_scipy(df: int) -> None:
    assert student_quantile(0.975, df) == pytest.approx(stats.t.ppf(0.975, df), rel=0.035 if df == 2 else 0.01)


def test_the_own_intervals_of_groups_are_those_of_each_alone_and_differences_know_their_rows() -> None:
    rng = np.random.default_rng(5)
    group = np.array([0] * 8 + [1] * 5 + [2] * 2)
    numerators, denominators = rng.normal(1, 1, (15, 2)), rng.uniform(0.5, 1, (15, 2))
    first, second, difference = own_intervals(numerators, denominators, group, 3, less=[(0, 1)])
    for place in (0, 1):
        mine = group == place
        alone = LeavingOut(np.arange(mine.sum()), int(mine.sum()))
        ratios = alone.ratios(numerators[mine], denominators[mine])
        theirs = [*ratios.intervals()]
        for told, expected in zip((first[place], second[place]), theirs, strict=True):
            assert told is not None
            assert expected is not None
            assert (told.low, told.value, told.high) == pytest.approx((expected.low, expected.value, expected.high))
        one = alone.ratios(numerators[mine, :1], denominators[mine, :1])
        other = alone.ratios(numerators[mine, 1:], denominators[mine, 1:])
        expected = one_interval(one - other)
        told = difference[place]
        assert told is not None
        assert expected is not None
        assert (told.low, told.high) == pytest.approx((expected.low, expected.high))
    assert first[2] is not None
    assert first[2].low is None  # two trials tell nothing about others

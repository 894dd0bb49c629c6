"""Measures against independent references, written from their definitions or taken from SciPy."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation import metrics
from model.evaluation.intervals import Resampling

CLASSES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)
NUMBERS = st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=60)


@given(CLASSES)
def test_class_measures_by_hand(pairs: list[tuple[int, int]]) -> None:
    truth, said = (np.array(column) for column in zip(*pairs, strict=True))
    counts = metrics.confusion(truth, said, 7)
    recalls, f1 = [], []
    for label in sorted(set(truth.tolist())):
        mine = truth == label
        hits = int((said[mine] == label).sum())
        recalls.append(hits / mine.sum())
        f1.append(mine.sum() * 2 * hits / (mine.sum() + (said == label).sum()))
    assert metrics.war(counts) == pytest.approx((truth == said).mean())
    assert metrics.uar(counts) == pytest.approx(np.mean(recalls))
    assert metrics.weighted_f1(counts) == pytest.approx(sum(f1) / len(truth))


@given(NUMBERS)
def test_concordance_from_correlation(pairs: list[tuple[float, float]]) -> None:
    x, y = (np.array(column) for column in zip(*pairs, strict=True))
    sums = metrics.moments(x, y)
    assert metrics.mae(sums) == pytest.approx(np.abs(x - y).mean())
    if x.std() > 1e-3 and y.std() > 1e-3:
        r = scipy.stats.pearsonr(x, y).statistic
        expected = 2 * r * x.std() * y.std() / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        assert metrics.ccc(sums) == pytest.approx(expected, abs=1e-6)
        assert metrics.pcc(sums) == pytest.approx(r, abs=1e-6)


@given(NUMBERS)
def test_root_mean_squared_error_number_by_number(pairs: list[tuple[float, float]]) -> None:
    x, y = (np.array(column) for column in zip(*pairs, strict=True))
    assert metrics.rmse(metrics.moments(x, y)) == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), abs=1e-6)


def test_correlation_of_the_first_of_anscombes_quartet() -> None:
    """Anscombe 1973: r is 0.816, and so it is for all four."""
    x = np.array([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5])
    y = np.array([8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68])
    assert metrics.pcc(metrics.moments(x, y)) == pytest.approx(0.81642, abs=1e-5)


def test_an_answer_that_never_changes_correlates_with_nothing() -> None:
    sums = metrics.moments(np.array([0.1, 0.5, -0.3]), np.full(3, 0.2))
    assert np.isnan(metrics.pcc(sums))
    assert metrics.ccc(sums) == pytest.approx(0)


def test_each_class_by_the_example_in_scikit_learns_documentation() -> None:
    """f1_score of [0, 1, 2, 0, 1, 2] and [0, 2, 1, 0, 0, 1]: 0.8, 0, 0, weighted 0.27; recall 1, 0, 0."""
    counts = metrics.confusion(np.array([0, 1, 2, 0, 1, 2]), np.array([0, 2, 1, 0, 0, 1]), 4)
    assert metrics.f1s(counts)[:3] == pytest.approx([0.8, 0, 0])
    assert metrics.weighted_f1(counts) == pytest.approx(0.8 / 3)
    assert metrics.recalls(counts)[:3] == pytest.approx([1, 0, 0])
    assert np.isnan(metrics.recalls(counts)[3])
    assert np.isnan(metrics.f1s(counts)[3])


def test_resamples_without_a_class_do_not_spoil_its_interval() -> None:
    """One of six people showed class 1; a third of all resamples lacks that person."""
    people, truth = np.repeat(np.arange(6), 4), np.zeros(24, dtype=int)
    truth[20:] = 1
    said = np.where(np.arange(24) % 4 == 0, 1 - truth, truth)
    resampling = Resampling(people, seed=1)
    counts = resampling.per_participant(lambda rows: metrics.confusion(truth[rows], said[rows], 2))
    rare = resampling.estimates(counts, metrics.recalls)[1]
    assert (rare.value, rare.low, rare.high) == (0.75, 0.75, 0.75)


def test_averaging_over_batches_would_say_something_else() -> None:
    truth = np.array([0] * 8 + [1] * 2)
    said = np.array([0] * 8 + [1, 0])
    pooled = metrics.uar(metrics.confusion(truth, said, 7))
    halves = [metrics.uar(metrics.confusion(truth[part], said[part], 7)) for part in (slice(0, 5), slice(5, 10))]
    assert pooled == pytest.approx(0.75)
    assert np.mean(halves) != pytest.approx(0.75)


def test_interval_over_participants_is_wider_than_trials_would_make_it() -> None:
    """Ten people who are each always right or always wrong: their 200 trials are worth ten."""
    people = np.repeat(np.arange(10), 20)
    right = (people % 2 == 0).astype(np.int64)

    def confusions(resampling: Resampling) -> np.ndarray:
        return resampling.per_participant(lambda rows: metrics.confusion(np.ones(len(rows), int), right[rows], 7))

    by_person = Resampling(people, seed=1)
    by_trial = Resampling(np.arange(200), seed=1)
    wide = by_person.estimate(confusions(by_person), metrics.war)
    narrow = by_trial.estimate(confusions(by_trial), metrics.war)
    assert wide.value == narrow.value == 0.5
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_difference_of_a_model_from_itself_is_exactly_nothing() -> None:
    people = np.repeat(np.arange(5), 4)
    said = np.arange(20) % 7
    resampling = Resampling(people, seed=1)
    sums = resampling.per_participant(lambda rows: metrics.confusion(said[rows], said[::-1][rows], 7))
    difference = resampling.difference(sums, sums, metrics.uar)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)

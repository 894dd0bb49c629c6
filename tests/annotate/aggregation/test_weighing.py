"""That raters are worth what they show, against planted truth and independent counts."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from annotate.aggregation.cast import Cast, Question
from annotate.aggregation.dawid_skene import DOUBT, TRUST, dawid_skene
from annotate.aggregation.evaluator_weighted import rater_weights, weighted_means
from annotate.aggregation.policies import labels, policy_named
from annotate.agreement.answers import from_arrays, from_table
from annotate.scales import EMOTIONS, Instrument
from tests.annotate.aggregation.planted import mixing, planted_votes, steady
from tests.annotate.rows import trial_id, vote

MAJORITY, DAWID_SKENE = policy_named("majority-soft"), policy_named("dawid-skene")


def share_right(policy_rows: list[dict[str, object]], truth: dict[Question, str]) -> float:
    return sum(row["seven"] == truth[str(row["trial"]), Instrument.ER] for row in policy_rows) / len(truth)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_dawid_and_skene_beat_the_majority_where_raters_differ(seed: int) -> None:
    """Two good raters among two who guess and two who take fear for surprise, and disgust for anger."""
    raters = [steady(0.85), steady(0.85), steady(1 / 7), steady(1 / 7), mixing(2, 3), mixing(4, 5)]
    votes, truth = planted_votes(raters, 600, seed=seed)
    majority, weighed = (share_right(labels(policy, votes, {}), truth) for policy in (MAJORITY, DAWID_SKENE))
    assert weighed > majority + 0.05


def test_raters_who_all_err_alike_lose_nothing_by_it() -> None:
    votes, truth = planted_votes([steady(0.7)] * 6, 600)
    majority, weighed = (share_right(labels(policy, votes, {}), truth) for policy in (MAJORITY, DAWID_SKENE))
    assert weighed >= majority - 0.01


def test_planted_confusions_are_found() -> None:
    planted = [steady(0.85), steady(0.85), steady(0.8), mixing(2, 3)]
    votes, _ = planted_votes(planted, 3000)
    flat = [(n, one) for n, cast in enumerate(votes.values()) for one in cast]
    said = np.array([EMOTIONS.index(one.vote.seven) for _, one in flat])
    rater = np.array([int(one.rater[1:]) for _, one in flat])
    found = dawid_skene(said, np.array([n for n, _ in flat]), rater, 7)
    for mine, theirs in zip(found.confusion, planted, strict=True):
        assert np.abs(mine - theirs).max() < 0.1
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(3000))


def test_one_round_by_hand() -> None:
    """Two raters, one trial, who agree: after the first round each is TRUST + 1 to DOUBT of two classes."""
    found = dawid_skene(np.array([0, 0]), np.array([0, 0]), np.array([0, 1]), 2)
    q = found.posterior[0, 0]
    right = (TRUST + DOUBT / 2 + q) / (TRUST + DOUBT + q)
    assert found.confusion[0, 0, 0] == pytest.approx(right, abs=1e-6)
    assert found.confusion[0, 1, 0] == pytest.approx((DOUBT / 2 + 1 - q) / (TRUST + DOUBT + 1 - q), abs=1e-6)
    odds = found.shares[0] * found.confusion[0, 0, 0] ** 2 / (found.shares[1] * found.confusion[0, 1, 0] ** 2)
    assert q / (1 - q) == pytest.approx(odds, abs=1e-6)


def test_the_one_who_guesses_numbers_counts_for_nothing() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(-1, 1, 2000)
    table = np.column_stack([truth + 0.1 * random.normal(size=2000) for _ in range(3)] + [random.uniform(-1, 1, 2000)])
    answers = from_table(table)
    weights = rater_weights(answers)
    assert weights[3] < 0.15
    assert weights[:3].min() > 0.7
    weighed = np.abs(weighted_means(answers, weights) - truth).mean()
    assert weighed < 0.6 * np.abs(table.mean(axis=1) - truth).mean()
    assert weights[0] == pytest.approx(pearsonr(table[:, 0], table[:, 1:].mean(axis=1)).statistic)


def test_who_goes_against_the_others_or_never_varies_weighs_nothing() -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(-1, 1, 100)
    table = np.column_stack([truth, truth + 0.05 * random.normal(size=100), -truth, np.full(100, 0.3)])
    assert rater_weights(from_table(table))[2:].tolist() == [0.0, 0.0]


def test_a_newcomer_weighs_as_the_others_do_and_alone_all_weigh_one() -> None:
    random = np.random.default_rng(2)
    table = random.uniform(-1, 1, 50)[:, None] + 0.1 * random.normal(size=(50, 4))
    table[5:, 3] = np.nan
    weights = rater_weights(from_table(table))
    assert weights[3] == pytest.approx(weights[:3].mean())
    few = from_arrays([0.1, 0.3], [0, 0], [0, 1], [0, 0])
    assert rater_weights(few).tolist() == [1.0, 1.0]
    assert weighted_means(few, np.zeros(2)) == pytest.approx([0.2])


def test_a_policy_that_weighs_raters_must_know_them() -> None:
    question = (trial_id(1), Instrument.ER)
    with pytest.raises(ValueError, match="without its rater's name"):
        labels(DAWID_SKENE, {question: [Cast(vote(Instrument.ER))]}, {})

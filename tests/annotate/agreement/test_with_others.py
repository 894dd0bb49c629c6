"""One rater against the others."""

import numpy as np
import pytest

from annotate.agreement.answers import Answers, from_arrays
from annotate.agreement.concordance import ccc_with_others, concordance
from annotate.agreement.krippendorff import alpha_nominal
from annotate.agreement.with_others import alpha_with_others, class_bias, mean_bias
from annotate.intervals import Interval

RATERS = 5


def ratings(seed: int = 1, trials: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rater 4 answers by chance; rater 3 takes class 2 for class 0 half of the time."""
    random = np.random.default_rng(seed)
    trial = np.repeat(np.arange(trials), 3)
    rater = np.concatenate([random.choice(RATERS, 3, replace=False) for _ in range(trials)])
    truth = random.integers(0, 3, trials)[trial]
    said = np.where(random.random(3 * trials) < 0.9, truth, random.integers(0, 3, 3 * trials))
    said = np.where(rater == 4, random.integers(0, 3, 3 * trials), said)
    said = np.where((rater == 3) & (truth == 2) & (random.random(3 * trials) < 0.5), 0, said)
    return said.astype(float), trial, rater, trial % 20


def classes() -> Answers:
    return from_arrays(*ratings())


def value(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def test_the_mean_of_all_raters_is_the_alpha_of_all() -> None:
    answers = classes()
    each = alpha_with_others(answers, 3, answers.rater, RATERS, draws=2)
    weights = np.bincount(answers.rater)
    whole = sum(value(one) * weight for one, weight in zip(each, weights, strict=True)) / weights.sum()
    assert whole == pytest.approx(value(alpha_nominal(answers, 3, draws=2)), abs=1e-12)


def test_the_rater_who_guesses_stands_out() -> None:
    answers = classes()
    each = alpha_with_others(answers, 3, answers.rater, RATERS)
    assert abs(value(each[4])) < 0.1
    assert min(value(one) for one in each[:3]) > 0.45
    assert each[4] is not None
    assert each[4].high is not None
    assert all(one.low is not None and each[4].high < one.low for one in each[:3] if one)


def test_a_bias_for_a_class_is_found_and_its_size_is_right() -> None:
    answers = classes()
    kept = answers.where(answers.rater != 4)
    biases = class_bias(kept, 3, kept.rater, RATERS)
    # A third of the trials is class 2; half of them become class 0.
    assert value(biases[3][0]) == pytest.approx(1 / 6, abs=0.05)
    assert value(biases[3][2]) == pytest.approx(-1 / 6, abs=0.05)
    found = biases[3][0]
    assert found is not None
    assert found.low is not None
    assert found.low > 0
    assert biases[4] == [None, None, None]
    assert sum(value(one) for one in biases[0]) == pytest.approx(0, abs=1e-12)


def test_numbers_above_the_others_are_told_as_such() -> None:
    _, trial, rater, person = ratings()
    random = np.random.default_rng(3)
    numbers = random.normal(0, 0.5, 400)[trial] + 0.1 * random.normal(size=len(trial)) + 0.3 * (rater == 2)
    answers = from_arrays(numbers, trial, rater, person)
    assert value(mean_bias(answers, answers.rater, RATERS)[2]) == pytest.approx(0.3, abs=0.03)
    each = ccc_with_others(answers, answers.rater, RATERS)
    assert value(each[2]) < min(value(each[other]) for other in (0, 1, 3, 4))


def test_the_coefficient_with_the_others_is_that_of_two_columns() -> None:
    random = np.random.default_rng(6)
    table = random.normal(size=(30, 1)) + 0.4 * random.normal(size=(30, 3))
    trial, rater = (each.ravel() for each in np.indices(table.shape))
    answers = from_arrays(table.ravel(), trial, rater, trial)
    by_hand = concordance(table[:, 0], table[:, 1:].mean(axis=1))
    assert value(ccc_with_others(answers, answers.rater, 3)[0]) == pytest.approx(by_hand)


def test_answers_without_a_second_opinion_say_nothing_of_a_rater() -> None:
    answers = from_arrays([0.0, 1.0, 1.0, 2.0], [0, 0, 1, 2], [0, 1, 2, 3], [0, 0, 1, 2])
    found = alpha_with_others(answers, 3, answers.rater, 4)
    assert [one is None for one in found] == [False, False, True, True]
    assert ccc_with_others(answers, answers.rater, 4) == [None] * 4  # one trial is too few

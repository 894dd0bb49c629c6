"""Each statistic against the example that its author printed, and against libraries that are not ours.

`krippendorff` and `pingouin` are under the GPL: oracles here, never shipped.
"""

import warnings
from typing import Literal

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_kappa

from annotate.agreement.answers import Answers, from_arrays, from_table
from annotate.agreement.concordance import concordance, mean_pairwise_ccc
from annotate.agreement.fields import Field, measure
from annotate.agreement.fleiss import equally_often, fleiss_kappa
from annotate.agreement.icc import icc
from annotate.agreement.krippendorff import alpha_interval, alpha_nominal, alpha_ordinal
from annotate.intervals import Interval
from tests.annotate.agreement import published

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin


def value(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def test_krippendorffs_own_example() -> None:
    answers = from_table(published.KRIPPENDORFF - 1)
    assert value(alpha_nominal(answers, 5)) == pytest.approx(0.743, abs=5e-4)
    assert value(alpha_ordinal(answers, 5)) == pytest.approx(0.815, abs=5e-4)
    assert value(alpha_interval(answers)) == pytest.approx(0.849, abs=5e-4)


def test_fleiss_own_example() -> None:
    table = published.fleiss_answers()
    assert value(fleiss_kappa(from_table(table), 5)) == pytest.approx(0.430, abs=5e-4)
    counts = np.array([[int(count) for count in row] for row in published.FLEISS])
    assert value(fleiss_kappa(from_table(table), 5)) == pytest.approx(statsmodels_kappa(counts))


def test_shrout_and_fleiss_own_example() -> None:
    found = icc(from_table(published.SHROUT_FLEISS))
    assert value(found.single) == pytest.approx(0.29, abs=5e-3)
    assert value(found.average) == pytest.approx(0.62, abs=5e-3)
    assert found.k == pytest.approx(4)


def test_two_meters_of_bland_and_altman() -> None:
    x, y = published.LARGE_METER, published.SMALL_METER
    assert concordance(x, y) == pytest.approx(0.943, abs=5e-4)
    # Lin's own other form: the correlation times how far the line lies from 45 degrees through the origin.
    scale, shift = x.std() / y.std(), (x.mean() - y.mean()) / np.sqrt(x.std() * y.std())
    assert concordance(x, y) == pytest.approx(pearsonr(x, y).statistic * 2 / (scale + 1 / scale + shift**2))
    assert value(mean_pairwise_ccc(from_table(np.column_stack([x, y])))) == pytest.approx(concordance(x, y))


tables = st.integers(0, 2**31).map(
    lambda seed: (lambda r: np.where(r.random((25, 5)) < 0.3, np.nan, r.integers(0, 6, (25, 5))))(
        np.random.default_rng(seed)
    )
)


@given(tables)
@settings(max_examples=25, deadline=None)
def test_alpha_is_that_of_the_reference_library(table: np.ndarray) -> None:
    answers = from_table(table)
    ours: dict[Literal["nominal", "ordinal", "interval"], Interval | None] = {
        "nominal": alpha_nominal(answers, 6, draws=2),
        "ordinal": alpha_ordinal(answers, 6, draws=2),
        "interval": alpha_interval(answers, draws=2),
    }
    for level, found in ours.items():
        theirs = krippendorff.alpha(reliability_data=table.T, value_domain=range(6), level_of_measurement=level)
        assert value(found) == pytest.approx(theirs, abs=1e-9), level


def test_icc_is_that_of_the_reference_library() -> None:
    random = np.random.default_rng(4)
    table = random.normal(size=(40, 1)) + 0.3 * random.normal(size=(1, 3)) + 0.5 * random.normal(size=(40, 3))
    trial, rater = np.indices(table.shape)
    long = pd.DataFrame({"trial": trial.ravel(), "rater": rater.ravel(), "value": table.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, about its own calls
        table_of = pingouin.intraclass_corr(long, targets="trial", raters="rater", ratings="value")
    theirs = table_of.set_index("Type")["ICC"]
    absolute = [float(theirs[name]) for name in theirs.index if name in ("ICC2", "ICC2k", "ICC(A,1)", "ICC(A,k)")]
    found = icc(from_table(table))
    assert [value(found.single), value(found.average)] == pytest.approx(absolute, abs=1e-9)


def test_icc_of_an_incomplete_design_finds_the_planted_variances() -> None:
    random = np.random.default_rng(8)
    trials, raters = 6000, 40
    trial = np.repeat(np.arange(trials), 3)
    rater = np.concatenate([random.choice(raters, 3, replace=False) for _ in range(trials)])
    numbers = random.normal(0, 1, trials)[trial] + random.normal(0, 0.5, 3 * trials)
    shifts = random.normal(0, 0.7, raters)
    shifts *= 0.7 / shifts.std(ddof=1)  # so that chance in forty raters does not blur what is looked for
    found = icc(from_arrays(numbers + shifts[rater], trial, rater, trial), draws=10)
    assert value(found.single) == pytest.approx(1 / (1 + 0.49 + 0.25), abs=0.02)
    assert value(found.average) == pytest.approx(1 / (1 + (0.49 + 0.25) / 3), abs=0.02)


def test_kappa_counts_only_trials_with_the_commonest_number_of_answers() -> None:
    table = published.fleiss_answers()
    some_missing = np.vstack([table, np.full((3, 6), np.nan)])
    some_missing[-3:, :2] = [[0, 0], [1, 1], [2, 2]]
    answers = from_table(some_missing)
    assert equally_often(answers).trials == 30
    assert value(fleiss_kappa(answers, 5)) == value(fleiss_kappa(from_table(table), 5))
    assert measure("seven", answers)[1].trials == 30


def test_a_constant_shift_costs_absolute_agreement() -> None:
    random = np.random.default_rng(2)
    truth = random.normal(size=200)
    same = np.column_stack([truth, truth + 0.1 * random.normal(size=200)])
    shifted = same + np.array([0, 1])
    for statistic in (lambda a: icc(a).single, mean_pairwise_ccc, alpha_interval):
        assert value(statistic(from_table(same))) > 0.98
        assert value(statistic(from_table(shifted))) < 0.75


@pytest.mark.parametrize("field", ["seven", "three", "valence", "intensity"])
def test_nothing_to_compare_gives_no_figure(field: Field) -> None:
    alone = from_table([[1.0, np.nan], [np.nan, 2.0]])
    same = from_table(np.ones((6, 3)))
    nobody = Answers(np.empty(0), *(np.empty(0, np.int64),) * 3, raters=0, participants=0)
    for answers in (alone, same, nobody):
        assert all(one.interval is None for one in measure(field, answers))


def test_a_second_answer_of_the_same_rater_is_refused() -> None:
    with pytest.raises(ValueError, match="two answers to one trial"):
        from_arrays([1.0, 2.0], [7, 7], [3, 3], [0, 0])

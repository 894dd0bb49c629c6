"""Intervals come from whole participants, and the quick way gives what the slow one gives."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from annotate.agreement.answers import Answers, from_arrays
from annotate.agreement.concordance import mean_pairwise_ccc
from annotate.agreement.fleiss import fleiss_kappa
from annotate.agreement.icc import icc
from annotate.agreement.krippendorff import alpha_interval, alpha_nominal, alpha_ordinal
from annotate.intervals import Interval, over_many_sums, over_participants, over_sums

Row = tuple[int, int, float]


def design(seed: int = 0, people: int = 12, trials: int = 8, raters: int = 4) -> dict[int, list[Row]]:
    """Participant to (trial, rater, level 0 … 6); people differ in how well they can be read."""
    random = np.random.default_rng(seed)
    rows: dict[int, list[Row]] = defaultdict(list)
    for person in range(people):
        noise = random.uniform(0.2, 2.5)
        for trial in range(trials):
            truth = random.integers(0, 7)
            for rater in range(raters):
                level = int(np.clip(np.rint(truth + noise * random.normal()), 0, 6))
                rows[person].append((person * trials + trial, rater, float(level)))
    return rows


def answers_of(rows: dict[int, list[Row]]) -> Answers:
    flat = [(trial, rater, value, person) for person, own in rows.items() for trial, rater, value in own]
    trial, rater, value, person = zip(*flat, strict=True)
    return from_arrays(value, trial, rater, person)


STATISTICS = {
    "nominal": lambda a: alpha_nominal(a, 7, draws=60, seed=3),
    "ordinal": lambda a: alpha_ordinal(a, 7, draws=60, seed=3),
    "interval": lambda a: alpha_interval(a, draws=60, seed=3),
    "kappa": lambda a: fleiss_kappa(a, 7, draws=60, seed=3),
    "icc": lambda a: icc(a, draws=60, seed=3).average,
    "ccc": lambda a: mean_pairwise_ccc(a, draws=60, seed=3),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_the_quick_interval_is_the_slow_one(name: str) -> None:
    """Drawn participants written out as rows, each drawn copy as trials of its own, give the same ends."""
    rows = design()

    def from_rows(drawn: Sequence[Row]) -> float | None:
        copies: dict[tuple[int, int], int] = defaultdict(int)
        flat = []
        for trial, rater, value in drawn:
            copies[trial, rater] += 1
            flat.append((trial * 1000 + copies[trial, rater], rater, value))
        trials, raters, values = zip(*flat, strict=True)
        found = STATISTICS[name](from_arrays(values, trials, raters, trials))
        return None if found is None else found.value

    slow = over_participants(rows, from_rows, draws=60, seed=3)
    # Names sort as text there and as numbers here, so the people are put in that order.
    quick = STATISTICS[name](answers_of({place: rows[person] for place, person in enumerate(sorted(rows, key=str))}))
    assert slow is not None
    assert quick is not None
    assert quick.value == pytest.approx(slow.value, abs=1e-9)
    assert slow.low is not None
    assert slow.high is not None
    # The interval of the CCC is moved, all else of it is the same.
    moved = (quick.low or 0.0) - slow.low if name == "ccc" else 0.0
    assert (quick.low, quick.high) == pytest.approx((slow.low + moved, slow.high + moved), abs=1e-9)
    assert quick.participants == 12


def test_trials_of_one_person_are_not_taken_for_more_people() -> None:
    """Eight copies of each trial tell nothing new of other people, so the interval must not shrink."""
    few = design(people=10, trials=4)
    many = {
        person: [(trial + 1000 * copy, rater, value) for copy in range(8) for trial, rater, value in own]
        for person, own in few.items()
    }
    widths = []
    for rows in (few, many):
        found = alpha_nominal(answers_of(rows), 7)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_two_participants_give_a_figure_and_no_interval() -> None:
    found = alpha_nominal(answers_of(design(people=2)), 7)
    assert found is not None
    assert (found.low, found.high, found.participants) == (None, None, 2)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Means of people from a known distribution: of 200 intervals at 95 %, about 190 hold the truth."""
    random = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        numbers = random.normal(1.0, 2.0, size=(40, 1))
        sums = np.hstack([np.ones_like(numbers), numbers])
        found = over_sums(sums, lambda s: s[:, 1] / s[:, 0], draws=400)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 1.0 <= found.high
    assert 180 <= held <= 197


def test_figures_in_which_too_few_have_a_part_get_no_interval() -> None:
    sums = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 5.0], [1.0, 6.0]])
    present = np.array([[True, False], [True, False], [True, True], [True, True]])
    both = over_many_sums(sums, lambda s: s, present=present, draws=50)
    assert both[0] == Interval(4.0, 4.0, 4.0, 4)
    assert both[1] is not None
    assert (both[1].value, both[1].low, both[1].participants) == (11.0, None, 2)

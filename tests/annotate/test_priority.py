"""The formula by hand."""

import math

import pytest

from annotate.priority import disagreement, priority
from annotate.scales import EMOTIONS
from server.sessions.rows import NEW_PRIORITY


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([], 0.0),
        (["fear"], 0.0),
        (["fear", "fear", "fear"], 0.0),
        (["fear", "anger"], 1.0),
        (["fear", "fear", "anger"], (2 / 3 * math.log(3 / 2) + 1 / 3 * math.log(3)) / math.log(3)),
        ([*EMOTIONS, *EMOTIONS], 1.0),
    ],
)
def test_disagreement(votes: list[str], expected: float) -> None:
    assert disagreement(votes) == pytest.approx(expected)


def test_by_hand() -> None:
    found = priority(0.8, ["fear", "anger"], 3)
    assert found.value == pytest.approx(0.6 * 0.8 + 0.3 * 1.0 + 0.1 / 3)
    assert found.reason == "model unsure (0.80), raters disagree (1.00), 2 of 3 rated"


def test_what_is_unsure_disputed_or_new_comes_first() -> None:
    assert priority(0.9, [], 3).value > priority(0.2, [], 3).value
    assert priority(0.5, ["fear", "anger"], 3).value > priority(0.5, ["fear", "fear"], 3).value
    assert priority(0.5, [], 3).value > priority(0.5, ["fear"], 3).value


def test_it_stays_between_0_and_1() -> None:
    assert 0.0 <= priority(0.0, ["fear"] * 9, 9).value <= priority(1.0, ["fear", "anger"], 2).value <= 1.0


def test_a_trial_that_just_arrived_stands_where_the_formula_puts_it() -> None:
    assert priority(None, [], 3).value == pytest.approx(NEW_PRIORITY)

"""A planted acceptance bias is found; raters who are not moved have none."""

import numpy as np
import pytest

from annotate.anchoring import Label, Place, anchoring_by_rater, anchoring_overall
from annotate.intervals import Interval


def places(accepts: float, *, raters: int = 4, each: int = 200, pull: float = 0.0, seed: int = 0) -> list[Place]:
    """Half of the places reveal; of the answers that differ a share `accepts` becomes the model's."""
    rng = np.random.default_rng(seed)
    made = []
    for rater in range(raters):
        for place in range(each):
            model = Label(int(rng.integers(7)), *rng.uniform(-1, 1, 2).tolist())
            first = model if rng.random() < 0.5 else Label(int(rng.integers(7)), *rng.uniform(-1, 1, 2).tolist())
            revealed = bool(rng.random() < 0.5)
            seven = model.seven if revealed and rng.random() < accepts else first.seven
            moved = [a + pull * revealed * (b - a) for a, b in zip(first[1:], model[1:], strict=True)]
            final = Label(seven, *moved)
            made.append(Place(rater, f"P{place % 15}", revealed, first, final, model, others=first.seven))
    return made


def known(interval: Interval | None) -> tuple[float, float, float]:
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.value, interval.high


def test_a_planted_acceptance_is_found_within_its_interval() -> None:
    overall = anchoring_overall(places(0.4, pull=0.3))
    low, moved, high = known(overall.moved_to)
    assert low <= 0.4 <= high
    assert moved == pytest.approx(0.4, abs=0.07)
    low, _bias, high = known(overall.acceptance_bias)
    differ = 0.5 * 6 / 7
    assert low <= 0.4 * differ <= high
    assert known(overall.valence_pull) == pytest.approx((0.3, 0.3, 0.3))
    assert known(overall.moved_against)[1] == 1  # all of them left what most others say
    assert known(overall.balance)[0] <= 0 <= known(overall.balance)[2]
    assert overall.reveals + overall.blind == 800


def test_raters_who_keep_their_answers_have_no_bias() -> None:
    for one in anchoring_by_rater(places(0.0)).values():
        low, _value, high = known(one.acceptance_bias)
        assert low <= 0 <= high
        assert known(one.moved_to) == (0, 0, 0)
        assert known(one.moved_away) == (0, 0, 0)
        assert known(one.arousal_pull) == (0, 0, 0)


def test_without_reveals_or_without_blind_places_the_bias_is_not_known() -> None:
    made = places(0.4, raters=1)
    only_blind = anchoring_overall([one for one in made if not one.revealed])
    only_shown = anchoring_overall([one for one in made if one.revealed])
    assert only_blind.acceptance_bias is None
    assert only_blind.moved_to is None
    assert only_shown.acceptance_bias is None
    assert only_shown.moved_to is not None
    assert only_shown.moved_to.low is None  # one rater tells nothing about others
    assert anchoring_overall([]).reveals == 0
    assert anchoring_by_rater([]) == {}

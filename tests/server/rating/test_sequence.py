"""The walk round the circle: every place once, from beginnings that lie apart, half of the raters the other way."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from annotate.scales import Instrument
from server.db.ratings import CIRCLE
from server.rating.sequence import Walk, walk_of

KEYS = st.integers(0, CIRCLE - 1)
WALKS = st.builds(Walk, beginning=KEYS, forward=st.booleans())


def met(walk: Walk, keys: list[int], last: int | None = None) -> list[int]:
    """The keys in the order in which the arcs of the walk come by them."""
    order = []
    for arc in walk.arcs(last):
        within = sorted(key for key in keys if arc.low <= key <= arc.high)
        order += within if walk.forward else within[::-1]
    return order


@given(walk=WALKS, keys=st.lists(KEYS, unique=True))
def test_a_walk_comes_by_every_place_once_in_the_order_of_its_steps(walk: Walk, keys: list[int]) -> None:
    assert met(walk, keys) == sorted(keys, key=walk.steps_to)


@given(walk=WALKS, keys=st.lists(KEYS, unique=True, min_size=1), data=st.data())
def test_a_walk_goes_on_behind_where_it_was_and_comes_back_there_last(
    walk: Walk, keys: list[int], data: st.DataObject
) -> None:
    last = data.draw(st.sampled_from(keys))
    order = met(walk, keys)
    at = order.index(last)
    assert met(walk, keys, last) == order[at + 1 :] + order[: at + 1]


@given(walk=WALKS, last=st.sampled_from([0, CIRCLE - 1]))
def test_the_ends_of_the_circle_are_no_special_places(walk: Walk, last: int) -> None:
    assert sorted(met(walk, [0, 5, CIRCLE - 1], last)) == [0, 5, CIRCLE - 1]


def test_no_two_of_sixteen_raters_begin_near_each_other_and_half_go_each_way() -> None:
    for instrument in Instrument:
        walks = [walk_of(rater, instrument) for rater in range(1, 17)]
        beginnings = sorted(walk.beginning for walk in walks)
        gaps = [b - a for a, b in zip(beginnings, [*beginnings[1:], beginnings[0] + CIRCLE], strict=True)]
        assert min(gaps) > CIRCLE / 16 / 3
        assert max(gaps) < CIRCLE / 16 * 3
        assert Counter(walk.forward for walk in walks) == {True: 8, False: 8}


def test_one_raters_two_instruments_are_walked_apart() -> None:
    er, fer = (walk_of(7, instrument) for instrument in Instrument)
    assert er.forward != fer.forward
    assert min(abs(er.beginning - fer.beginning), CIRCLE - abs(er.beginning - fer.beginning)) > CIRCLE / 4


def test_over_many_raters_every_trial_is_as_often_early_as_late() -> None:
    keys = [CIRCLE * n // 20 for n in range(20)]
    ranks: dict[int, list[int]] = {key: [] for key in keys}
    for rater in range(1, 201):
        for rank, key in enumerate(sorted(keys, key=walk_of(rater, Instrument.FER).steps_to)):
            ranks[key].append(rank)
    assert all(abs(sum(places) / len(places) - 9.5) < 0.8 for places in ranks.values())

"""Neighbours are kept apart exactly as well as it can be done, and no further than the study lets them be moved."""

from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from collect.plan.neighbours import Kind, Stretch, keep_apart, meetings

KINDS = st.lists(st.sampled_from(["fear", "anger", "disgust", None]), min_size=1, max_size=4)


def stretches(kinds: list[tuple[list[Kind], bool]]) -> list[Stretch]:
    return [
        Stretch(tuple(f"{number}-{index}" for index in range(len(part))), tuple(part), free)
        for number, (part, free) in enumerate(kinds)
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KINDS, st.booleans()), min_size=1, max_size=3))
def test_no_other_order_has_fewer_meetings(parts: list[tuple[list[Kind], bool]]) -> None:
    given_stretches = stretches(parts)
    kinds = {clip: kind for part in given_stretches for clip, kind in zip(part.clips, part.kinds, strict=True)}

    def count(order: tuple[tuple[str, ...], ...]) -> int:
        return meetings([kinds[clip] for part in order for clip in part])

    found = keep_apart(given_stretches)
    for part, ordered in zip(given_stretches, found, strict=True):
        assert sorted(ordered) == sorted(part.clips)
        assert part.free or ordered == part.clips
    ways = [list(permutations(part.clips)) if part.free else [part.clips] for part in given_stretches]
    if len(ways[0]) * len(ways[-1]) <= 576 and len(ways) < 3:
        assert count(found) == min(count(order) for order in product(*ways))
    assert count(found) <= count(tuple(part.clips for part in given_stretches))


def test_what_is_apart_already_stays_as_it_was_drawn() -> None:
    part = Stretch(("a", "b", "c", "d"), ("fear", "anger", "fear", "anger"), free=True)
    assert keep_apart([part]) == (("a", "b", "c", "d"),)


def test_a_free_stretch_makes_room_for_the_one_that_follows() -> None:
    first = Stretch(("a", "b"), ("anger", "fear"), free=True)
    held = Stretch(("c", "d"), ("fear", "anger"), free=False)
    assert keep_apart([first, held]) == (("b", "a"), ("c", "d"))

"""Who may be given which trial: the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.assignment import Arm, Hold, Seen, draw_arm, free_place, is_gold_drawn, is_live, is_shown, is_spoilt
from annotate.scales import Instrument

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
EARLIER = NOW - timedelta(minutes=1)
ME, OTHER, THIRD = 1, 2, 3


@pytest.mark.parametrize(
    ("holds", "place"),
    [
        ({}, 1),
        ({1: Hold(OTHER, LATER)}, 2),
        ({1: Hold(OTHER, None), 2: Hold(THIRD, None)}, None),
        ({1: Hold(OTHER, EARLIER), 2: Hold(THIRD, LATER)}, 1),
        ({1: Hold(OTHER, NOW), 2: Hold(THIRD, LATER)}, 1),  # a lease ends at its last instant
        ({1: Hold(ME, LATER)}, None),  # never two places of one task
        ({1: Hold(ME, None)}, None),
        ({1: Hold(OTHER, EARLIER), 2: Hold(ME, EARLIER)}, 2),  # the own place, not a second one
        ({2: Hold(OTHER, None)}, 1),
    ],
)
def test_a_rater_gets_the_first_place_that_nobody_holds(holds: dict[int, Hold], place: int | None) -> None:
    assert free_place(holds, places=2, rater=ME, now=NOW) == place


def test_an_answered_place_never_becomes_free() -> None:
    holds = {1: Hold(OTHER, None)}
    assert free_place(holds, places=1, rater=ME, now=NOW + timedelta(days=10_000)) is None


def test_fer_shows_the_face_and_nothing_that_is_worth_a_line_in_the_ledger() -> None:
    assert is_shown(Instrument.FER, has_stimulus=True, shows_self_report=True) == set()


@pytest.mark.parametrize(
    ("has_stimulus", "shows_self_report", "shown"),
    [
        (True, False, {Seen.STIMULUS, Seen.CONTEXT}),
        (True, True, {Seen.STIMULUS, Seen.CONTEXT, Seen.SELF_REPORT}),
        (False, False, {Seen.CONTEXT}),
    ],
)
def test_er_shows_what_the_study_says(has_stimulus: bool, shows_self_report: bool, shown: set[Seen]) -> None:
    assert is_shown(Instrument.ER, has_stimulus=has_stimulus, shows_self_report=shows_self_report) == shown


@pytest.mark.parametrize("seen", [Seen.STIMULUS, Seen.SELF_REPORT, Seen.CONTEXT])
def test_whatever_surrounds_the_face_spoils_its_fer_and_not_its_er(seen: Seen) -> None:
    assert is_spoilt(Instrument.FER, {seen})
    assert not is_spoilt(Instrument.ER, {seen})
    assert not is_spoilt(Instrument.FER, set())


@pytest.mark.parametrize("instrument", Instrument)
def test_whoever_knows_what_others_said_answers_under_neither_instrument(instrument: Instrument) -> None:
    assert is_spoilt(instrument, {Seen.OTHER_LABEL})
    assert not is_spoilt(instrument, {Seen.PRELABEL})  # shown only after an answer, and marked with the next


EXPIRES = st.none() | st.integers(-60, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
HOLDS = st.dictionaries(st.integers(1, 6), st.builds(Hold, rater=st.integers(1, 6), expires=EXPIRES))


@given(holds=HOLDS, places=st.integers(1, 5), rater=st.integers(1, 6))
def test_no_rater_is_given_two_places_nor_one_that_is_taken(holds: dict[int, Hold], places: int, rater: int) -> None:
    place = free_place(holds, places, rater, NOW)
    mine = [slot for slot, hold in holds.items() if hold.rater == rater]
    if place is None:
        has_one = any(is_live(holds[slot], NOW) for slot in mine)
        full = all(slot in holds and is_live(holds[slot], NOW) for slot in range(1, places + 1))
        assert has_one or full
    else:
        assert place not in holds or not is_live(holds[place], NOW)
        assert place in mine or (1 <= place <= places and not mine)


@given(holds=HOLDS, places=st.integers(1, 5), raters=st.permutations(range(1, 7)))
def test_however_they_come_never_more_than_the_places_are_live(
    holds: dict[int, Hold], places: int, raters: list[int]
) -> None:
    holds = {slot: hold for slot, hold in holds.items() if slot <= places}
    for rater in raters:
        if (place := free_place(holds, places, rater, NOW)) is not None:
            holds[place] = Hold(rater, LATER)
    assert sum(is_live(hold, NOW) for hold in holds.values()) == len(holds) <= places


@given(share=st.floats(0, 1), drawn=st.floats(0, 1, exclude_max=True))
def test_chance_below_the_share_reveals_and_gives_gold(share: float, drawn: float) -> None:
    assert (draw_arm(share, lambda: drawn) is Arm.REVEAL) == (drawn < share) == is_gold_drawn(share, lambda: drawn)


@given(st.floats(0, 1, exclude_max=True))
def test_a_share_of_none_is_never_drawn_and_of_all_always(drawn: float) -> None:
    assert draw_arm(0, lambda: drawn) is Arm.BLIND
    assert draw_arm(1, lambda: drawn) is Arm.REVEAL

"""Who may be given which trial: the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest

from annotate.assignment import Hold, Seen, free_place, is_shown, is_spoilt
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

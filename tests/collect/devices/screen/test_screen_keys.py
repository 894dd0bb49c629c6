"""What counts as a key, what as a repeat, what as the wish to stop."""

import pytest

from collect.devices.protocols import StopRequested
from collect.devices.screen.screen_keys import Keys, Selection, key_name
from collect.simulation.virtual_clock import VirtualClock

MS = 1_000_000


def later(clock: VirtualClock, ms: int) -> None:
    clock.wait_until(clock.now_ns() + ms * MS)


@pytest.mark.parametrize(
    ("symbol", "name"),
    [("A", "a"), ("_7", "7"), ("NUM_7", "7"), ("ENTER", "return"), ("NUM_ENTER", "return"), ("RETURN", "return"),
     ("SPACE", "space"), ("LEFT", "left"), ("ESCAPE", "escape"), ("NUM_ADD", "num_add")],
)  # fmt: skip
def test_a_key_has_one_name_wherever_it_is(symbol: str, name: str) -> None:
    assert key_name(symbol) == name


def test_keys_are_taken_once_and_in_order() -> None:
    keys = Keys(VirtualClock())
    for name in ("3", "return"):
        keys.press(name)
        keys.release(name)
    assert keys.take() == ["3", "return"]
    assert keys.take() == []


def test_what_was_pressed_before_a_page_does_not_answer_it() -> None:
    keys = Keys(VirtualClock())
    keys.press("5")
    keys.clear()
    assert keys.take() == []


def test_a_held_key_counts_once_and_a_second_press_again() -> None:
    clock = VirtualClock()
    keys = Keys(clock)
    keys.press("space")
    for _ in range(20):  # as X servers repeat: up and down in one breath
        later(clock, 40)
        keys.release("space")
        keys.press("space")
    keys.release("space")
    assert keys.take() == ["space"]
    later(clock, 100)
    keys.press("space")
    assert keys.take() == ["space"]


def test_the_stop_key_must_be_held_for_a_second_repeats_or_not() -> None:
    clock = VirtualClock()
    keys = Keys(clock)
    keys.press("escape")
    for _ in range(24):
        later(clock, 40)
        keys.release("escape")
        keys.press("escape")
        keys.take()
    later(clock, 40)
    with pytest.raises(StopRequested) as stop:
        keys.take()
    assert stop.value.by == "participant"


def test_touching_the_stop_key_by_mistake_stops_nothing() -> None:
    clock = VirtualClock()
    keys = Keys(clock)
    taken = []
    for _ in range(5):
        keys.press("escape")
        later(clock, 900)
        keys.release("escape")
        later(clock, 200)
        taken.append(keys.take())
    assert len(taken) == 5  # StopRequested would have ended this


def test_a_choice_is_made_by_digit_or_arrow_and_confirmed_by_enter() -> None:
    selection = Selection(7)
    assert selection.press("return") == "ignored"  # nothing is chosen yet, and nothing is suggested
    assert selection.press("8") == "ignored"
    assert (selection.press("3"), selection.chosen) == ("moved", 3)
    assert (selection.press("left"), selection.chosen) == ("moved", 2)
    assert selection.press("return") == "confirmed"


def test_arrows_begin_in_the_middle_and_stay_on_the_scale() -> None:
    selection = Selection(9)
    selection.press("right")
    assert selection.chosen == 5
    for _ in range(9):
        selection.press("right")
    assert selection.chosen == 9

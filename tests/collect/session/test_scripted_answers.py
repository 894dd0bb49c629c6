"""The scripted participant presses what the answers say, and again where the first press was lost."""

import json
import random
from pathlib import Path

import pytest

from collect.bundle.format import SelfReportItem
from collect.devices.protocols import Answer
from collect.session import scripted_answers
from collect.session.scripted_answers import Journal, Window, answer_keys, take_part


class Finished(Exception):  # noqa: N818 -- ends an endless loop, no error
    pass


class TypedInto(Window):
    """A window that answers as a session does: it journals, unless the key was lost."""

    def __init__(self, journal: Path, items: list[tuple[int, str]], lost: int = 0) -> None:
        super().__init__("Session")
        self._journal, self._items, self._lost = journal, items, lost
        self.pressed: list[tuple[str, ...]] = []

    def type(self, text: str) -> bool:
        self.pressed.append((text,))
        return True

    def press(self, *keys: str) -> bool:
        self.pressed.append(keys)
        if self._lost > 0 and keys[-1] == "Return":
            self._lost -= 1
            return True
        if not self._items:
            raise Finished
        trial, item = self._items.pop(0)
        with self._journal.open("a") as file:
            file.write(json.dumps({"event": "self_report_shown", "trial": trial, "item": item, "t_ns": 0}) + "\n")
        return True


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes only when somebody sleeps."""
    now = [0.0]
    monkeypatch.setattr(scripted_answers.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(scripted_answers.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))


def test_neutral_has_another_key_among_three_than_among_seven() -> None:
    answers: dict[tuple[int, SelfReportItem], Answer] = {
        (1, "seven"): Answer(choice="neutral"),
        (1, "three"): Answer(choice="neutral"),
        (1, "valence"): Answer(step=9),
        (2, "seven"): Answer(choice="happiness"),
    }
    assert answer_keys(answers) == {
        "1": {"seven": "7", "three": "3", "valence": "9"},
        "2": {"seven": "1"},
    }


@pytest.mark.usefixtures("without_waiting")
@pytest.mark.parametrize("lost", [0, 2])
def test_each_item_gets_its_answer_even_if_keys_are_lost(tmp_path: Path, lost: int) -> None:
    journal = tmp_path / "journal.jsonl"
    window = TypedInto(journal, [(1, "seven"), (1, "valence")], lost)
    with pytest.raises(Finished):
        take_part(Journal(journal), {"1": {"seven": "3", "valence": "8"}}, window, random.Random(1))
    answers = [keys for keys in window.pressed if keys[-1] == "Return"]
    assert answers == [("3", "Return")] * (lost + 1) + [("8", "Return")]
    assert window.pressed[0] == ("y", "space")  # the consent page, before there is a journal


@pytest.mark.usefixtures("without_waiting")
def test_a_text_is_typed_once_and_confirmed_until_it_is_taken(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    window = TypedInto(journal, [(1, "text"), (1, "liking")], lost=2)
    keys = {"1": {"text": "It was fine.", "liking": "6"}}
    with pytest.raises(Finished):
        take_part(Journal(journal), keys, window, random.Random(1))
    assert window.pressed[1:] == [("It was fine.",), ("Return",), ("Return",), ("Return",), ("6", "Return")]


@pytest.mark.usefixtures("without_waiting")
def test_what_was_told_before_a_session_was_resumed_is_not_answered(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(json.dumps({"event": "self_report_shown", "trial": 1, "item": "seven", "t_ns": 0}) + "\n")
    window = TypedInto(journal, [])
    with pytest.raises(Finished):
        take_part(Journal(journal), {"1": {"seven": "3"}}, window, random.Random(1))
    assert window.pressed == [("y", "space")]  # the setup page, before the journal goes on

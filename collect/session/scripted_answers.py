"""A scripted participant: presses real keys, through the X server, into the window of a session that is running.

A process of its own, which knows of the session only what its journal says, as an onlooker would. It is for simulated
sessions, so that they go through the same window, the same keys and the same pages as a person's.

    python -m collect.session.scripted_answers JOURNAL ANSWERS SEED
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from collect.bundle.format import Emotion, Polarity
from collect.bundle.study import SelfReportItem
from collect.devices.errors import ScreenUnavailableError
from collect.devices.protocols import Answer
from collect.session import pages

#: Trial to item to the key's digit, or to the text that is typed.
AnswerKeys = dict[str, dict[str, str]]

_LOOK_S = 0.05
#: A key that changed nothing for this long was not received, and is pressed again.
_PATIENCE_S = 4.0
_PAGE_EVERY_S = 0.7
#: After these events, or before the first, a page of text may be waiting for a key.
_BETWEEN_TRIALS = (
    None, "session_started", "session_resumed", "setup_checked", "calibrated", "drift_checked", "paused", "continued",
    "warned", "trial_ended", "session_ended", "eye_events_found",
)  # fmt: skip
_POOR_OR_NOT = ("calibrated", "drift_checked")


def answer_keys(answers: Mapping[tuple[int, SelfReportItem], Answer]) -> AnswerKeys:
    """(trial, item) to answer, as the keys that the scripted participant is given in its JSON file."""
    keys: AnswerKeys = {}
    for (trial, item), answer in answers.items():
        keys.setdefault(str(trial), {})[item] = _answer_key(item, answer)
    return keys


def _answer_key(item: SelfReportItem, answer: Answer) -> str:
    """What to type: classes are numbered from 1 in the order of the format's lists."""
    if answer.text is not None:
        return answer.text
    if answer.step is not None:
        return str(answer.step)
    names: tuple[str | None, ...] = get_args(Polarity if item == "three" else Emotion)
    return str(names.index(answer.choice) + 1)


class Window:
    """The session's window, found by its title, and a keyboard whose keys go there."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._id: str | None = None

    def press(self, *keys: str) -> bool:
        """True once the X server took the keys; False while there is no such window."""
        if self._id is None:
            found = _xdotool("search", "--name", f"^{self._title}$")
            self._id = found.split()[0] if found else None
        if self._id is None:
            return False
        # XTEST keys, which no program can tell from a keyboard's, go where the focus is.
        return self._done(_xdotool("windowfocus", "--sync", self._id, "key", "--delay", "60", *keys))

    def type(self, text: str) -> bool:
        """As `press`, letter by letter, for a window that was found before."""
        return self._id is not None and self._done(_xdotool("type", "--delay", "30", text))

    def _done(self, said: str | None) -> bool:
        if said is None:
            self._id = None
        return said is not None


def _xdotool(*words: str) -> str | None:
    """What xdotool said; None where it failed or did not return."""
    try:
        done = subprocess.run(["xdotool", *words], capture_output=True, text=True, timeout=10, check=False)
    except FileNotFoundError:
        raise ScreenUnavailableError(
            "xdotool is not installed; the scripted participant presses its keys with it. apt-get install xdotool"
        ) from None
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


class Journal:
    """The events of a journal that is being written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def events(self) -> list[dict[str, Any]]:
        """All whole lines so far; none where the bundle is not there yet."""
        try:
            lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]


def take_part(journal: Journal, keys: AnswerKeys, window: Window, rng: random.Random) -> None:
    """Presses keys until it is ended, or until the session that started it is gone."""
    answered = typed = 0
    before = len(journal.events())  # of a session that is resumed, told by somebody else
    next_page_s = 0.0
    session = os.getppid()
    while os.getppid() == session:  # an orphan must not type into somebody else's session
        events = journal.events()[before:]
        last = events[-1]["event"] if events else None
        if last == "self_report_shown" and len(events) > answered:
            time.sleep(min(2.0, rng.lognormvariate(-0.7, 0.35)))  # reads, thinks, and looks for the key
            item = events[-1]
            answer = keys[str(item["trial"])][item["item"]]
            if item["item"] != "text":
                window.press(answer, "Return")
            elif typed == len(events) or window.type(answer):  # typed once; a second time it would stand there twice
                typed = len(events)
                window.press("Return")
            answered = _wait_for_more(journal, before + len(events)) - before
        elif last in _BETWEEN_TRIALS and time.monotonic() >= next_page_s:
            # A page of text, or none yet: whichever of these keys it waits for, the others mean nothing to it.
            over = any(event["event"] == "session_ended" for event in events)
            first = pages.AGAIN if last in _POOR_OR_NOT else pages.KEEP if over else pages.YES
            window.press(first, pages.ON)
            next_page_s = time.monotonic() + _PAGE_EVERY_S
        time.sleep(_LOOK_S)


def _wait_for_more(journal: Journal, known: int) -> int:
    """Returns `known` once the journal has grown, and less where it has not: the answer is then given again."""
    until_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until_s:
        if len(journal.events()) > known:
            return known
        time.sleep(_LOOK_S)
    return known - 1


def main(journal: str, answers: str, seed: str, title: str) -> None:
    keys: AnswerKeys = json.loads(Path(answers).read_text(encoding="utf-8"))
    take_part(Journal(Path(journal)), keys, Window(title), random.Random(int(seed)))  # noqa: S311 -- not for secrets


if __name__ == "__main__":
    main(*sys.argv[1:5])

"""Between a session's end and its seal: eye events, where its tracker told none, are found in its samples.

Nothing that happens here may cost the session: whatever fails is told, and the bundle is sealed without eye events.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from collect.bundle.errors import BundleWriteError
from collect.bundle.format import GAZE_SAMPLES_FILE
from collect.bundle.reader import read_bundle
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import StopRequested
from collect.errors import CollectError
from collect.gaze.events.search import EventSearch
from collect.language.words import Words
from collect.session import pages
from collect.session.desk import Desk
from collect.session.devices import Devices

#: The process is looked at so often; short enough for keys and the experimenter's view.
_LOOK_S = 0.05
_WHOLE = "The recording is whole, but it was sealed without fixations, saccades and blinks."

#: Waits for the search; False where somebody did not want to wait any longer.
Waiting = Callable[[EventSearch], bool]


class _Over(Exception):  # noqa: N818 -- the end of waiting, no error
    pass


def add_eye_events(writer: BundleWriter, wait: Waiting, warn: Callable[[str], None]) -> tuple[str, ...]:
    """Let the bundle have eye events before it is sealed: those of the tracker, or else those in its samples.

    Raises nothing. warn: is told in words what failed, and should write it into the journal. Returns what it was told.
    """
    try:
        if not lacks_eye_events(writer.folder):
            return ()
        with EventSearch(writer.folder) as search:
            if wait(search):
                found = search.found()
                writer.eye_events_found(found.source, found.parts)
                return ()
        wrong = "The search for eye events was left off, as you asked."
    except CollectError as failure:
        wrong = f"No eye events: {failure}"
    except Exception as failure:  # the one edge at which nothing may pass
        wrong = f"No eye events: {type(failure).__name__}: {failure}."
    with contextlib.suppress(BundleWriteError):  # the seal will say that the disk is full
        warn(f"{wrong} {_WHOLE}")
    return (f"{wrong} {_WHOLE}",)


def lacks_eye_events(folder: Path) -> bool:
    """The tracker gave samples and told no eye events, and no search has come to its end yet. Raises BundleError."""
    bundle = read_bundle(folder)
    if bundle.eye_events_found is not None or not _has_rows(folder / GAZE_SAMPLES_FILE):
        return False
    # Without the journal's word, those of an algorithm are what a search left that broke off.
    return not (bundle.eye_events()["source"] == "tracker").any()


def _has_rows(path: Path) -> bool:
    """Below the line of column names; samples of an hour are not read for that."""
    with path.open("rb") as file:
        file.readline()
        return file.readline().endswith(b"\n")


def progress_in_words(search: EventSearch) -> str:
    """In steps of ten: where a line is written for each change, it stays readable."""
    tenths = 10 * search.done // search.total if search.total else 0
    return f"looking for eye events in the gaze, {10 * tenths} %"


def wait_at_the_screen(devices: Devices, words: Words, desk: Desk, impatient: Callable[[], bool]) -> Waiting:
    """The participant reads that it takes a moment; the experimenter sees how far it is, and may ask to stop."""

    def wait(search: EventSearch) -> bool:
        told = ""
        left_off = False

        def poll() -> None:
            nonlocal told, left_off
            finished = search.finished(_LOOK_S)
            if (now := progress_in_words(search)) != told:
                told = now
                desk.now(now)
            left_off = not finished and (impatient() or desk.asked_to_stop())
            if finished or left_off:
                raise _Over

        def page() -> None:
            devices.screen.show_text(words.pages.completing, (pages.ON,), poll)

        look = page
        while True:
            try:
                look()
            except _Over:
                return not left_off
            except StopRequested:
                continue  # the session has ended already
            except Exception:
                look = poll  # the screen has failed: the waiting goes on without it

    return wait


def wait_in_words(tell: Callable[[str], None], impatient: Callable[[], bool]) -> Waiting:
    """Without any device. tell: is given each new state."""

    def wait(search: EventSearch) -> bool:
        told = ""
        while not search.finished(_LOOK_S):
            if (now := progress_in_words(search)) != told:
                told = now
                tell(now)
            if impatient():
                return False
        return True

    return wait

"""How a session ends: sealed, withdrawn, or, where a device failed, left so that it can be gone on with."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from collect.bundle.format import SessionEnded
from collect.bundle.tombstone import withdraw
from collect.bundle.writer import BundleWriter
from collect.devices.errors import RecordingNotFetchedError
from collect.devices.protocols import StopRequested
from collect.errors import CollectError
from collect.language.words import Words
from collect.session import pages
from collect.session.desk import Desk
from collect.session.devices import Devices
from collect.session.errors import DeviceFailedError
from collect.session.eye_events import add_eye_events, wait_at_the_screen
from collect.session.interrupts import uninterrupted

Ending = Literal["completed", "stopped by participant", "stopped by experimenter"]
#: The page that asks the participant to wait stays for so long if nobody presses anything.
_PATIENCE_NS = 120_000_000_000


class _Enough(Exception):  # noqa: N818 -- the end of waiting, no error
    pass


def close_and_seal(
    devices: Devices, writer: BundleWriter, desk: Desk, words: Words, outcome: Ending
) -> tuple[str, ...]:
    """Every file is complete before the seal, and eye events are in it. Nothing interrupts this.

    Returns what the experimenter should know of the bundle. Raises DeviceFailedError where the tracker's own file
    stayed on its host: the bundle then waits for it, unsealed.
    """
    with uninterrupted() as impatient:
        writer.journal(SessionEnded(t_ns=devices.clock.now_ns(), outcome=outcome))
        devices.camera.close()
        try:
            devices.tracker.close(writer.folder / "gaze" / "original")
        except RecordingNotFetchedError as lost:
            desk.warn(str(lost))
            writer.close()
            raise DeviceFailedError(
                f"{lost} All else is whole in {writer.folder}. Then seal it, with the file or without: "
                f"duchenne collect resume {writer.folder}"
            ) from lost
        notes = add_eye_events(writer, wait_at_the_screen(devices, words, desk, impatient), desk.warn)
        writer.seal()
    return notes


def close_devices(devices: Devices, writer: BundleWriter) -> list[str]:
    """Close camera and tracker, whatever happens; returns what went wrong in words."""
    wrong = []
    with uninterrupted():
        for close in (devices.camera.close, lambda: devices.tracker.close(writer.folder / "gaze" / "original")):
            try:
                close()
            except CollectError as failure:
                wrong.append(str(failure))
    return wrong


def tell_participant_to_wait(devices: Devices, words: Words, desk: Desk, close: Callable[[], object]) -> None:
    """The page is there first, then `close` is called, and then the page stays until somebody presses a key.

    Nothing that happens here may hide the failure that led here.
    """
    closed = False
    until_ns = devices.clock.now_ns() + _PATIENCE_NS

    def poll() -> None:
        nonlocal closed
        if not closed:
            closed = True
            close()
        if desk.asked_anything() or devices.clock.now_ns() > until_ns:
            raise _Enough

    with contextlib.suppress(Exception, KeyboardInterrupt):
        devices.screen.show_text(words.pages.technical_problem, (pages.ON,), poll)
    if not closed:
        close()


def farewell(
    devices: Devices, words: Words, writer: BundleWriter, outcome: Ending, utc: Callable[[], datetime]
) -> bool:
    """The last pages, after sealing: nobody's patience decides whether a recording is whole.

    True where the participant withdrew: everything is deleted then.
    """
    try:
        if not _wants_to_withdraw(devices, words, outcome):
            return False
    except (StopRequested, KeyboardInterrupt):
        return False
    with uninterrupted():
        withdraw(writer.folder, utc())
    with contextlib.suppress(StopRequested, KeyboardInterrupt):
        devices.screen.show_text(words.pages.withdrawn, (pages.ON,))
    return True


def _wants_to_withdraw(devices: Devices, words: Words, outcome: Ending) -> bool:
    stopped = outcome == "stopped by participant"
    page = words.pages.thanks if outcome == "completed" else words.pages.stopped
    while True:
        if stopped:
            wish = devices.screen.show_text(words.pages.stop_choice, (pages.KEEP, pages.WITHDRAW))
        else:
            wish = devices.screen.show_text(page, (pages.ON, pages.WITHDRAW))
        if wish != pages.WITHDRAW:
            return False
        if devices.screen.show_text(words.pages.withdraw_confirm, (pages.NO, pages.YES)) == pages.YES:
            return True

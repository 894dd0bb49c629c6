"""The link to an EyeLink's Host PC: the only file that imports pylink, and not before a tracker is opened.

Nothing here knows an address: the study names the Host PC, and no other is ever asked.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from collect.devices.errors import TrackerUnavailableError

#: Longer messages are cut off on the Host PC, and it does not say so.
_LONGEST_MESSAGE = 130
_LINK_CLOSED = 0


class EyeLinkHost:
    """A Host PC that says in words what it does not do. Not for callers: use `connected_host`.

    link: an EyeLink of the library. Every method raises TrackerUnavailableError where the link or the host fails.
    """

    def __init__(self, address: str, library: Any, link: Any) -> None:
        self.address, self.library, self.link = address, library, link

    def asked(self, doing: str, call: Callable[[], Any]) -> Any:
        """What the library answers; `doing` is what the message says when it raises."""
        try:
            return call()
        except RuntimeError as error:  # the only class that the library raises
            if self._is_closed():
                raise self.error(f"the link broke while {doing}") from error
            raise self.error(f"{doing} failed ({str(error).strip() or 'no reason given'})") from error

    def command(self, text: str) -> None:
        self.asked(f"the command '{text}'", lambda: self.link.sendCommand(text))

    def message(self, text: str) -> None:
        self.asked("a message", lambda: self.link.sendMessage(text[:_LONGEST_MESSAGE]))

    def go_offline(self) -> None:
        """Leave whatever mode it is in; it waits until that is done."""
        self.asked("going off line", self.link.setOfflineMode)

    def require_link(self) -> None:
        if self.asked("looking at the link", self.link.isConnected) == _LINK_CLOSED:
            raise self.error("the link broke")

    def close(self) -> None:
        """Never raises: there is nothing more to be lost."""
        with contextlib.suppress(RuntimeError):
            self.link.close()

    def error(self, what: str) -> TrackerUnavailableError:
        return host_error(self.address, what)

    def _is_closed(self) -> bool:
        try:
            return bool(self.link.isConnected() == _LINK_CLOSED)
        except RuntimeError:
            return True


def connected_host(address: str, library: Any = None) -> EyeLinkHost:
    """Connect to the Host PC at `address`. library: the module pylink, unless a test brings another.

    Raises TrackerUnavailableError where nothing answers there.
    """
    if library is None:
        with contextlib.redirect_stdout(None):  # it prints its version when it is imported
            import pylink

        library = pylink
    try:
        return EyeLinkHost(address, library, library.EyeLink(address))
    except RuntimeError as error:
        raise host_error(address, f"connecting failed ({str(error).strip() or 'no reason given'})") from error


def host_error(address: str, what: str) -> TrackerUnavailableError:
    return TrackerUnavailableError(
        f"EyeLink at {address}: {what}. Check that the Host PC is on and its program runs, the cable, and the study's "
        "field 'tracker.address'."
    )

"""The thread of a server that checks what has arrived and gives up what will not."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from server.uploads.arriving import Arrivals
from server.uploads.checking import Checking, TakeIn, sweep

_log = logging.getLogger(__name__)
#: Uploads that another process of the server has received, or that had to be put off, are looked for so often.
_LOOK_AGAIN_S = 10.0
_LEAVE_WITHIN_S = 20.0


class UploadWorker:
    """`notice` wakes it. Between `start` and `stop` it works in the background."""

    def __init__(
        self, arrivals: Arrivals, take_in: TakeIn, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._arrivals, self._now = arrivals, now
        self._stopped = False
        self._wake = threading.Event()
        self._checking = Checking(arrivals, take_in, lambda: self._stopped, now)
        self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def notice(self) -> None:
        """Something may wait to be checked."""
        self._wake.set()

    def stop(self) -> None:
        """End soon: a check that is under way is broken off and begun anew after the next start."""
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_LEAVE_WITHIN_S)

    def _work(self) -> None:
        swept = False
        while not self._stopped:
            self._wake.clear()
            try:
                if not swept:
                    sweep(self._arrivals)
                    swept = True
                self._arrivals.expire(self._now())
                self._checking.run()
            except Exception:  # the database may be away for a while, and the next round may find it again
                _log.exception("uploads cannot be looked after just now")
            self._wake.wait(_LOOK_AGAIN_S)

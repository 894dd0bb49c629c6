"""Where nobody sits at a terminal: one line for each thing that happens, as for a log."""

from typing import TextIO

from collect.operator.protocol import OperatorStatus, Request


class PlainLines:
    """Satisfies Operator. Writes a line when the state, the trial or the warning changes; takes no requests."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: tuple[str, int, str] | None = None
        self._warning = ""

    def show(self, status: OperatorStatus) -> None:
        now = (status.state, status.trial, status.warning)
        if now == self._told or (status.state == "trial" and not status.role and status.warning == self._warning):
            return
        self._told = now
        clip = f" {status.trial} of {status.trials} ({status.role}, {status.clip})" if status.role else ""
        new = status.warning if status.warning != self._warning else ""
        self._warning = status.warning
        line = f"{status.state}{clip}" + (f": {new}" if new else "")
        try:
            print(line, file=self._stream, flush=True)
        except OSError:  # whoever read the lines is gone; the session is not
            return

    def requests(self) -> tuple[Request, ...]:
        return ()

    def close(self) -> None:
        """The stream belongs to the caller."""

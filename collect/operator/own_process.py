"""The session's end of a view that lives in a process of its own, so that drawing it never costs a frame.

Both ends speak JSON over a pipe: a status goes there, and 'seen' or a request comes back. A view that hangs is not fed
any further, a view that has died is not missed, and a view whose session has died ends by itself.
"""

import contextlib
import json
import multiprocessing
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from collect.operator.protocol import REQUESTS, OperatorStatus, Request

#: So many statuses may be on their way. Together they fit into any pipe's buffer, so that sending never waits.
_ON_THEIR_WAY = 8
_CLOSING_S = 3.0
SEEN = "seen"


class OperatorProcess:
    """Satisfies Operator. `view` is run in a new process as view(pipe, *details)."""

    def __init__(self, view: Callable[..., None], *details: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=view, args=(theirs, *details), daemon=True, name="operator")
        self._process.start()
        theirs.close()
        self._unseen = 0
        self._asked: list[Request] = []
        self._gone = False

    def show(self, status: OperatorStatus) -> None:
        self._listen()
        if self._gone or self._unseen >= _ON_THEIR_WAY:
            return
        try:
            self._pipe.send_bytes(encoded(status))
            self._unseen += 1
        except OSError:
            self._gone = True

    def requests(self) -> tuple[Request, ...]:
        self._listen()
        asked, self._asked = tuple(self._asked), []
        return asked

    def close(self) -> None:
        if self._pipe.closed:
            return
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(b"")
        self._process.join(_CLOSING_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._pipe.close()

    def _listen(self) -> None:
        try:
            while not self._gone and self._pipe.poll(0):
                said = self._pipe.recv_bytes().decode()
                if said == SEEN:
                    self._unseen -= 1
                else:
                    self._asked += [request for request in REQUESTS if request == said]
        except (EOFError, OSError):
            self._gone = True


def encoded(status: OperatorStatus) -> bytes:
    return json.dumps(asdict(status)).encode()


def received(pipe: Connection) -> OperatorStatus | None:
    """The view's end: the next status, told as seen; None where the session is over or dead."""
    try:
        raw = pipe.recv_bytes()
        if not raw:
            return None
        pipe.send_bytes(SEEN.encode())
    except (EOFError, OSError):
        return None
    fields = json.loads(raw)
    return OperatorStatus(**{**fields, "waiting": tuple(fields["waiting"])})


def ask(pipe: Connection, request: Request) -> None:
    """The view's end: pass on what the experimenter asked for."""
    with contextlib.suppress(OSError):  # the session is over
        pipe.send_bytes(request.encode())

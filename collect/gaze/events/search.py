"""The search for eye events of a whole bundle in a process of its own.

It takes minutes and memory for an hour of samples, and its libraries are not ours: whatever becomes of it there, the
session goes on here. The process gives JSON over a pipe: {done, total}, at last {source, parts} or {error, message}.
"""

import contextlib
import json
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collect.bundle.format import GAZE_SAMPLES_FILE
from collect.bundle.rows import Event
from collect.gaze.errors import EventSearchFailedError

_TELL_EVERY_S = 0.2
_WHERE = "the process that looks for eye events"


@dataclass(frozen=True)
class FoundEvents:
    """`parts`: lines of gaze/events.csv for each part of the session, which each resume parts."""

    source: str
    parts: tuple[tuple[Event, ...], ...]


class EventSearch:
    """Use as a context manager: entering starts the process, and leaving ends it."""

    def __init__(self, folder: Path) -> None:
        """`folder`: a bundle whose samples are on disk."""
        #: How many samples were looked through, of how many; total 0 until that is known.
        self.done, self.total = 0, 0
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(
            target=search, args=(self._theirs, str(folder)), daemon=True, name="eye-events"
        )  # fmt: skip
        self._answer: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._pipe.close()

    def finished(self, wait_s: float) -> bool:
        """Waits at most so long for news. True once `found` has an answer."""
        try:
            while self._answer is None and self._pipe.poll(wait_s):
                said, wait_s = json.loads(self._pipe.recv_bytes()), 0.0
                if "done" in said:
                    self.done, self.total = said["done"], said["total"]
                else:
                    self._answer = said
        except (EOFError, OSError):
            self._process.join()
            self._answer = {"error": "", "message": f"{_WHERE} died (exit code {self._process.exitcode})"}
        return self._answer is not None

    def found(self) -> FoundEvents:
        """Once `finished`. Raises EventSearchFailedError; its message says why nothing was found."""
        assert self._answer is not None, "the search has not finished"
        if "error" in self._answer:
            raise EventSearchFailedError(self._answer["message"])
        parts = (tuple(_event(row) for row in part) for part in self._answer["parts"])
        return FoundEvents(self._answer["source"], tuple(parts))


def _event(row: list[Any]) -> Event:
    return tuple(float("nan") if value is None else value for value in row)  # type: ignore[return-value] # as sent


def search(pipe: Connection, folder: str) -> None:
    """The process. A Ctrl-C is for the session, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from collect.errors import CollectError

    try:
        answer = _search(Path(folder), _Teller(pipe))
    except CollectError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    except Exception as error:  # whatever the library raises is told there, and not here
        answer = {"error": type(error).__name__, "message": f"{_WHERE} failed ({type(error).__name__}: {error})"}
    with contextlib.suppress(OSError):  # the session is gone
        pipe.send_bytes(json.dumps(answer).encode())


def _search(folder: Path, tell: Callable[[int, int], None]) -> dict[str, Any]:
    from collect.bundle.reader import read_bundle
    from collect.gaze.events.of_samples import events_of_samples, source_of

    bundle = read_bundle(folder)
    header, samples = bundle.header, bundle.gaze_samples()
    parts: list[list[Event]] = []
    before = 0
    for number in range(bundle.parts):
        part = bundle.of_part(number, GAZE_SAMPLES_FILE, samples)
        told = _of_all_parts(tell, before, len(part), len(samples))
        parts.append(events_of_samples(part, header.screen, header.tracker.rate_hz, told) if len(part) else [])
        before += len(part)
    rows = [[[None if value != value else value for value in event] for event in part] for part in parts]
    return {"source": source_of(header.screen), "parts": rows}


def _of_all_parts(tell: Callable[[int, int], None], before: int, length: int, total: int) -> Callable[[int, int], None]:
    """From how much of a part of the session is done to how many samples of all of it."""
    return lambda done, of: tell(before + length * done // of, total)


class _Teller:
    """Tells a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._told_s = pipe, 0.0

    def __call__(self, done: int, total: int) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            self._pipe.send_bytes(json.dumps({"done": done, "total": total}).encode())

"""Processes that a launcher such as torchrun started together: who is there, who has ended, and why.

They meet in the launcher's store, in which each leaves a sign of life; nothing else travels between them. What they
train lies on the disk (model.training.sharing).
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import torch.distributed as dist

from model.errors import ProcessLostError, SharingError

#: So long all may take to come, and after so long without a sign of life a process counts as lost.
MEET_S = 600.0
LOST_S = 120.0
#: A process leaves a sign of life, and looks for those of the others, so often.
BEAT_S = 2.0
_POLL_S = 0.2
#: So long a word to the store may take at the end; then the process goes all the same.
_HOME_S = 10.0
_ENDED, _SPOKEN = "ended", "spoken"


class Store(Protocol):
    """What is used of a torch.distributed.Store."""

    def set(self, key: str, value: str) -> None: ...
    def get(self, key: str) -> bytes: ...
    def check(self, keys: list[str]) -> bool: ...
    def add(self, key: str, amount: int) -> int: ...


def meet() -> Store:
    """The store of the launcher, whose variables torch reads. Raises SharingError where it cannot be reached."""
    if not dist.is_available():
        raise SharingError("This build of torch has no torch.distributed: train without torchrun, or install another.")
    try:
        store, _, _ = next(dist.rendezvous("env://", timeout=timedelta(seconds=MEET_S)))
    except (RuntimeError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise SharingError(f"The processes of this training did not find each other: {said}. Start again.") from error
    return store


class Ranks:
    """This process among `size`; `rank` 0 leads. `clock` in seconds, from any moment."""

    def __init__(
        self, store: Store, rank: int, size: int, host: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rank, self.size = rank, size
        self._store, self._host, self._clock = store, host, clock
        self._beats = 0
        self._seen: dict[int, tuple[bytes, float]] = {}
        self._lost: ProcessLostError | None = None
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        store.set(f"host {rank}", host)

    def __enter__(self) -> "Ranks":
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Python's end takes a thread out of the midst of torch's code, which aborts the process: it has to come home.
        self._over.set()
        self._watcher.join(_HOME_S)

    def say(self, key: str, value: str = "") -> None:
        """For all to hear, at any time after."""
        self._reach(lambda: self._store.set(key, value))

    def hear(self, key: str) -> str:
        """What was said under this key, as soon as it is. Raises ProcessLostError."""
        while not self._reach(lambda: self._store.check([key])):
            self.look_around()
            self._over.wait(_POLL_S)
        return str(self._reach(lambda: self._store.get(key)).decode())

    def said(self, key: str) -> bool:
        return bool(self._reach(lambda: self._store.check([key])))

    def pause(self) -> None:
        """A moment, where others must be waited for. Raises ProcessLostError."""
        self.look_around()
        self._over.wait(_POLL_S)

    def end(self, why: str) -> bool:
        """Tell the others that this process cannot go on; whether it is on it to tell the user, as nobody else has."""
        try:
            self._store.set(_ENDED, f"process {self.rank} on {self._host}: {why}")
        except RuntimeError:
            return True  # nobody hears it any more
        return self.speaks()

    def speaks(self) -> bool:
        """Whether it is on this process to tell the user that another one was lost: nobody has, and one should."""
        try:
            return self._store.add(_SPOKEN, 1) == 1
        except RuntimeError:
            return self.rank <= 1  # the store went with the process that held it; of the others this one speaks

    def look_around(self) -> None:
        """Raises ProcessLostError where another process has ended or was lost."""
        if self._lost is not None:
            raise self._lost

    def beat(self) -> None:
        """Leave a sign of life, and look for those of the others."""
        self._beats += 1
        self._store.set(f"beat {self.rank}", str(self._beats))
        if self._store.check([_ENDED]):
            raise ProcessLostError(self._store.get(_ENDED).decode())
        for other in range(self.size):
            if other != self.rank and not self._store.check([gone(other)]):
                self._look_at(other)

    def _look_at(self, other: int) -> None:
        key = f"beat {other}"
        now, found = self._clock(), self._store.get(key) if self._store.check([key]) else b""
        if found != self._seen.setdefault(other, (found, now))[0]:
            self._seen[other] = (found, now)
            return
        silent_s, bearable_s = now - self._seen[other][1], LOST_S if found else MEET_S
        if silent_s > bearable_s:
            host = f" on {self._store.get(f'host {other}').decode()}" if found else ""
            raise ProcessLostError(lost(f"process {other}{host} gave no sign of life for {bearable_s:g} s"))

    def _watch(self) -> None:
        while not self._over.is_set():
            try:
                self.beat()
            except ProcessLostError as error:
                self._lost = error
                return
            except RuntimeError:  # torch.distributed's own errors are of this kind
                self._lost = ProcessLostError(lost("the process that all met at has ended"))
                return
            self._over.wait(BEAT_S)

    def _reach(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except RuntimeError as error:
            raise ProcessLostError(lost("the process that all met at has ended")) from error


def gone(rank: int) -> str:
    """The key under which a process says that it has done its share, and will not be heard of again."""
    return f"gone {rank}"


def lost(what: str) -> str:
    """In words, with what to do."""
    return f"{what}, so training ended. What was finished is kept: the same command goes on with the rest."

"""Several processes that serve one address: they share the listening socket, and the kernel hands requests to whichever
is free. A process that dies is replaced; ended are all of them together.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from server.errors import ServerError

#: Told by a process when it answers requests.
_READY = "ready"
#: How long one may take to finish what it has begun.
PATIENCE_S = 10.0
#: Processes that die one after another show a fault that replacing them does not mend.
MOST_REPLACED, WITHIN_S = 5, 60.0
_ENDING = (signal.SIGINT, signal.SIGTERM)

_log = logging.getLogger(__name__)
# Not 'fork': a child would inherit locks and connections in whatever state they are.
_PROCESSES = multiprocessing.get_context("spawn")

#: Runs a server on a socket until it is told to end; calls what it is given when it answers. It travels to the
#: processes, so it is a function of a module, or a `partial` of one.
Run = Callable[[socket.socket, Callable[[], None]], None]


class WorkerDiedError(ServerError):
    """A process ended while it was starting, or they end one after another."""


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    told: Connection


def run_workers(run: Run, listener: socket.socket, workers: int, ready: Callable[[], None]) -> None:
    """Let `workers` processes `run(listener, …)` until SIGINT or SIGTERM; `ready` is called when all answer.

    Raises WorkerDiedError, and KeyboardInterrupt after SIGINT; then none is left.
    """
    with _told_of_signals() as told_to_end:
        team: list[_Worker] = []
        try:
            team.extend(_start(run, listener) for _ in range(workers))  # each is known as soon as it runs
            if all(_answers(worker, told_to_end) for worker in team):
                ready()
                _keep_up(team, run, listener, told_to_end)
            signalled = told_to_end.recv()
        finally:
            _end(team)
    if signalled == signal.SIGINT:
        raise KeyboardInterrupt


def _keep_up(team: list[_Worker], run: Run, listener: socket.socket, told_to_end: Connection) -> None:
    """Replace whoever dies, until told to end."""
    replaced: list[float] = []
    while told_to_end not in (ended := wait([told_to_end, *(worker.process.sentinel for worker in team)])):
        for index, worker in enumerate(team):
            if worker.process.sentinel in ended:
                _note_death(worker, replaced)
                team[index] = _start(run, listener)


@contextlib.contextmanager
def _told_of_signals() -> Iterator[Connection]:
    """Something to wait for, which gives the number of the SIGINT or SIGTERM that came.

    An exception in the middle of starting a process would leave one that nobody knows of.
    """
    told, telling = _PROCESSES.Pipe(duplex=False)
    before = {each: signal.signal(each, lambda number, _: telling.send(number)) for each in _ENDING}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        told.close()
        telling.close()


def _start(run: Run, listener: socket.socket) -> _Worker:
    told, telling = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_work, args=(run, listener, telling), name="duchenne-worker")
    process.start()
    telling.close()  # ours; so that the end of theirs is noticed
    return _Worker(process, told)


def _work(run: Run, listener: socket.socket, telling: Connection) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    # If the parent is killed, nobody else would end us.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Ctrl-C reaches the whole group; the server inside ends by it, and says no more.
    with contextlib.suppress(KeyboardInterrupt):
        run(listener, lambda: telling.send(_READY))


def _end_with(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _answers(worker: _Worker, told_to_end: Connection) -> bool:
    """Wait until it does; False if told to end before."""
    if told_to_end in wait([worker.told, told_to_end]):
        return False
    try:
        return bool(worker.told.recv() == _READY)
    except EOFError:
        raise WorkerDiedError("a process of the server ended while it was starting; its log says why") from None


def _note_death(worker: _Worker, replaced: list[float]) -> None:
    process = worker.process
    _log.error("process %s of the server ended (%s); another takes its place", process.pid, process.exitcode)
    now = time.monotonic()
    replaced.append(now)
    if len([one for one in replaced if now - one < WITHIN_S]) > MOST_REPLACED:
        raise WorkerDiedError(f"the server's processes end one after another, {len(replaced)} so far; its log says why")


def _end(team: list[_Worker]) -> None:
    for worker in team:
        worker.process.terminate()
    for worker in team:
        worker.process.join(PATIENCE_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.told.close()

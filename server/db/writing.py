"""Who writes when. SQLite lets one writer in at a time; here they are served first come, first served.

Left to themselves, writers of SQLite wait for each other by trying again at random, and with sixteen of them the
unlucky wait for seconds. So one thread owns the writing: small pieces of work queue in front of it, and those that
wait together share one COMMIT, which is the slow part because it waits for the disk. Each runs in a SAVEPOINT of its
own, so that one that fails takes nothing of the others with it, and nobody hears of success before the COMMIT. A
longer transaction takes its turn in the same queue and has the database to itself.

PostgreSQL lets many write at once and groups their commits itself: there a few threads do the same work.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from server.db.errors import DatabaseBusyError, DatabaseFullError

T = TypeVar("T")
#: So many pieces of work share a COMMIT at most: the first of them waits for the last.
MOST_TOGETHER = 16
PATIENCE_S = 30.0


class Writer(Protocol):
    """What a database writes through."""

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]": ...

    def turn(self) -> AbstractContextManager[None]: ...

    def close(self) -> None: ...


def wait_for(written: "Future[T]") -> T:
    """What the work gave, once it is committed. Raises what the work raised, and DatabaseBusyError."""
    try:
        return written.result(PATIENCE_S)
    except TimeoutError:
        if not written.cancel():  # it runs just now: whether it will be committed is worth the wait
            return written.result()
        raise _busy() from None


async def wait_for_without_thread(written: "Future[T]") -> T:
    """The same for who must not block a thread."""
    patience = asyncio.get_running_loop().call_later(PATIENCE_S, written.cancel)
    try:
        return await asyncio.wrap_future(written)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # whoever waited is gone
            raise
        raise _busy() from None
    finally:
        patience.cancel()


class OneWriter:
    """The queue in front of an SQLite database. `engine` begins its transactions with BEGIN IMMEDIATE."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Work | _Turn | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._holder: int | None = None

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Queue `work`; the future has its result when it is committed."""
        waiting = _Work(work)
        self._put(waiting)
        return waiting.done

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the writing to oneself. Raises DatabaseBusyError if that takes too long."""
        waiting = _Turn()
        self._put(waiting)
        wait_for(waiting.granted)
        self._holder = threading.get_ident()
        try:
            yield
        finally:
            self._holder = None
            waiting.over.set()

    def close(self) -> None:
        """End the thread when it has done what is queued."""
        with self._starting:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None

    def _put(self, waiting: "_Work | _Turn") -> None:
        # It would wait for itself, for ever.
        assert threading.get_ident() != self._holder, "a transaction within a transaction"
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
                    self._thread.start()
        assert threading.current_thread() is not self._thread, "a transaction within a transaction"
        self._queue.put(waiting)

    def _serve(self) -> None:
        connection: Connection | None = None
        head = self._queue.get()
        while head is not None:
            if isinstance(head, _Turn):
                head.take()
                head = self._queue.get()
                continue
            group = _Group(head, self._queue)
            try:
                connection = connection or self._engine.connect()
                group.commit(connection)
            except BaseException as error:  # whatever it is, those who wait must hear of it
                group.fail(in_words(error))
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                    connection = None
            head = group.next or self._queue.get()
        if connection is not None:
            connection.close()


class ManyWriters:
    """PostgreSQL: each piece of work in a transaction of its own, several at once."""

    def __init__(self, engine: Engine, at_once: int) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="writer")

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Start `work` as soon as a thread is free; the future has its result when it is committed."""
        return self._pool.submit(self._write, work)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nothing to wait for."""
        yield

    def close(self) -> None:
        self._pool.shutdown()

    def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except OperationalError as error:
            raise in_words(error) from error


class _Work:
    """A piece of work and where its result is told."""

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.run = work
        self.done: Future[Any] = Future()


class _Turn:
    """Somebody's turn to have the writing to themselves."""

    def __init__(self) -> None:
        self.granted: Future[None] = Future()
        self.over = threading.Event()

    def take(self) -> None:
        """Let them, and wait until they are done; nothing if they have given up."""
        if self.granted.set_running_or_notify_cancel():
            self.granted.set_result(None)
            self.over.wait()


class _Group:
    """Pieces of work that share a COMMIT: the first, and what else waits by then."""

    def __init__(self, first: _Work, waiting: "queue.SimpleQueue[_Work | _Turn | None]") -> None:
        self._first = first
        self._waiting = waiting
        self._begun: list[Future[Any]] = []
        #: What came after the group and is not of it.
        self.next: _Turn | None = None

    def commit(self, connection: Connection) -> None:
        """Do it all, commit, and tell. Raises what ended the whole transaction; then nobody was told anything."""
        pieces = self._pieces()
        work = next(pieces, None)
        if work is None:
            return
        outcomes = []
        with connection.begin():
            while work is not None:
                outcomes.append(_run(connection, work))
                work = next(pieces, None)
        for future, (result, error) in zip(self._begun, outcomes, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(in_words(error))

    def fail(self, error: BaseException) -> None:
        """Tell everybody whose work was begun that nothing of it is committed."""
        for future in self._begun:
            future.set_exception(error)

    def _pieces(self) -> Iterator[_Work]:
        """What is to be done, and is from now on past calling off."""
        work: _Work | None = self._first
        while work is not None:
            if work.done.set_running_or_notify_cancel():
                self._begun.append(work.done)
                yield work
            work = self._another() if len(self._begun) < MOST_TOGETHER else None

    def _another(self) -> _Work | None:
        try:
            following = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if isinstance(following, _Work):
            return following
        if following is None:
            self._waiting.put(None)
        self.next = following
        return None


def _run(connection: Connection, work: _Work) -> tuple[Any, BaseException | None]:
    """Result or error of one piece of work. Raises what ended the whole transaction."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute("SAVEPOINT piece")
    try:
        result = work.run(connection)
    except BaseException as error:  # it belongs to whoever waits for the result
        if not raw.in_transaction:  # a full disk, for example, ends more than the savepoint
            raise
        raw.execute("ROLLBACK TO piece")
        raw.execute("RELEASE piece")
        return None, error
    raw.execute("RELEASE piece")
    return result, None


def in_words(error: BaseException) -> BaseException:
    """DatabaseBusyError for what SQLite says when another process has written for long, DatabaseFullError for what
    either engine says of a full disk, else the error itself.
    """
    if isinstance(error, OperationalError) and "locked" in str(error.orig):
        return _busy()
    if isinstance(error, OperationalError) and any(said in str(error.orig) for said in _FULL):
        return DatabaseFullError(
            f"The disk of the database takes no more ({error.orig}), and nothing of this was saved. Make room there, "
            "then try again"
        )
    return error


#: SQLite's words, and PostgreSQL's.
_FULL = ("disk is full", "No space left on device")


def _busy() -> DatabaseBusyError:
    return DatabaseBusyError(
        "Others have been writing to the database for long, and nothing of this was saved. Send it again in a moment"
    )

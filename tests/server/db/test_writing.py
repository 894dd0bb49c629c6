"""Writing in turn: each piece whole and by itself, told only when committed, first come, first served."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from server.db import writing
from server.db.engine import Database
from server.db.errors import DatabaseBusyError, DatabaseFullError
from server.db.revisions import open_database

ADD = text("INSERT INTO study (id, title) VALUES (:id, 'Title')")


def add(study: str) -> Any:
    def work(connection: Connection) -> str:
        connection.execute(ADD, {"id": study})
        return study

    return work


def fail_after(study: str) -> Any:
    def work(connection: Connection) -> None:
        connection.execute(ADD, {"id": study})
        raise ValueError(study)

    return work


def in_a_loop(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """In a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result(30)


def studies(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT id FROM study ORDER BY id")))


def test_what_is_written_is_committed_when_it_is_told(database: Database) -> None:
    assert database.write(add("one")) == "one"
    other = open_database(database.engine.url.render_as_string(hide_password=False))
    assert studies(other) == ["one"]
    other.close()


def test_a_piece_that_fails_is_undone_alone(database: Database) -> None:
    """Also where it shares its commit with others."""
    pieces = [database._writer.submit(work) for work in (add("a"), fail_after("b"), add("c"), add("a"), add("d"))]
    outcomes = [piece.exception(30) for piece in pieces]
    assert [type(outcome) for outcome in outcomes][:3] == [type(None), ValueError, type(None)]
    assert outcomes[3] is not None  # there is an 'a' already
    assert studies(database) == ["a", "c", "d"]


def test_without_waiting_threads_too(database: Database) -> None:
    async def both() -> Sequence[Any]:
        return await asyncio.gather(
            database.written(add("one")), database.written(fail_after("two")), return_exceptions=True
        )

    told, failed = in_a_loop(both)
    assert told == "one"
    assert isinstance(failed, ValueError)
    assert studies(database) == ["one"]


@pytest.fixture
def sqlite(sqlite_url: str) -> Any:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


class Held:
    """Somebody who has the writing to themselves until let go."""

    def __init__(self, database: Database) -> None:
        self.database, self.begun, self.over = database, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.hold)

    def hold(self) -> None:
        with self.database.transaction() as session:
            session.execute(ADD, {"id": "held"})
            self.begun.set()
            assert self.over.wait(30)

    def __enter__(self) -> None:
        self.thread.start()
        assert self.begun.wait(30)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def test_pieces_that_wait_together_share_a_commit_in_the_order_in_which_they_came(sqlite: Database) -> None:
    commits: list[int] = []
    order: list[str] = []

    def note(study: str) -> Any:
        def work(connection: Connection) -> None:
            order.append(study)
            connection.execute(ADD, {"id": study})

        return work

    event.listen(sqlite.engine, "commit", lambda _connection: commits.append(1))
    names = [f"{n:02}" for n in range(2 * writing.MOST_TOGETHER)]
    with Held(sqlite):
        pieces = [sqlite._writer.submit(note(name)) for name in names]
        assert not any(piece.done() for piece in pieces)
    for piece in pieces:
        piece.result(30)
    assert order == names
    assert len(commits) == 1 + 2  # the holder's, and one for each group


def test_nobody_is_told_of_success_when_the_commit_fails(sqlite: Database) -> None:
    def full_disk(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # of this connection; SQLite then says the disk is full
        connection.execute(text("CREATE TABLE much AS SELECT zeroblob(1000000) AS zeros"))

    with Held(sqlite):
        pieces = [sqlite._writer.submit(work) for work in (add("a"), full_disk, add("b"))]
    outcomes = [piece.exception(30) for piece in pieces]
    assert isinstance(outcomes[1], DatabaseFullError)
    assert "takes no more (database or disk is full)" in str(outcomes[1])
    stored = set(studies(sqlite)) - {"held"}
    assert stored == {name for name, outcome in zip(("a", "-", "b"), outcomes, strict=True) if outcome is None}
    assert sqlite.write(add("later")) == "later"


def test_longer_transactions_take_their_turn_in_the_same_queue(sqlite: Database) -> None:
    def transact(study: str) -> None:
        with sqlite.transaction() as session:
            session.execute(ADD, {"id": study})

    with ThreadPoolExecutor(8) as pool:
        waiting = [
            pool.submit(transact, f"t{n}") if n % 3 else pool.submit(sqlite.write, add(f"w{n}")) for n in range(48)
        ]
        for one in waiting:
            one.result(60)
    assert len(studies(sqlite)) == 48


def test_a_transaction_within_a_transaction_is_refused_and_not_waited_for(sqlite: Database) -> None:
    def nested(_connection: Connection) -> None:
        sqlite.write(add("inner"))

    with sqlite.transaction(), pytest.raises(AssertionError, match="within a transaction"), sqlite.transaction():
        pass
    with pytest.raises(AssertionError, match="within a transaction"):
        sqlite.write(nested)
    assert sqlite.write(add("after")) == "after"


def test_whoever_waits_too_long_is_told_and_writes_nothing(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE_S", 0.01)
    with Held(sqlite):
        with pytest.raises(DatabaseBusyError, match="Send it again"):
            sqlite.write(add("impatient"))
        with pytest.raises(DatabaseBusyError):
            in_a_loop(lambda: sqlite.written(add("impatient too")))
        with pytest.raises(DatabaseBusyError), sqlite.transaction():
            pass
    monkeypatch.undo()
    sqlite.write(add("patient"))
    assert studies(sqlite) == ["held", "patient"]
    assert DatabaseBusyError.status == 503


def test_what_is_queued_is_written_before_the_end(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with Held(database):
        piece: Future[str] = database._writer.submit(add("last"))
    database.close()
    assert piece.result(0) == "last"

"""Opening the database: one engine, and the two kinds of transaction that the server knows.

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when it is reset, so the library from the pysqlite3 wheel is used
and the log only where that library is new enough. The driver's own idea of when a transaction begins gives no stable
read, so transactions are begun explicitly, and those that write take the lock at once: two that both read first and
write later would otherwise end in a deadlock that no waiting solves.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from server.db import tables
from server.db.errors import DatabaseUnreachableError, UnsupportedDatabaseError
from server.db.prepared import Prepared
from server.db.unstorable import refuse_unstorable
from server.db.writing import ManyWriters, OneWriter, Writer, in_words, wait_for, wait_for_without_thread

T = TypeVar("T")
METADATA = tables.METADATA
SAFE_WAL_SINCE = (3, 51, 3)
BUSY_TIMEOUT_MS = 15_000
#: Of one process; those of a few processes together must stay below PostgreSQL's own limit, 100 unless set otherwise.
POSTGRESQL_CONNECTIONS = 12
_BEGIN = "sqlite_begin"


class Database:
    """An open database. Sessions keep their objects' loaded values after the commit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        reading: dict[str, Any] = (
            {_BEGIN: "DEFERRED"}
            if self.is_sqlite
            else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        self._reading = engine.execution_options(**reading)
        self._writing = engine.execution_options(**{_BEGIN: "IMMEDIATE"})
        self._reads_at_once = self.is_sqlite and _journal(_sqlite_library()) == "WAL"
        #: Connections that wait for the next `ask`: as many as ever asked at once.
        self._idle: list[PoolProxiedConnection] = []
        self._writer: Writer = (
            OneWriter(self._writing) if self.is_sqlite else ManyWriters(self._writing, POSTGRESQL_CONNECTIONS)
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def reads_at_once(self) -> bool:
        """Whether a small read never waits: not for a network, and not for whoever writes."""
        return self._reads_at_once

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end of the block, rolled back by any exception.

        On SQLite nobody else writes meanwhile. Raises DatabaseBusyError if its turn does not come.
        """
        with self._writer.turn(), Session(self._writing, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except OperationalError as error:
                raise in_words(error) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run a short piece of writing and return its result once it is committed.

        What waits at the same time may share the commit, so `work` must be quick, must not commit, and must not open a
        transaction of its own. An exception undoes this piece alone and is raised here. Raises DatabaseBusyError.
        """
        return wait_for(self._writer.submit(work))

    async def written(self, work: Callable[[Connection], T]) -> T:
        """`write` for an `async def` endpoint: no thread waits."""
        return await wait_for_without_thread(self._writer.submit(work))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the database from its first query to its last, and writes nothing."""
        with Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    def ask(self, statement: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of one reading statement, which sees one state of the database by itself.

        For what is asked with every request: on SQLite it takes a fifth of the time of `reading`.
        """
        if not self.is_sqlite:
            with self._reading.connect() as connection, connection.begin():
                return statement.all(connection, values)
        waiting = self._waiting_connection()
        try:
            rows = statement.all_on(waiting.dbapi_connection, self.engine.dialect, values)
        except BaseException:
            waiting.close()
            raise
        self._idle.append(waiting)
        return rows

    def _waiting_connection(self) -> PoolProxiedConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return self.engine.raw_connection()

    def close(self) -> None:
        """End what waits in the queue, then the connections."""
        self._writer.close()
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()


def database_url(url: str) -> URL:
    """The URL with the driver we use. Raises UnsupportedDatabaseError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UnsupportedDatabaseError(
            "The database URL cannot be read; expected sqlite:////folder/file.db or postgresql://user@host/name"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise UnsupportedDatabaseError(
                f"{parsed}: an SQLite database needs a file, such as sqlite:////var/lib/duchenne/duchenne.db"
            )
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise UnsupportedDatabaseError(
        f"{parsed.render_as_string()}: expected sqlite:////folder/file.db or postgresql://user@host/name, "
        f"got {parsed.get_backend_name()!r}"
    )


def create_database_engine(url: str) -> Engine:
    """An engine for the URL; connects to nothing yet. Raises UnsupportedDatabaseError."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite_engine(parsed)
    else:
        engine = create_engine(
            parsed, pool_pre_ping=True, pool_size=POSTGRESQL_CONNECTIONS, max_overflow=8, hide_parameters=True
        )
    refuse_unstorable(engine)
    return engine


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection, with what fails on the way told in our words. Raises DatabaseUnreachableError."""
    where = engine.url.render_as_string(hide_password=True)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnreachableError(
            f"{where}: the database cannot be opened ({reason}); check DUCHENNE_DATABASE_URL and that the folder or "
            "the database server is there and may be used"
        ) from error
    with connection:
        yield connection


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database, None for PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _sqlite_library() -> ModuleType:
    try:
        from pysqlite3 import dbapi2
    except ImportError:  # no wheel for this platform: Python's own library, without the log if it is too old
        from sqlite3 import dbapi2
    return dbapi2


def _journal(library: ModuleType) -> str:
    return "WAL" if library.sqlite_version_info >= SAFE_WAL_SINCE else "DELETE"


def _sqlite_engine(url: URL) -> Engine:
    library = _sqlite_library()
    journal = _journal(library)
    # As many as there are threads that may read at once: to open one takes longer than most of what is read.
    # And what a row holds about a person is in no error's words.
    engine = create_engine(url, module=library, pool_size=40, max_overflow=10, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged label survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'IMMEDIATE')}")

    return engine

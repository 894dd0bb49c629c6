"""Which revision a database has, and which this version of Duchenne knows: every serving process asks.

Alembic names the revision in its own table and in the name of each migration's file. It is not asked itself here: to
import it takes a server longer than to open its database.
"""

import importlib.util
import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from server.db.engine import Database, connected, create_database_engine, sqlite_file
from server.db.errors import DatabaseNotUpgradedError, DatabaseTooNewError

_MIGRATION = re.compile(r"(\d{4})_\w+\.py")


def migrations_folder() -> Path:
    """Where the migrations lie, wherever the package is installed and whatever the current folder is."""
    package = importlib.util.find_spec("migrations")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent


def newest_revision() -> str:
    """The revision that this version of Duchenne works with."""
    return max(known_revisions())


def known_revisions() -> set[str]:
    """Every revision that this version can upgrade from."""
    files = (_MIGRATION.fullmatch(file.name) for file in (migrations_folder() / "versions").iterdir())
    return {file[1] for file in files if file}


def revision_of(connection: Connection) -> str | None:
    """The database's revision, None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def refuse_later_revision(connection: Connection) -> str | None:
    """The database's revision, None if it has none. Raises DatabaseTooNewError if we do not know it."""
    revision = revision_of(connection)
    if revision is not None and revision not in known_revisions():
        where = connection.engine.url.render_as_string(hide_password=True)
        raise DatabaseTooNewError(
            f"{where}: this database has revision {revision!r}, made by a later version of Duchenne; this version "
            f"knows revisions up to {newest_revision()!r}. Install the version that made it, or name another database"
        )
    return revision


def open_database(url: str) -> Database:
    """Open an upgraded database.

    Raises:
        UnsupportedDatabaseError, DatabaseUnreachableError: the URL or what is behind it is wrong.
        DatabaseNotUpgradedError: it is empty or older than this version.
        DatabaseTooNewError: a later version has upgraded it.
    """
    engine = create_database_engine(url)
    where = engine.url.render_as_string(hide_password=True)
    file = sqlite_file(engine.url)
    if file is not None and not file.exists():
        raise DatabaseNotUpgradedError(f"{file}: there is no database yet; make it with `duchenne db upgrade`")
    try:
        with connected(engine) as connection:
            revision = refuse_later_revision(connection)
        newest = newest_revision()
        if revision != newest:
            has = "no tables yet" if revision is None else f"revision {revision!r}"
            raise DatabaseNotUpgradedError(
                f"{where}: the database has {has}, this version needs {newest!r}; run `duchenne db upgrade`"
            )
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)

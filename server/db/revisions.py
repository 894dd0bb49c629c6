"""Which revision a database has, and which this version of Duchenne knows."""

import importlib.util
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.db.engine import Database, connected, create_database_engine, sqlite_file
from server.db.errors import DatabaseNotUpgradedError, DatabaseTooNewError


def migration_config() -> Config:
    """Alembic's configuration, wherever the package is installed and whatever the current folder is."""
    package = importlib.util.find_spec("migrations")
    assert package is not None
    assert package.origin is not None
    config = Config()
    config.set_main_option("script_location", str(Path(package.origin).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision that this version of Duchenne works with."""
    head = ScriptDirectory.from_config(migration_config()).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


def known_revisions() -> set[str]:
    """Every revision that this version can upgrade from."""
    return {script.revision for script in ScriptDirectory.from_config(migration_config()).walk_revisions()}


def refuse_later_revision(connection: Connection) -> str | None:
    """The database's revision, None if it has none. Raises DatabaseTooNewError if we do not know it."""
    revision = MigrationContext.configure(connection).get_current_revision()
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

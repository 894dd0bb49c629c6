"""Bringing a database to this version, and telling where it differs from what the tables declare."""

import warnings

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text

from server.db.engine import METADATA, connected, create_database_engine, sqlite_file
from server.db.revisions import migrations_folder, newest_revision, refuse_later_revision

#: Alembic cannot compare an index over an expression on SQLite, nor a trigger anywhere: these are looked for by name.
EXPRESSION_INDEXES = ("ix_rating_task_queue", "ix_rating_task_head", "ix_disagreement_queue")
TRIGGERS = (
    "vote_is_append_only",
    "vote_makes_disagreement_old",
    "adjudication_refuses_update",
    "audit_entry_refuses_update",
    "audit_entry_refuses_delete",
)
#: A constant of ours, the same for all: only one process upgrades a PostgreSQL database at a time.
_UPGRADE_LOCK = 0x44756368


def upgrade(url: str, revision: str = "head") -> str:
    """Bring the database at `url` to `revision`, making it if it is an SQLite file that is not there.

    Returns the revision. All steps are one transaction: an upgrade that fails leaves the database as it was.
    Raises DatabaseTooNewError, DatabaseUnreachableError, UnsupportedDatabaseError.
    """
    return _migrate(url, revision, down=False)


def downgrade(url: str, revision: str) -> str:
    """Take the database back to `revision` ('base': no tables). What later revisions added is lost."""
    return _migrate(url, revision, down=True)


def check(url: str) -> list[str]:
    """Where the database differs from the declared tables, one sentence each; empty if it does not.

    Raises DatabaseTooNewError, DatabaseUnreachableError, UnsupportedDatabaseError.
    """
    engine = create_database_engine(url)
    file = sqlite_file(engine.url)
    if file is not None and not file.exists():
        return [f"{file} does not exist; run `duchenne db upgrade`"]
    try:
        with connected(engine) as connection:
            revision = refuse_later_revision(connection)
            newest = newest_revision()
            if revision != newest:
                return [f"the database has revision {revision!r}, this version {newest!r}; run `duchenne db upgrade`"]
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "include_object": _is_comparable}
            )
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*expression-based index.*")  # found by name, below
                changes = [_sentence(change) for change in compare_metadata(context, METADATA)]
            return changes + _missing_by_name(connection)
    finally:
        engine.dispose()


def _migrate(url: str, revision: str, *, down: bool) -> str:
    engine = create_database_engine(url)
    file = sqlite_file(engine.url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    config = _configuration()
    try:
        with connected(engine) as connection:
            config.attributes["connection"] = connection
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
                connection.commit()
            refuse_later_revision(connection)
            connection.rollback()
            (command.downgrade if down else command.upgrade)(config, revision)
            now = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()  # ends the session, and with it the lock
    return now or "base"


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _sentence(change: object) -> str:
    """One of Alembic's differences in a person's words: what the tables declare that the database has not, or has."""
    if isinstance(change, list):
        return "; ".join(_sentence(part) for part in change)
    assert isinstance(change, tuple)
    kind, *what = change
    names = [str(getattr(part, "name", part)) for part in what if part is not None]
    return f"{str(kind).replace('_', ' ')}: {' '.join(names)}"


def _is_comparable(_object: object, name: str | None, *_rest: object) -> bool:
    return name not in EXPRESSION_INDEXES


def _missing_by_name(connection: Connection) -> list[str]:
    """What Alembic does not compare: CHECK constraints (ours all have names), indexes over expressions, triggers."""
    inspector = inspect(connection)
    found = []
    for table in METADATA.sorted_tables:
        declared = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
        present = {str(each["name"]) for each in inspector.get_check_constraints(table.name)}
        found += [f"add check: {table.name} {name}" for name in sorted(declared - present)]
        found += [f"remove check: {table.name} {name}" for name in sorted(present - declared)]
    names = set(connection.execute(text(_NAMES[connection.dialect.name])).scalars())
    return found + [f"add: {name}" for name in (*EXPRESSION_INDEXES, *TRIGGERS) if name not in names]


_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master",
    "postgresql": "SELECT tgname FROM pg_trigger UNION ALL SELECT indexname FROM pg_indexes",
}

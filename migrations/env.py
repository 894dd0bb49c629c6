"""How Alembic runs our migrations: on the connection that server.db.upgrade hands over, in one transaction.

On SQLite a column is altered by copying the table ('batch'). With foreign keys on, dropping the old copy of a parent
deletes all its children, so they are switched off around the whole run and checked before the commit.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from server.db.tables import METADATA


def _foreign_keys(connection: Connection, state: str) -> None:
    # On the driver's own connection: inside a transaction SQLite silently ignores this pragma.
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys = {state}")


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        tables = sorted({str(row[0]) for row in orphans})
        raise RuntimeError(f"the migration would leave rows without their parents in {', '.join(tables)}")


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=sqlite,
        compare_type=True,
        transactional_ddl=True,
    )
    if sqlite:
        _foreign_keys(connection, "OFF")
    try:
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                _refuse_orphans(connection)
    finally:
        if sqlite:
            _foreign_keys(connection, "ON")


run(context.config.attributes["connection"])

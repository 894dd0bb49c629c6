"""What can be wrong with a database, each with what to do about it."""

from server.errors import ServerError


class UnsupportedDatabaseError(ServerError):
    """The URL names neither SQLite nor PostgreSQL, or cannot be read as a URL."""


class DatabaseUnreachableError(ServerError):
    """Nobody answers at the URL, or the file cannot be opened."""


class DatabaseNotUpgradedError(ServerError):
    """The database is empty or older than this version."""


class DatabaseTooNewError(ServerError):
    """A later version of Duchenne has upgraded this database."""


class DatabaseBusyError(ServerError):
    """Others have been writing for longer than anybody should wait."""

    status = 503


class ValueUnstorableError(ServerError):
    """What was sent holds a value that no database can keep."""

    status = 422


class DatabaseFullError(ServerError):
    """The disk of the database takes no more."""

    status = 507

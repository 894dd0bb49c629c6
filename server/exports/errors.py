"""Why nothing is exported."""

from server.errors import ServerError


class NoSuchExportError(ServerError):
    """A study is asked for that the database does not know, or a label policy that nobody has written."""

    status = 422


class ExportInTheWayError(ServerError):
    """The file cannot be written."""

"""Why a report is not shown."""

from server.errors import ServerError


class NoSuchReportError(ServerError):
    """There is no such report on this server."""

    status = 404

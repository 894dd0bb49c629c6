"""Why a report, or who serves, is not shown."""

from server.errors import ServerError


class NoSuchReportError(ServerError):
    """There is no such report on this server."""

    status = 404


class LedgerUnreadableError(ServerError):
    """The ledger of champions cannot be read. Without its folder, which is nobody's business in a browser."""

    status = 500

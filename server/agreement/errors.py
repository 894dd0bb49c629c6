"""Why there is nothing to show."""

from server.errors import ServerError


class NoSuchRaterError(ServerError):
    """Nobody has that pseudonym."""

    status = 404

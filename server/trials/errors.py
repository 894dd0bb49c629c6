"""Why no trial is shown."""

from server.errors import ServerError


class NoSuchTrialError(ServerError):
    """There is no such trial, or its participant has withdrawn."""

    status = 404


class CursorUnreadableError(ServerError):
    """What a page is asked to begin after is no place in the list."""

    status = 422

"""Why a study's settings are not shown or not changed."""

from server.errors import ServerError


class NoSuchStudyError(ServerError):
    """The database has no such study."""

    status = 404

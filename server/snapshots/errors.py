"""Why there is no snapshot, each with what to do about it."""

from server.errors import ServerError


class NothingToFreezeError(ServerError):
    """The filters let no trial in."""


class NoSuchStudyError(ServerError):
    """A study is asked for that the database does not know."""

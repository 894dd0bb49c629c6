"""Why a medium is not served."""

from server.errors import ServerError


class NoSuchMediumError(ServerError):
    """There is no such medium, or it is not this rater's to see. One answer for both, so that nobody learns which."""

    status = 404

"""Why nobody was withdrawn, each with what to do about it."""

from server.errors import ServerError


class NoSuchParticipantError(ServerError):
    """The study has no participant of that pseudonym."""

    status = 404


class NotConfirmedError(ServerError):
    """The pseudonym that was typed is another."""

    status = 422


class WithdrawalInterruptedError(ServerError):
    """Something outside the database could not be deleted; the withdrawal itself stands."""

    status = 500

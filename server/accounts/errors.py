"""What can go wrong with accounts, each with what to do about it."""

from server.errors import ServerError


class AccountExistsError(ServerError):
    """There is an account of that name."""


class AccountRefusedError(ServerError):
    """The name, the role or the password of a new account cannot be."""


class NoSuchAccountError(ServerError):
    """There is no account of that name."""


class LoginRefusedError(ServerError):
    """Name and password do not go together, or the account is closed. One answer for all of it."""


class TooManyFailuresError(ServerError):
    """Too many failed attempts under this name of late."""


class TokenRefusedError(ServerError):
    """An API token with these properties cannot be."""

    status = 422


class NoSuchTokenError(ServerError):
    """There is no such token of this account."""

    status = 404

"""What can go wrong with accounts, each with what to do about it. `status` is the server's answer."""

from server.errors import ServerError


class AccountExistsError(ServerError):
    """There is an account of that name."""

    status = 409


class AccountRefusedError(ServerError):
    """The name, the role or the password of an account cannot be."""

    status = 422


class NoSuchAccountError(ServerError):
    """There is no account of that name."""

    status = 404


class LastAdminError(ServerError):
    """Nobody would be left who may let people in."""

    status = 409


class LoginRefusedError(ServerError):
    """Name and password do not go together, or the account is closed. One answer for all of it."""

    status = 401


class TooManyFailuresError(ServerError):
    """Too many failed attempts under this name or from this address of late."""

    status = 429


class InvitationEndedError(ServerError):
    """The link was used, replaced or voided, has expired, or never was one."""

    status = 410


class TokenRefusedError(ServerError):
    """An API token with these properties cannot be."""

    status = 422


class NoSuchTokenError(ServerError):
    """There is no such token of this account."""

    status = 404

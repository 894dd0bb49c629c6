"""Why a recording could not be sent, each with what to do about it."""

from collect.errors import CollectError


class SendingError(CollectError):
    """Base of what goes wrong on the way to the server."""


class ServerAddressError(SendingError):
    """The server's address cannot be used."""


class TokenError(SendingError):
    """There is no token, or the server does not take it."""


class ServerRefusedError(SendingError):
    """The server says no, in words."""


class ServerAwayError(SendingError):
    """Nobody answers as they should, just now."""


class UploadLostError(SendingError):
    """The server no longer has what had arrived."""


class BundleNotSentError(SendingError):
    """The bundle is not fit to be sent."""

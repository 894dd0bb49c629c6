"""What whoever sends a recording can do something about. `status` is what the server answers with."""

from server.errors import ServerError


class UploadError(ServerError):
    """Base: nothing was changed, except where the message says so."""

    status = 400


class BadUploadRequestError(UploadError):
    """A header is missing or says what it cannot say."""


class ProtocolVersionError(UploadError):
    """The sender speaks no version of the protocol that we do."""

    status = 412


class WrongContentTypeError(UploadError):
    """A piece came with another content type."""

    status = 415


class NoSuchUploadError(UploadError):
    """There is no upload of this id for this account."""

    status = 404


class UploadGoneError(UploadError):
    """It was given up: deleted, expired or lost."""

    status = 410


class WrongOffsetError(UploadError):
    """The piece does not begin where the last one ended."""

    status = 409


class UploadEndedError(UploadError):
    """All its bytes are there; nothing can be added or taken away."""

    status = 409


class UploadBusyError(UploadError):
    """Another request writes into it."""

    status = 423


class TooLargeError(UploadError):
    """More bytes than were declared, or than this server takes."""

    status = 413


class TooManyUploadsError(UploadError):
    """The account has too much on its way."""

    status = 429


class NoRoomError(UploadError):
    """The disk has no room for it."""

    status = 507


class WrongChecksumError(UploadError):
    """The piece is not what its sender meant to send."""

    status = 460  # the protocol's own


class ArchiveRefusedError(ServerError):
    """What arrived is no archive of a bundle."""

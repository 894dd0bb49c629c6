"""Why a bundle was not taken, each with what to do about it."""

from server.errors import ServerError


class IngestRefusedError(ServerError):
    """Base: nothing of the bundle was taken."""


class BundleNotWholeError(IngestRefusedError):
    """A file of the bundle is not what was recorded."""


class BundleNotSealedError(IngestRefusedError):
    """The session was cut off, and nobody said that it may be taken as aborted."""


class BundleChangedError(IngestRefusedError):
    """A bundle of this id was taken before, and it was another."""


class ParticipantWithdrawnError(IngestRefusedError):
    """The participant has withdrawn."""


class FaceVideoError(IngestRefusedError):
    """The face video cannot be cut."""


class NoSuchRecordingError(ServerError):
    """There is no recording of this id."""

    status = 404


class BadCursorError(ServerError):
    """What should say where a page begins does not."""

    status = 422

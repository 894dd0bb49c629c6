"""Why an answer or a place was refused, each with what the rater can do."""

from server.errors import ServerError


class RatingRefusedError(ServerError):
    """Base: the rating desk refuses. `status` is the HTTP status that says the same to a program."""

    status = 409


class NotYourPlaceError(RatingRefusedError):
    """No such place, or somebody else's. One answer for both, so that nobody learns what others hold."""

    status = 404


class LeaseOverError(RatingRefusedError):
    """The lease has ended before the answer came."""


class AlreadyAnsweredError(RatingRefusedError):
    """There is an answer already; a change must say which one it replaces."""


class KeyReusedError(RatingRefusedError):
    """The idempotency key was used for another answer."""


class WrongInstrumentError(RatingRefusedError):
    """An ER answer for a FER place, or the other way round."""

    status = 422


class SpoiltError(RatingRefusedError):
    """The rater has meanwhile seen of this trial what would bias the answer."""


class WithdrawnError(RatingRefusedError):
    """The participant has withdrawn, or this trial is not rated any more."""

    status = 410


class NothingToCorrectError(RatingRefusedError):
    """The answer to be replaced is not there, not the rater's, or was replaced before."""


class TrainingAnsweredError(RatingRefusedError):
    """The right answer to a training trial was told, so one's own stays as it is."""


class ClockSetBackError(RatingRefusedError):
    """The server's clock was set back while the place was held, so its lease cannot be told."""

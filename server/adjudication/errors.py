"""Why a decision was refused, each with what the adjudicator can do."""

from server.errors import ServerError


class AdjudicationRefusedError(ServerError):
    """Base. `status` is the HTTP status that says the same to a program."""

    status = 409


class NoSuchDisputeError(AdjudicationRefusedError):
    """There is no such trial under this instrument, or it is not looked at any more."""

    status = 404


class OwnTrialError(AdjudicationRefusedError):
    """The adjudicator has rated this trial."""


class TooFewAnswersError(AdjudicationRefusedError):
    """There is nothing to decide yet."""


class DecidedMeanwhileError(AdjudicationRefusedError):
    """Another decision stands than the one that the sender knew of."""


class BadCursorError(AdjudicationRefusedError):
    """The place to go on from is none of ours."""

    status = 422

"""Why the training set was not changed, each with what the researcher can do."""

from server.errors import ServerError


class TrainingRefusedError(ServerError):
    """Base. `status` is the HTTP status that says the same to a program."""

    status = 409


class NoSuchTrialError(TrainingRefusedError):
    """There is no such trial under this instrument, or people may not look at it."""

    status = 404


class NotInTrainingError(TrainingRefusedError):
    """The trial is neither a training nor a gold trial."""


class NothingToReopenError(TrainingRefusedError):
    """This rater's training cannot be opened anew."""

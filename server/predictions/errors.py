"""Why a prediction file was not imported, each with what to do about it."""

from server.errors import ServerError


class ImportRefusedError(ServerError):
    """Base: nothing of the file was imported."""


class UnknownSnapshotError(ImportRefusedError):
    """The file is about a snapshot that was not made of this database."""


class UnknownTrialError(ImportRefusedError):
    """A prediction is about a trial that this database does not know."""


class PredictionTwiceError(ImportRefusedError):
    """The file says two things of one trial under one instrument."""


class PredictionsDifferError(ImportRefusedError):
    """The same model has already said something else of the same snapshot."""

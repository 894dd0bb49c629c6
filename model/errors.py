"""What a researcher can do something about."""


class ModelError(Exception):
    """Base of this room's errors. The message is complete: what was wrong, where, what to do.

    `unnamed` says the same where nobody may be named, as on a page that many open.
    """

    def __init__(self, told: str = "", unnamed: str = "") -> None:
        super().__init__(told)
        self.unnamed = unnamed or told


class FaceNetworksError(ModelError):
    """The two face networks are not on this machine and could not be had."""


class MediaError(ModelError):
    """A snapshot names media that are gone or cannot be read."""


class FeaturesNotKeptError(ModelError):
    """The disk does not take what was computed."""


class PicturesNotKeptError(ModelError):
    """The disk does not take what was drawn."""


class TrialNotThereError(ModelError):
    """The snapshot has no such trial."""


class RunNotKeptError(ModelError):
    """The disk does not take a model or its report."""


class NotTrainableError(ModelError):
    """This snapshot cannot be trained on: too few people, no labels, or no features."""


class LeakError(ModelError):
    """A participant is on both sides of a split."""


class RecipeError(ModelError):
    """No recipe goes by this name."""


class ModelFolderError(ModelError):
    """A model's folder is not what it says: cut off, changed, pickled, or of another recipe."""


class BenchmarkError(ModelError):
    """A benchmark's folder is not what its name says."""


class DeviceError(ModelError):
    """The device to train on is not there, or has failed."""


class SharingError(ModelError):
    """Processes that train one run together cannot agree, or one of them could not go on."""


class ProcessLostError(ModelError):
    """Of the processes that train together one has ended; whoever raises this did nothing wrong itself."""


class TrackingError(ModelError):
    """MLflow cannot be reached or does not take a model."""

"""What can go wrong with the lab's devices, one class per thing that the experimenter can do about it."""

from collect.errors import CollectError


class ScreenUnavailableError(CollectError):
    """No window could be opened: connect or choose a display."""


class ScreenSizeUnknownError(CollectError):
    """Degrees of visual angle need the screen's width and distance: write them into the study."""


class SoundUnavailableError(CollectError):
    """The study needs sound and the machine has none: plug in a sound card, or let the study go on without."""


class ClipUnreadableError(CollectError):
    """A clip cannot be decoded: replace the file."""


class CameraUnavailableError(CollectError):
    """The camera gives no pictures: plug it in, or name another one in the study."""


class EncoderTooSlowError(CollectError):
    """No encoder keeps up with the camera: choose a smaller size or rate, or a quicker machine."""


class TrackerUnavailableError(CollectError):
    """The eye tracker does not answer or refuses: look at the host PC, its cable, its address in the study."""


class RecordingNotFetchedError(TrackerUnavailableError):
    """The tracker's own file stayed on its host: fetch it again, or copy it by hand. `file`: its name there."""

    def __init__(self, tracker: str, file: str, target: str, trouble: str) -> None:
        """`tracker`: how it is called, with its address. `target`: the name that the file has in a bundle."""
        super().__init__(
            f"{tracker}: the recording could not be fetched ({trouble}). It is still on the Host PC as {file}: "
            f"copy it from there by hand and keep it with the bundle as gaze/{target}."
        )
        self.file = file

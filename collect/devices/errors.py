"""What can go wrong with the lab's devices, one class per thing that the experimenter can do about it."""

import re
from pathlib import Path

from collect.errors import CollectError

#: How RecordingNotFetchedError tells it.
_STAYED_ON_HOST = re.compile(
    r"still on the Host PC as (?P<file>[A-Z0-9_]{1,8}\.EDF).* as (?P<place>gaze/original\S*\.edf)"
)


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

    def __init__(self, tracker: str, file: str, target: Path, trouble: str) -> None:
        """`tracker`: how it is called, with its address. `target`: where the file would be now."""
        super().__init__(
            f"{tracker}: the recording could not be fetched ({trouble}). It is still on the Host PC as {file}. When "
            f"that answers again: duchenne collect fetch BUNDLE --file {file}; or copy it from there by hand, as "
            f"{target.parent.name}/{target.name}."
        )
        self.file = file

    @staticmethod
    def told_in(text: str) -> tuple[str, str] | None:
        """What such a message, kept in a journal, says: the file's name on the host, and its place in the bundle."""
        told = _STAYED_ON_HOST.search(text)
        return None if told is None else (told["file"], told["place"])


class NothingToFetchError(CollectError):
    """No file of this session waits on a tracker's host: the message says where it is, or why there is none."""

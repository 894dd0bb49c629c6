"""What can go wrong with the lab's devices, one class per thing that the experimenter can do about it."""

from collect.errors import CollectError


class ScreenUnavailableError(CollectError):
    """No window could be opened: connect or choose a display."""


class SoundUnavailableError(CollectError):
    """The study needs sound and the machine has none: plug in a sound card, or let the study go on without."""


class ClipUnreadableError(CollectError):
    """A clip cannot be decoded: replace the file."""


class CameraUnavailableError(CollectError):
    """The camera gives no pictures: plug it in, or name another one in the study."""


class TrackerUnavailableError(CollectError):
    """The eye tracker does not answer or refuses: look at the host PC, its cable, its address in the study."""

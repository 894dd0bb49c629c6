"""What can go wrong with a tracker's own file."""

from pathlib import Path

from collect.errors import CollectError


class GazeFileError(CollectError):
    """The file is none that an eye tracker wrote, or a line of it cannot be what it claims to be."""


class GazeReaderMissingError(CollectError):
    """The file could be read, but the library that does it is not installed."""


class NoEventsError(CollectError):
    """Eye events cannot be found in these samples, as they are too few, too slow or of an unknown scale."""


class EventSearchFailedError(CollectError):
    """The search for eye events broke off; the recording itself is whole."""


def cannot_open(path: Path, error: OSError) -> GazeFileError:
    return GazeFileError(f"{path}: cannot be read ({error.strerror}). Give the path of an eye tracker's file.")

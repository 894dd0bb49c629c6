"""What can go wrong with a tracker's own file."""

from collect.errors import CollectError


class GazeFileError(CollectError):
    """The file is not an EyeLink ASC file, or a line of it cannot be what it claims to be."""

"""What can go wrong when a recording from elsewhere is brought in."""

from collect.errors import CollectError


class ImportFailedError(CollectError):
    """The recording cannot be imported as it was described; nothing was written."""

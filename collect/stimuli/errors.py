"""What can go wrong with a stimulus set."""

from collect.errors import CollectError


class StimulusError(CollectError):
    """A stimulus set cannot be made or read where it was asked for."""

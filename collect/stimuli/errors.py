"""What can go wrong with a stimulus set."""

from collect.errors import CollectError


class StimulusError(CollectError):
    """A stimulus set cannot be made or read where it was asked for."""


class ClipNotMeasurableError(StimulusError):
    """A clip cannot be decoded to its end: it has to be exported anew."""


class LuminanceFileError(StimulusError):
    """A luminance time line is not what was measured: the set has to be measured again."""

"""What can go wrong with the check of the camera's latency."""

from collect.errors import CollectError


class LatencyNotMeasurableError(CollectError):
    """The check needs a real camera that looks at a real screen: choose them in the study."""

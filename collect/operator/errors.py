"""What the experimenter can do something about when their own view does not open."""

from collect.errors import CollectError


class OperatorUnavailableError(CollectError):
    """The view that the study asks for cannot be had here: choose another one."""

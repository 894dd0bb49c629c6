"""What can end a session before its last trial, one class per thing that the experimenter can do about it."""

from collect.errors import CollectError


class ConsentDeclinedError(CollectError):
    """The participant did not agree; nothing was recorded."""


class StoppedInSetupError(CollectError):
    """Somebody stopped before the recording began; nothing was recorded."""


class DeviceFailedError(CollectError):
    """A device failed in the middle: mend it and resume the session."""


class ResumeRefusedError(CollectError):
    """This bundle cannot be gone on with; start a new session."""


class IllegalStepError(RuntimeError):
    """A mistake in the program, not in its use: a session or trial was sent where it cannot go from here."""

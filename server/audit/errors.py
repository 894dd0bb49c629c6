"""What can be wrong with the audit log, each with what to do about it."""

from server.errors import ServerError


class AuditBrokenError(ServerError):
    """An entry does not fit to the one before it, or was changed."""


class AuditCutError(ServerError):
    """The log does not hold the entry that was its last when its head was written down."""


class AuditHeadRefusedError(ServerError):
    """What was given as an earlier head is none."""

"""What can go wrong with a backup, each with what to do about it."""

from server.errors import ServerError


class BackupRefusedError(ServerError):
    """The place for the backup is taken."""


class BackupBrokenOffError(ServerError):
    """Something that belongs into the backup went away while it was made."""


class BackupDamagedError(ServerError):
    """A backup is not as it was made, or is none."""


class RestoreRefusedError(ServerError):
    """There is something already where the backup would go, or this program cannot read it."""

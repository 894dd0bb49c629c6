"""What an experimenter can do something about."""


class CollectError(Exception):
    """Base of this room's errors. The message is complete: what was wrong, where, what to do."""

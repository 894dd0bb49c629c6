"""What a researcher can do something about."""


class ModelError(Exception):
    """Base of this room's errors. The message is complete: what was wrong, where, what to do."""

"""What a user of the rating domain can do something about."""


class AnnotateError(Exception):
    """Base of this room's errors. The message is complete: what was wrong, where, what to do."""

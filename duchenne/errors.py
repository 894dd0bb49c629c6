"""What whoever types a command can do something about."""


class FrontDoorError(Exception):
    """Base of the front door's errors. The message is complete: what was wrong, where, what to do."""

"""What whoever runs the server can do something about."""


class ServerError(Exception):
    """Base of this room's errors. The message is complete: what was wrong, where, what to do."""

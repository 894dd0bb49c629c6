"""What the experimenter can do something about when a session is planned."""

from collect.errors import CollectError


class NumberlessPseudonymError(CollectError):
    """The study balances its orders over participants, and the pseudonym has no number that could choose one."""

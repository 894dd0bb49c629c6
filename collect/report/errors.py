"""What can go wrong with a report."""

from collect.errors import CollectError


class ReportNotWrittenError(CollectError):
    """The report cannot be put where it should be."""

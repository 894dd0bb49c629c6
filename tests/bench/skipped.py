"""Why a benchmark was left out."""


class Skipped(Exception):  # noqa: N818 -- no error: what it needs is not on this machine
    """Says what is missing."""

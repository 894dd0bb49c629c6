"""What can keep a session out of a BIDS data set."""

from collect.errors import CollectError


class BidsError(CollectError):
    """Base of what can go wrong with a data set."""


class BidsFolderError(BidsError):
    """The folder is not one that can be written to: choose another, or give the data set that this belongs to."""


class BidsSessionError(BidsError):
    """A session cannot go into the data set: seal it, mend it, or leave it out."""


class BidsLabelError(BidsError):
    """Two names become one label: give one of them a data set of its own, or another pseudonym."""

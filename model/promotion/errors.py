"""Why a decision is not taken, or the ledger is not believed."""

from model.errors import ModelError


class LedgerError(ModelError):
    """The ledger of champions cannot be read or written; the message names file and line."""


class LedgerMovedError(ModelError):
    """Somebody else has written into the ledger since it was read; decide anew on what is there now."""


class RollbackError(ModelError):
    """The model that should serve again never served, does so already, or is there no more."""

"""Why a replay is not believed."""

from model.errors import ModelError


class ReplayError(ModelError):
    """A replay's folder is not what its name says."""

"""All tables in one place: importing this fills METADATA."""

from server.db import accounts, predictions, ratings, snapshots, studies, trials
from server.db.base import Table

METADATA = Table.metadata
TABLE_MODULES = (accounts, predictions, ratings, snapshots, studies, trials)

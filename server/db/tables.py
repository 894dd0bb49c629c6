"""All tables in one place: importing this fills METADATA."""

from server.db import accounts, audit, disagreements, predictions, ratings, snapshots, studies, trials, uploads
from server.db.base import Table

METADATA = Table.metadata
TABLE_MODULES = (accounts, audit, disagreements, predictions, ratings, snapshots, studies, trials, uploads)

"""What a withdrawal would delete, before it does."""

from dataclasses import dataclass

from server.db.engine import Database
from server.participants.beyond import Stores, models_trained_on, snapshots_with
from server.participants.one import get_participant
from server.participants.rows import Counts, count_rows, recordings_of


@dataclass(frozen=True)
class Preview:
    """Rows to be deleted; snapshots to be redacted; models that have learnt from one of them and cannot unlearn."""

    counts: Counts
    snapshots: list[str]
    models: list[str]


def preview(database: Database, stores: Stores, participant_id: int) -> Preview:
    """Raises NoSuchParticipantError."""
    with database.reading() as session:
        person = get_participant(session, participant_id)
        counts, recordings = count_rows(session, person.id), recordings_of(session, person.id)
    snapshots = snapshots_with(stores.snapshots, recordings)
    return Preview(counts, snapshots, models_trained_on(database, stores.models, snapshots))

"""A rollback as a whole: the ledger, and then the queue and what raters are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from duchenne.console import tell_note
from duchenne.stages import reorder, say, utc_now

if TYPE_CHECKING:
    from duchenne.settings import Values
    from model.promotion.entry import Entry
    from server.predictions.serving import ServesAgain


def take_back(values: Values, to: str | None) -> tuple[Entry, ServesAgain]:
    """Let a former champion serve again, in the ledger and with all that it has said.

    The database is opened first: where none can be ordered by it, nothing is decided. Raises the errors of roll_back
    and of open_database.
    """
    from model.promotion.rollback import roll_back
    from server.db.revisions import open_database
    from server.predictions.serving import serve_again

    database = open_database(values.database_url)
    try:
        entry = roll_back(values.models, to, now_utc=utc_now())
        return entry, serve_again(database, entry.serves, entry.served, now=lambda: datetime.now(UTC))
    finally:
        database.close()


def speak_again(values: Values, model_id: str, snapshot_id: str) -> None:
    """Let it speak of the snapshot that the queue was ordered by, where it never did."""
    try:
        reorder(values, say(values, model_id, snapshot_id))
    except BaseException:  # Ctrl-C too: whoever does not want to wait for it must know what stands
        tell_note(
            f"{model_id} serves, and what it had said before is in service. Of {snapshot_id} it has not spoken; "
            f"`duchenne predict --model {model_id} --snapshot {snapshot_id}` makes up for it, or the next night"
        )
        raise

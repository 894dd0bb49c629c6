"""The exposure ledger: who has seen what of a trial, since when."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from server.db.ratings import Exposure


def note_exposure(
    session: Session, account_id: int, trial_id: str, seen: Iterable[Seen], now: datetime, detail: str = ""
) -> None:
    """Enter what `account_id` gets to see, in the transaction that gives it to them. What is known stays as it was.

    Two requests of one page may say the same at once (a clip comes in several ranges), so the database decides which
    was first.
    """
    rows = [
        {"rater_id": account_id, "trial_id": trial_id, "what": what.value, "seen_utc": now, "detail": detail}
        for what in sorted(seen)
    ]
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(Exposure).values(rows).on_conflict_do_nothing())

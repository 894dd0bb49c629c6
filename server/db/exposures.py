"""The exposure ledger: who has seen what of a trial, since when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from server.db.ratings import Exposure

_TABLE: Any = Exposure.__table__
_ADD = {
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
}


def note_exposure(
    session: Session | Connection, account_id: int, trial_id: str, seen: Iterable[Seen], now: datetime, detail: str = ""
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
        connection = session.connection() if isinstance(session, Session) else session
        connection.execute(_ADD[connection.dialect.name], rows)

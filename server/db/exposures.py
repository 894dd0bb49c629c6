"""The exposure ledger: who has seen what of a trial, since when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from server.db.prepared import Prepared
from server.db.ratings import Exposure

_TABLE: Any = Exposure.__table__
_ROW: dict[str, Any] = {name: bindparam(name) for name in ("rater_id", "trial_id", "what", "seen_utc", "detail")}
_ADD = {
    "postgresql": Prepared(postgresql.insert(_TABLE).values(_ROW).on_conflict_do_nothing()),
    "sqlite": Prepared(sqlite.insert(_TABLE).values(_ROW).on_conflict_do_nothing()),
}


def note_exposure(
    session: Session | Connection, account_id: int, trial_id: str, seen: Iterable[Seen], now: datetime, detail: str = ""
) -> None:
    """Enter what `account_id` gets to see, in the transaction that gives it to them. What is known stays as it was.

    Two requests of one page may say the same at once (a clip comes in several ranges), so the database decides which
    was first.
    """
    connection = session.connection() if isinstance(session, Session) else session
    for what in sorted(seen):
        row = {"rater_id": account_id, "trial_id": trial_id, "what": what.value, "seen_utc": now, "detail": detail}
        _ADD[connection.dialect.name].run(connection, row)

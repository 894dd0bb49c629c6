"""The exposure ledger: who has seen what of a trial, since when."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from server.db.ratings import Exposure


def note_exposure(
    session: Session, account_id: int, trial_id: str, seen: Iterable[Seen], now: datetime, detail: str = ""
) -> None:
    """Enter what `account_id` gets to see, in the transaction that gives it to them. What is known stays as it was."""
    known = set(
        session.scalars(select(Exposure.what).where(Exposure.rater_id == account_id, Exposure.trial_id == trial_id))
    )
    fresh = sorted({what.value for what in seen} - known)
    session.add_all(
        Exposure(rater_id=account_id, trial_id=trial_id, what=what, seen_utc=now, detail=detail) for what in fresh
    )
    if fresh:
        session.flush()

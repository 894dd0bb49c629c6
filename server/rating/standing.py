"""Where a rater stands: read and locked at the beginning of a claim or an answer, written at its end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from annotate.scales import Instrument
from server.db.prepared import Prepared
from server.db.ratings import RaterStanding

#: For so long bands are passed over in which a long walk has found nothing.
REST = timedelta(seconds=30)

_ROW: Any = RaterStanding.__table__
_KEPT = ("given", "answered", "day", "answered_on_day", "order_key", "resting_band", "resting_until_utc")
_WHOSE = (_ROW.c.rater_id == bindparam("rater"), _ROW.c.instrument == bindparam("under"))

_OWN_QUERY = select(*(_ROW.c[name] for name in _KEPT)).where(*_WHOSE)
_OWN = Prepared(_OWN_QUERY)
_OWN_LOCKED = Prepared(_OWN_QUERY.with_for_update())
_SAVE = Prepared(update(_ROW).where(*_WHOSE).values({name: bindparam(f"new_{name}") for name in _KEPT}))


@dataclass
class Standing:
    """One rater under one instrument, as server.db.ratings.RaterStanding has it. `save` writes it."""

    rater_id: int
    instrument: Instrument
    given: int = 0
    answered: int = 0
    day: str = ""
    answered_on_day: int = 0
    order_key: int | None = None
    resting_band: int | None = None
    resting_until_utc: datetime | None = None

    def first_band_below(self, now: datetime) -> int:
        """Bands from here up are not looked at now."""
        resting = self.resting_until_utc is not None and self.resting_until_utc > now
        return self.resting_band if resting and self.resting_band is not None else 11

    def rest(self, band: int, now: datetime) -> None:
        """Pass over `band` and those above for a while. What rests already is woken when it was to be."""
        until = self.resting_until_utc
        self.resting_band = band
        self.resting_until_utc = until if until is not None and until > now else now + REST

    def count_answer(self, now: datetime) -> None:
        """One more answer, on the day of `now` in UTC."""
        today = utc_day(now)
        self.answered += 1
        self.answered_on_day = self.answered_on_day + 1 if self.day == today else 1
        self.day = today

    def save(self, connection: Connection) -> None:
        whose = {"rater": self.rater_id, "under": self.instrument.value}
        _SAVE.run(connection, whose | {f"new_{name}": getattr(self, name) for name in _KEPT})


def utc_day(now: datetime) -> str:
    """The date in UTC, as '2026-03-01'."""
    return now.astimezone(UTC).date().isoformat()


def find_standing(connection: Connection, rater_id: int, instrument: Instrument) -> Standing:
    """Where the rater stands, to be looked at."""
    row = _OWN.first(connection, {"rater": rater_id, "under": instrument.value})
    return Standing(rater_id, instrument, *row) if row else Standing(rater_id, instrument)


def lock_standing(connection: Connection, rater_id: int, instrument: Instrument) -> Standing:
    """Where the rater stands, held until the transaction ends: two of the rater's tabs wait for each other.

    On SQLite every writing transaction is alone anyway.
    """
    own = {"rater": rater_id, "under": instrument.value}
    row = _OWN_LOCKED.first(connection, own)
    if row is None:
        first = {"rater_id": rater_id, "instrument": instrument.value}
        # Of two tabs that both see none, one makes it and the other waits for that.
        add = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_ROW)
        connection.execute(add.on_conflict_do_nothing(), first)
        row = _OWN_LOCKED.first(connection, own)
    return Standing(rater_id, instrument, *row)

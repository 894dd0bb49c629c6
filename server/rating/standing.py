"""Where a rater stands: read and locked at the beginning of a claim or an answer, written at its end."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from annotate.scales import Instrument
from server.db.ratings import RaterStanding

#: For so long bands are passed over in which a long walk has found nothing.
REST = timedelta(seconds=30)

_ROW: Any = RaterStanding.__table__
_OWN = select(
    _ROW.c.given,
    _ROW.c.answered,
    _ROW.c.day,
    _ROW.c.answered_on_day,
    _ROW.c.order_key,
    _ROW.c.resting_band,
    _ROW.c.resting_until_utc,
).where(_ROW.c.rater_id == bindparam("rater"), _ROW.c.instrument == bindparam("under"))
_OWN_LOCKED = _OWN.with_for_update()
_CHANGE = update(_ROW).where(_ROW.c.rater_id == bindparam("rater"), _ROW.c.instrument == bindparam("under"))


@dataclass
class Standing:
    """One rater under one instrument, as server.db.ratings.RaterStanding has it. `save` writes what has changed."""

    rater_id: int
    instrument: Instrument
    given: int = 0
    answered: int = 0
    day: str = ""
    answered_on_day: int = 0
    order_key: int | None = None
    resting_band: int | None = None
    resting_until_utc: datetime | None = None
    _changes: dict[str, Any] = field(default_factory=dict)

    def change(self, **values: Any) -> None:
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self._changes[name] = value

    def first_band_below(self, now: datetime) -> int:
        """Bands from here up are not looked at now."""
        resting = self.resting_until_utc is not None and self.resting_until_utc > now
        return self.resting_band if resting and self.resting_band is not None else 11

    def rest(self, band: int, now: datetime) -> None:
        """Pass over `band` and those above for a while. What rests already is woken when it was to be."""
        until = self.resting_until_utc
        self.change(resting_band=band, resting_until_utc=until if until is not None and until > now else now + REST)

    def count_answer(self, now: datetime) -> None:
        """One more answer, on the day of `now` in UTC."""
        today = utc_day(now)
        on_day = self.answered_on_day + 1 if self.day == today else 1
        self.change(answered=self.answered + 1, day=today, answered_on_day=on_day)

    def save(self, connection: Connection) -> None:
        if self._changes:
            connection.execute(_CHANGE, {"rater": self.rater_id, "under": self.instrument.value} | self._changes)
            self._changes = {}


def utc_day(now: datetime) -> str:
    """The date in UTC, as '2026-03-01'."""
    return now.astimezone(UTC).date().isoformat()


def find_standing(connection: Connection, rater_id: int, instrument: Instrument) -> Standing:
    """Where the rater stands, to be looked at."""
    row = connection.execute(_OWN, {"rater": rater_id, "under": instrument.value}).one_or_none()
    return Standing(rater_id, instrument, *row) if row else Standing(rater_id, instrument)


def lock_standing(connection: Connection, rater_id: int, instrument: Instrument) -> Standing:
    """Where the rater stands, held until the transaction ends: two of the rater's tabs wait for each other.

    On SQLite every writing transaction is alone anyway.
    """
    own = {"rater": rater_id, "under": instrument.value}
    row = connection.execute(_OWN_LOCKED, own).one_or_none()
    if row is None:
        first = {"rater_id": rater_id, "instrument": instrument.value}
        # Of two tabs that both see none, one makes it and the other waits for that.
        add = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_ROW)
        connection.execute(add.on_conflict_do_nothing(), first)
        row = connection.execute(_OWN_LOCKED, own).one()
    return Standing(rater_id, instrument, *row)

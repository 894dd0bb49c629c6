"""A rater's own claims: which are live, and one by its number with its task, held while it is changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from annotate.scales import Instrument
from server.db.base import UtcTime
from server.db.prepared import Prepared
from server.db.ratings import Claim, RatingTask
from server.rating.errors import NotYourPlaceError, WithdrawnError
from server.rating.place import Place


@dataclass(frozen=True)
class OwnClaim:
    """A claim and what it is a claim to."""

    id: int
    state: str
    claimed_utc: datetime
    expires_utc: datetime
    arm: str
    position: int
    task_id: int
    trial_id: str
    instrument: str
    purpose: str
    places: int
    task_state: str


_CLAIM: Any = Claim.__table__
_TASK: Any = RatingTask.__table__
_BOTH = _CLAIM.join(_TASK, _TASK.c.id == _CLAIM.c.task_id)

_OWN = (_CLAIM.c.id == bindparam("claim"), _CLAIM.c.rater_id == bindparam("rater"))
_LOCK = Prepared(select(_TASK.c.id).select_from(_BOTH).where(*_OWN).with_for_update(of=_TASK))
_OWN_CLAIM = Prepared(
    select(
        _CLAIM.c.id,
        _CLAIM.c.state,
        _CLAIM.c.claimed_utc,
        _CLAIM.c.expires_utc,
        _CLAIM.c.arm,
        _CLAIM.c.position,
        _TASK.c.id,
        _TASK.c.trial_id,
        _TASK.c.instrument,
        _TASK.c.purpose,
        _TASK.c.places,
        _TASK.c.state,
    )
    .select_from(_BOTH)
    .where(*_OWN)
)
_LIVE = Prepared(
    select(_CLAIM.c.id, _CLAIM.c.task_id, _CLAIM.c.position, _CLAIM.c.expires_utc)
    .select_from(_BOTH)
    .where(
        _CLAIM.c.rater_id == bindparam("rater"),
        _CLAIM.c.state == "leased",
        _CLAIM.c.expires_utc > bindparam("now", type_=UtcTime()),
        _TASK.c.instrument == bindparam("instrument"),
        _TASK.c.state != "withdrawn",
    )
    .order_by(_CLAIM.c.claimed_utc, _CLAIM.c.id)
)


def own_claim(connection: Connection, rater_id: int, claim_id: int) -> OwnClaim:
    """This rater's claim, its task locked until the transaction ends. Raises NotYourPlaceError, WithdrawnError."""
    own = {"rater": rater_id, "claim": claim_id}
    if connection.dialect.name == "postgresql":
        _LOCK.all(connection, own)
    # Read after the lock: while we waited for it somebody may have taken the place over.
    row = _OWN_CLAIM.first(connection, own)
    if row is None:
        raise NotYourPlaceError(
            "This place is not yours, or not any more: its lease ended and somebody else has it. Ask for the next trial"
        )
    claim = OwnClaim(*row)
    if claim.task_state == "withdrawn":
        raise WithdrawnError("This trial is not rated any more. Ask for the next one")
    return claim


def live_places(connection: Connection, rater_id: int, instrument: Instrument, now: datetime) -> list[Place]:
    """What the rater holds just now, the oldest first."""
    rows = _LIVE.all(connection, {"rater": rater_id, "now": now, "instrument": instrument.value})
    return [Place(*row) for row in rows]

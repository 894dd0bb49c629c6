"""A rater's own claims: which are live, and one by its number with its task, held while it is changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
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


def own_claim(session: Session, rater_id: int, claim_id: int) -> OwnClaim:
    """This rater's claim, its task locked until the transaction ends. Raises NotYourPlaceError, WithdrawnError."""
    own = (Claim.id == claim_id, Claim.rater_id == rater_id)
    if session.get_bind().dialect.name == "postgresql":
        lock = select(RatingTask.id).join(Claim, Claim.task_id == RatingTask.id).where(*own)
        session.execute(lock.with_for_update(of=RatingTask))
    # Read after the lock: while we waited for it somebody may have taken the place over.
    row = session.execute(
        select(
            Claim.id,
            Claim.state,
            Claim.claimed_utc,
            Claim.expires_utc,
            Claim.arm,
            Claim.position,
            RatingTask.id,
            RatingTask.trial_id,
            RatingTask.instrument,
            RatingTask.purpose,
            RatingTask.places,
            RatingTask.state,
        )
        .join(RatingTask, RatingTask.id == Claim.task_id)
        .where(*own)
    ).one_or_none()
    if row is None:
        raise NotYourPlaceError(
            "This place is not yours, or not any more: its lease ended and somebody else has it. Ask for the next trial"
        )
    claim = OwnClaim(*row)
    if claim.task_state == "withdrawn":
        raise WithdrawnError("This trial is not rated any more. Ask for the next one")
    return claim


def live_places(session: Session, rater_id: int, instrument: Instrument, now: datetime) -> list[Place]:
    """What the rater holds just now, the oldest first."""
    query = (
        select(Claim.id, Claim.task_id, Claim.position, Claim.expires_utc)
        .join(RatingTask, RatingTask.id == Claim.task_id)
        .where(
            Claim.rater_id == rater_id,
            Claim.state == "leased",
            Claim.expires_utc > now,
            RatingTask.instrument == instrument.value,
            RatingTask.state != "withdrawn",
        )
        .order_by(Claim.claimed_utc, Claim.id)
    )
    return [Place(*row) for row in session.execute(query)]

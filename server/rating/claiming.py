"""Places: giving the next trial to a rater, keeping it theirs, and taking it back.

A claim runs in one writing transaction. SQLite lets one of them in at a time; on PostgreSQL the rater's account row is
locked first (two tabs of one rater wait for each other) and the task row next, passing over tasks that somebody else
is being given just now. The unique constraints of `claim` stand behind all of it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from annotate.assignment import SPOILS_FER, Hold, RatingRules, free_place, is_shown
from annotate.scales import Instrument
from server.db.accounts import Account
from server.db.exposures import note_exposure
from server.db.ratings import Claim, Exposure, RatingTask, Vote
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from server.rating.errors import AlreadyAnsweredError, NotYourPlaceError, WithdrawnError


def lock_rater(session: Session, rater_id: int) -> None:
    """Let one transaction of this rater at a time go on (SQLite: every writing transaction is alone anyway)."""
    session.execute(select(Account.id).where(Account.id == rater_id).with_for_update(key_share=True))


def claim_next(
    session: Session,
    rater_id: int,
    instrument: Instrument,
    rules: RatingRules,
    now: datetime,
    have: Collection[int] = (),
) -> Claim | None:
    """A place for this rater, or None where nothing is left for them.

    First an own live claim that is not in `have` (the claims that the page shows or has loaded ahead), so that a page
    that was reloaded goes on where it was; else the first task of the queue. What the rater gets to see by it enters
    the exposure ledger in the same transaction.
    """
    lock_rater(session, rater_id)
    live = live_claims(session, rater_id, instrument, now)
    for claim in live:
        if claim.id not in have:
            claim.expires_utc = now + rules.lease
            return claim
    if len(live) >= rules.open_claims or _at_limit(session, rater_id, instrument, rules, len(live)):
        return None
    # A task that is locked just now may still have a place, so the second look waits for it.
    for skip_locked in (True, False):
        for fresh in (True, False):
            taken = _take_first(session, rater_id, instrument, rules, now, fresh=fresh, skip_locked=skip_locked)
            if taken is not None:
                _note_exposure(session, rater_id, taken.task_id, instrument, now)
                return taken
    return None


def renew(session: Session, rater_id: int, claim_id: int, rules: RatingRules, now: datetime) -> Claim:
    """Hold an own place for another lease, also one whose lease has ended but that nobody took.

    Raises NotYourPlaceError, AlreadyAnsweredError, WithdrawnError.
    """
    claim = own_claim(session, rater_id, claim_id)
    if claim.state == "done":
        raise AlreadyAnsweredError("You have answered this trial already; ask for the next one")
    claim.expires_utc = now + rules.lease
    return claim


def release(session: Session, rater_id: int, claim_id: int, now: datetime) -> None:
    """Give an own place back: others may have it at once, this rater gets it again when nothing else is left.

    What was seen stays in the exposure ledger. Raises NotYourPlaceError, AlreadyAnsweredError, WithdrawnError.
    """
    claim = own_claim(session, rater_id, claim_id)
    if claim.state == "done":
        raise AlreadyAnsweredError("You have answered this trial already, so its place cannot be given back")
    claim.expires_utc = now


def own_claim(session: Session, rater_id: int, claim_id: int) -> Claim:
    """This rater's claim, its task locked. Raises NotYourPlaceError, WithdrawnError."""
    lock_rater(session, rater_id)
    task = session.scalar(
        select(RatingTask)
        .join(Claim, Claim.task_id == RatingTask.id)
        .where(Claim.id == claim_id, Claim.rater_id == rater_id)
        .with_for_update(of=RatingTask)
    )
    # Read after the lock: while we waited for it somebody may have taken the place over.
    claim = session.scalar(
        select(Claim).where(Claim.id == claim_id, Claim.rater_id == rater_id).execution_options(populate_existing=True)
    )
    if task is None or claim is None:
        raise NotYourPlaceError(
            "This place is not yours, or not any more: its lease ended and somebody else has it. Ask for the next trial"
        )
    if task.state == "withdrawn":
        raise WithdrawnError("This trial is not rated any more. Ask for the next one")
    return claim


def available(rater_id: int, instrument: Instrument, now: datetime) -> Select[RatingTask]:
    """The tasks with a place for this rater, in no order.

    Left out: tasks without a free place, those the rater holds or has answered, those whose participant does not (any
    more) let people rate them, FER of trials that the rater knows more of than the face, and ER of trials whose FER
    the rater has open (seeing more now would spoil that answer).
    """
    occupied = (
        select(func.count())
        .where(Claim.task_id == RatingTask.id, or_(Claim.state == "done", Claim.expires_utc > now))
        .scalar_subquery()
    )
    mine = exists().where(
        Claim.task_id == RatingTask.id,
        Claim.rater_id == rater_id,
        or_(Claim.state == "done", Claim.expires_utc > now),
    )
    return (
        select(RatingTask)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(
            RatingTask.state == "open",
            RatingTask.instrument == instrument.value,
            Recording.consent_rating,
            Participant.withdrawn_utc.is_(None),
            ~mine,
            occupied < RatingTask.places,
            ~_conflicts(rater_id, instrument, now),
        )
    )


def _conflicts(rater_id: int, instrument: Instrument, now: datetime) -> ColumnElement[bool]:
    if instrument is Instrument.FER:
        return exists().where(
            Exposure.trial_id == RatingTask.trial_id,
            Exposure.rater_id == rater_id,
            Exposure.what.in_([what.value for what in SPOILS_FER]),
        )
    other = aliased(RatingTask)
    return exists().where(
        other.trial_id == RatingTask.trial_id,
        other.instrument == Instrument.FER.value,
        Claim.task_id == other.id,
        Claim.rater_id == rater_id,
        Claim.state == "leased",
        Claim.expires_utc > now,
    )


def live_claims(session: Session, rater_id: int, instrument: Instrument, now: datetime) -> list[Claim]:
    query = (
        select(Claim)
        .join(RatingTask, RatingTask.id == Claim.task_id)
        .where(
            Claim.rater_id == rater_id,
            Claim.state == "leased",
            Claim.expires_utc > now,
            RatingTask.instrument == instrument.value,
            RatingTask.state == "open",
        )
        .order_by(Claim.claimed_utc, Claim.id)
    )
    return list(session.scalars(query))


def answered(session: Session, rater_id: int, instrument: Instrument) -> int:
    """How many trials this rater has answered under this instrument, corrections not counted."""
    query = select(func.count()).where(
        Vote.rater_id == rater_id, Vote.instrument == instrument.value, Vote.supersedes_id.is_(None)
    )
    return session.scalar(query) or 0


def _at_limit(session: Session, rater_id: int, instrument: Instrument, rules: RatingRules, open_now: int) -> bool:
    limit = rules.rater_limit
    return limit is not None and answered(session, rater_id, instrument) + open_now >= limit


def _take_first(
    session: Session,
    rater_id: int,
    instrument: Instrument,
    rules: RatingRules,
    now: datetime,
    *,
    fresh: bool,
    skip_locked: bool,
) -> Claim | None:
    """The first task of the queue that has a place. `fresh`: none that this rater let lapse or gave back."""
    # Among equal priorities the random media id decides: ids of rows would tell the order of a session's trials.
    query = (
        available(rater_id, instrument, now)
        .where(~exists().where(Claim.task_id == RatingTask.id, Claim.rater_id == rater_id) if fresh else and_(True))
        .order_by(RatingTask.priority.desc(), RatingTask.media_id)
        .limit(1)
        .with_for_update(of=RatingTask, skip_locked=skip_locked)
    )
    passed: set[int] = set()
    while (task := session.scalar(query.where(RatingTask.id.not_in(passed)))) is not None:
        claim = _take_place(session, task, rater_id, rules, now)
        if claim is not None:
            return claim
        # On PostgreSQL others may have filled the task between our reading and our locking it.
        passed.add(task.id)
    return None


def _take_place(session: Session, task: RatingTask, rater_id: int, rules: RatingRules, now: datetime) -> Claim | None:
    claims = {
        claim.slot: claim
        for claim in session.scalars(
            select(Claim).where(Claim.task_id == task.id).execution_options(populate_existing=True)
        )
    }
    holds = {
        slot: Hold(claim.rater_id, None if claim.state == "done" else claim.expires_utc)
        for slot, claim in claims.items()
    }
    slot = free_place(holds, task.places, rater_id, now)
    if slot is None:
        return None
    claim = claims.get(slot) or Claim(task_id=task.id, slot=slot)
    claim.rater_id = rater_id
    claim.state = "leased"
    claim.claimed_utc = now
    claim.expires_utc = now + rules.lease
    session.add(claim)
    session.flush()
    return claim


def _note_exposure(session: Session, rater_id: int, task_id: int, instrument: Instrument, now: datetime) -> None:
    trial_id, stimulus, reported, shows = session.execute(
        select(Trial.id, Stimulus.media_sha256, SelfReport.trial_id, Study.er_shows_self_report)
        .select_from(RatingTask)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .join(Study, Study.id == Stimulus.study_id)
        .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
        .where(RatingTask.id == task_id)
    ).one()
    shown = is_shown(instrument, has_stimulus=stimulus is not None, shows_self_report=shows and reported is not None)
    note_exposure(session, rater_id, trial_id, shown, now)

"""Places: giving the next trial to a rater, keeping it theirs, and taking it back.

A claim runs in one writing transaction. SQLite lets one of them in at a time; on PostgreSQL the rater's standing is
locked first (two tabs of one rater wait for each other) and the task next, passing over tasks that somebody else is
being given just now. The unique constraints of `claim` stand behind all of it.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select, update

from annotate.assignment import Chance, RatingRules, is_shown
from annotate.scales import Instrument
from server.db.exposures import note_exposure
from server.db.prepared import Prepared
from server.db.ratings import Claim, RatingTask
from server.db.studies import Stimulus, Study
from server.db.trials import SelfReport, Trial
from server.rating.errors import AlreadyAnsweredError
from server.rating.holding import live_places, own_claim
from server.rating.place import Place
from server.rating.queue import NOW, RATER, Candidate, Queue, is_open_to, known
from server.rating.sequence import walk_of
from server.rating.standing import Standing, lock_standing
from server.rating.taking import Taking
from server.rating.training import ask_training, study_rules

_CLAIM: Any = Claim.__table__
_TASK: Any = RatingTask.__table__
_OWN = update(_CLAIM).where(_CLAIM.c.id == bindparam("claim"))
_UNTIL = Prepared(_OWN.values(expires_utc=bindparam("until")))
_BEGUN_UNTIL = Prepared(_OWN.values(claimed_utc=bindparam("begun"), expires_utc=bindparam("until")))
_SHOWN = Prepared(
    select(Trial.id, Stimulus.media_sha256, SelfReport.trial_id, Study.er_shows_self_report)
    .select_from(RatingTask)
    .join(Trial, Trial.id == RatingTask.trial_id)
    .join(Stimulus, Stimulus.id == Trial.stimulus_id)
    .join(Study, Study.id == Stimulus.study_id)
    .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
    .where(RatingTask.id == bindparam("task"))
)


def claim_next(
    connection: Connection,
    rater_id: int,
    instrument: Instrument,
    rules: RatingRules,
    now: datetime,
    chance: Chance,
    have: Collection[int] = (),
) -> Place | None:
    """A place for this rater, or None where nothing is left for them.

    First an own live claim that is not in `have` (the claims that the page shows or has loaded ahead), so that a page
    that was reloaded goes on where it was; then training trials, where a study asks for them; else the first task of
    the queue, or by `chance` a gold trial in its stead; last what the rater gave back or let lapse. What the rater
    gets to see by it enters the exposure ledger in the same transaction.
    """
    standing = lock_standing(connection, rater_id, instrument)
    live = live_places(connection, rater_id, instrument, now)
    for place in live:
        if place.id not in have:
            return _hold(connection, place, now + rules.lease)
    if len(live) >= rules.open_claims or is_at_limit(standing, rules, len(live)):
        return None
    taken = _take_next(connection, standing, rules, now, chance)
    standing.save(connection)
    if taken is not None and instrument is Instrument.ER:
        _note_exposure(connection, rater_id, taken.task_id, instrument, now)
    return taken


def renew(connection: Connection, rater_id: int, claim_id: int, rules: RatingRules, now: datetime) -> datetime:
    """Hold an own place for another lease, also one whose lease has ended but that nobody took; gives its end.

    Raises NotYourPlaceError, AlreadyAnsweredError, WithdrawnError.
    """
    claim = own_claim(connection, rater_id, claim_id)
    if claim.state == "done":
        raise AlreadyAnsweredError("You have answered this trial already; ask for the next one")
    # A clock that was set back has given places in what is now the future: for those the lease begins anew.
    begun = min(claim.claimed_utc, now)
    _BEGUN_UNTIL.run(connection, {"claim": claim.id, "begun": begun, "until": now + rules.lease})
    return now + rules.lease


def release(connection: Connection, rater_id: int, claim_id: int, now: datetime) -> None:
    """Give an own place back: others may have it at once, this rater gets it again when nothing else is left.

    What was seen stays in the exposure ledger. Raises NotYourPlaceError, AlreadyAnsweredError, WithdrawnError.
    """
    claim = own_claim(connection, rater_id, claim_id)
    if claim.state == "done":
        raise AlreadyAnsweredError("You have answered this trial already, so its place cannot be given back")
    _UNTIL.run(connection, {"claim": claim.id, "until": now})


def is_at_limit(standing: Standing, rules: RatingRules, open_now: int = 0) -> bool:
    """Whether the rater has given, with what is open, as many answers as one may."""
    return rules.rater_limit is not None and standing.answered + open_now >= rules.rater_limit


def _hold(connection: Connection, place: Place, until: datetime) -> Place:
    _UNTIL.run(connection, {"claim": place.id, "until": until})
    return Place(place.id, place.task_id, place.position, until)


def _take_next(
    connection: Connection, standing: Standing, rules: RatingRules, now: datetime, chance: Chance
) -> Place | None:
    rater_id, instrument = standing.rater_id, standing.instrument
    studies = study_rules(connection, rater_id, instrument)
    training = ask_training(connection, rater_id, instrument, studies, now)
    taking = Taking(connection, standing, studies, rules, now, chance)
    if training.next:
        return taking.first_of(training.next)
    if len(training.barred) == len(studies):
        return None
    queue = Queue(connection, rater_id, instrument, now, training.barred)
    waiting = queue.candidates(walk_of(rater_id, instrument), standing.order_key, standing.first_band_below(now))
    taken = taking.first_of(waiting, in_queue=True)
    if queue.in_vain is not None:
        standing.rest(queue.in_vain, now)
    return taken or taking.first_of(_lapsed(connection, standing, now, training.barred))


def _lapsed(connection: Connection, standing: Standing, now: datetime, barred: Collection[str]) -> list[Candidate]:
    """What this rater had, gave back or let lapse, and might have again."""
    query = _lapsed_query(standing.instrument, bool(barred))
    return [Candidate(*row) for row in connection.execute(query, known(standing.rater_id, now, barred))]


@cache
def _lapsed_query(instrument: Instrument, some_barred: bool) -> Select[Any]:
    return (
        select(_TASK.c.id, _TASK.c.trial_id, _TASK.c.order_key, _TASK.c.places, _TASK.c.purpose)
        .join(_CLAIM, _CLAIM.c.task_id == _TASK.c.id)
        .where(
            _CLAIM.c.rater_id == RATER,
            _CLAIM.c.state == "leased",
            _CLAIM.c.expires_utc <= NOW,
            _TASK.c.instrument == instrument.value,
            or_(
                and_(_TASK.c.purpose == "study", _TASK.c.state == "open"),
                and_(_TASK.c.purpose == "gold", _TASK.c.state != "withdrawn"),
            ),
            is_open_to(_TASK.c, instrument, some_barred=some_barred),
        )
        .order_by(_TASK.c.band.desc(), _CLAIM.c.position, _CLAIM.c.id)
    )


def _note_exposure(connection: Connection, rater_id: int, task_id: int, instrument: Instrument, now: datetime) -> None:
    trial_id, stimulus, reported, shows = _SHOWN.first(connection, {"task": task_id})
    shown = is_shown(instrument, has_stimulus=stimulus is not None, shows_self_report=shows and reported is not None)
    note_exposure(connection, rater_id, trial_id, shown, now)

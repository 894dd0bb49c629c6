"""Walking the queue: the tasks of one instrument by falling band and, within a band, along the rater's circle.

The walk reads the index a few entries at a time and tests each for this rater, instead of asking the database for the
first fit: nearly always one of the first few fits, both engines then do the same small thing whatever their statistics
say, and how far one has walked in vain is known.

Statements are built once: building them takes longer than running them. All take `rater` (an account's number), `now`,
and `barred` (ids of studies) where some are.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, exists, func, or_, select, tuple_

from annotate.assignment import spoils
from annotate.scales import Instrument
from server.db.base import UtcTime
from server.db.prepared import Prepared
from server.db.ratings import Claim, Exposure, RatingTask
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from server.rating.sequence import Arc, Walk

#: How many entries are read at a time: few at first, because one of them will do.
READS = (2, 16, 128, 1024)
#: A band in which so many were looked at in vain is passed over for a while.
LONG = 1000
_HIGHEST_ID = 2**31 - 1

_TASK: Any = RatingTask.__table__
_CLAIM: Any = Claim.__table__
_EXPOSURE: Any = Exposure.__table__
_TRIAL: Any = Trial.__table__
_RECORDING: Any = Recording.__table__
_PARTICIPANT: Any = Participant.__table__

RATER: Any = bindparam("rater")
NOW: Any = bindparam("now", type_=UtcTime())
BARRED: Any = bindparam("barred", expanding=True)


@dataclass(frozen=True)
class Candidate:
    """A task that had a place for the rater when it was read."""

    task_id: int
    trial_id: str
    order_key: int
    places: int
    purpose: str


@dataclass
class Queue:
    """The study tasks of one instrument for one rater. `barred`: studies whose trials are closed to the rater.

    `in_vain` is the lowest band of those at the top in which a long walk has found nothing, None where there is none.
    """

    connection: Connection
    rater_id: int
    instrument: Instrument
    now: datetime
    barred: Collection[str] = ()
    in_vain: int | None = None
    _looked_at: int = field(default=0, init=False)

    def candidates(self, walk: Walk, last: int | None, below: int) -> Iterator[Candidate]:
        """Tasks in the order in which this rater is given them, from band `below` - 1 down; `last`: see Walk.arcs."""
        fruitless = True
        band = self._band_below(below)
        while band is not None:
            for arc in walk.arcs(last):
                for candidate in self._along(arc, band, forward=walk.forward):
                    fruitless = False
                    yield candidate
            if fruitless and self._looked_at >= LONG:
                self.in_vain = band
            band = self._band_below(band)

    def count(self, most: int) -> int:
        """How many tasks have a place for this rater, counted up to `most`."""
        return self.connection.scalar(_count(self.instrument, bool(self.barred)), self._known({"most": most})) or 0

    def _band_below(self, band: int) -> int | None:
        found: int | None = _NEXT_BAND.value(self.connection, {"instrument": self.instrument.value, "below": band})
        return found

    def _along(self, arc: Arc, band: int, *, forward: bool) -> Iterator[Candidate]:
        if arc.low > arc.high:
            return
        read = _read_but_barred if self.barred else _read
        run = read(self.instrument, forward)
        key, number = (arc.low, 0) if forward else (arc.high, _HIGHEST_ID)
        reads = iter(READS)
        size = READS[-1]
        while True:
            size = next(reads, size)
            place = {"band": band, "key": key, "number": number, "end": arc.high if forward else arc.low, "size": size}
            rows = run(self.connection, self._known(place))
            for row in rows:
                if row.fits:
                    yield Candidate(row.id, row.trial_id, row.order_key, row.places, "study")
            self._looked_at += len(rows)
            if len(rows) < size:
                return
            key, number = rows[-1].order_key, rows[-1].id

    def _known(self, more: dict[str, Any]) -> dict[str, Any]:
        return known(self.rater_id, self.now, self.barred) | more


def known(rater_id: int, now: datetime, barred: Collection[str] = ()) -> dict[str, Any]:
    """The parameters of a statement that tests tasks for a rater."""
    return {"rater": rater_id, "now": now} | ({"barred": sorted(barred)} if barred else {})


def is_open_to(task: Any, instrument: Instrument, *, some_barred: bool = False) -> ColumnElement[bool]:
    """Whether the rater may be shown the task (its columns) at all, whatever its places.

    Not: FER of trials of which the rater knows more than the face, anything of which they know what others said, ER of
    trials whose FER they have open (seeing more now would spoil that answer), participants who do not (any more) let
    people rate them, and the studies in `barred`.
    """
    spoiling = (
        select(func.count())
        .where(
            _EXPOSURE.c.rater_id == RATER,
            _EXPOSURE.c.trial_id == task.trial_id,
            or_(*(_EXPOSURE.c.what == what.value for what in sorted(spoils(instrument)))),
        )
        .scalar_subquery()
    )
    covered = (
        select(_TRIAL.c.id)
        .join(_RECORDING, _RECORDING.c.id == _TRIAL.c.recording_id)
        .join(_PARTICIPANT, _PARTICIPANT.c.id == _RECORDING.c.participant_id)
        .where(_TRIAL.c.id == task.trial_id, _RECORDING.c.consent_rating, _PARTICIPANT.c.withdrawn_utc.is_(None))
    )
    if some_barred:
        covered = covered.where(_RECORDING.c.study_id.not_in(BARRED))
    allowed = and_(spoiling == 0, covered.exists())
    if instrument is Instrument.FER:
        return allowed
    face = _TASK.alias("face")
    open_fer = exists().where(
        face.c.trial_id == task.trial_id,
        face.c.instrument == Instrument.FER.value,
        _CLAIM.c.task_id == face.c.id,
        _CLAIM.c.rater_id == RATER,
        _CLAIM.c.state == "leased",
        _CLAIM.c.expires_utc > NOW,
    )
    return and_(~open_fer, allowed)


def _fits(task: Any, instrument: Instrument, *, some_barred: bool) -> ColumnElement[bool]:
    """Whether a study task has a place for this rater, who has never had it: what is cheap is asked first.

    One's own claim counts as all places. Looked up by the task alone: by task and rater, PostgreSQL may think that the
    rater has few claims, and read them all for every task.
    """
    claimed = case(
        (_CLAIM.c.rater_id == RATER, task.places),
        (and_(_CLAIM.c.slot <= task.places, or_(_CLAIM.c.state == "done", _CLAIM.c.expires_utc > NOW)), 1),
        else_=0,
    )
    taken = select(func.coalesce(func.sum(claimed), 0)).where(_CLAIM.c.task_id == task.id).scalar_subquery()
    return case((taken >= task.places, False), else_=is_open_to(task, instrument, some_barred=some_barred))


def _in_queue(instrument: str | Any) -> ColumnElement[bool]:
    return and_(_TASK.c.state == "open", _TASK.c.instrument == instrument, _TASK.c.purpose == "study")


# Ordered rather than max(band): both engines then read one entry of the index.
_NEXT_BAND = Prepared(
    select(_TASK.c.band)
    .where(_in_queue(bindparam("instrument")), _TASK.c.band < bindparam("below"))
    .order_by(_TASK.c.band.desc())
    .limit(1)
)


@cache
def _read(instrument: Instrument, forward: bool) -> Callable[[Connection, dict[str, Any]], Sequence[Any]]:
    """Reads the next entries of a band from a place on the circle on, each with whether it fits."""
    return Prepared(_entries(instrument, forward, some_barred=False)).all


@cache
def _read_but_barred(instrument: Instrument, forward: bool) -> Callable[[Connection, dict[str, Any]], Sequence[Any]]:
    """The same where studies are barred; their list is spelt out anew each time, which `Prepared` cannot."""
    query = _entries(instrument, forward, some_barred=True)
    return lambda connection, values: connection.execute(query, values).all()


def _entries(instrument: Instrument, forward: bool, *, some_barred: bool) -> Select[Any]:
    key: Any = bindparam("key")
    end: Any = bindparam("end")
    place, behind = tuple_(_TASK.c.order_key, _TASK.c.id), tuple_(key, bindparam("number"))
    query = select(_TASK.c.id, _TASK.c.trial_id, _TASK.c.order_key, _TASK.c.places)
    query = query.where(_in_queue(instrument.value), _TASK.c.band == bindparam("band"))
    if forward:
        query = query.where(_TASK.c.order_key >= key, _TASK.c.order_key <= end, place > behind)
        query = query.order_by(_TASK.c.order_key, _TASK.c.id)
    else:
        query = query.where(_TASK.c.order_key <= key, _TASK.c.order_key >= end, place < behind)
        query = query.order_by(_TASK.c.order_key.desc(), _TASK.c.id.desc())
    task = query.limit(bindparam("size")).subquery("task").c
    order = (task.order_key, task.id) if forward else (task.order_key.desc(), task.id.desc())
    fits = _fits(task, instrument, some_barred=some_barred).label("fits")
    return select(task.id, task.trial_id, task.order_key, task.places, fits).order_by(*order)


@cache
def _count(instrument: Instrument, some_barred: bool) -> Select[Any]:
    task = _TASK.alias("waiting")
    waiting = select(task.c.id).where(
        task.c.state == "open",
        task.c.instrument == instrument.value,
        task.c.purpose == "study",
        _fits(task.c, instrument, some_barred=some_barred),
    )
    return select(func.count()).select_from(waiting.limit(bindparam("most")).subquery())

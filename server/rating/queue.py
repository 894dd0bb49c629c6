"""Walking the queue: the tasks of one instrument by falling band and, within a band, along the rater's circle.

The walk reads the index a few entries at a time and tests each for this rater, instead of asking the database for the
first fit: nearly always one of the first few fits, both engines then do the same small thing whatever their statistics
say, and how far one has walked in vain is known.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from annotate.assignment import spoils
from annotate.scales import Instrument
from server.db.ratings import Claim, Exposure, RatingTask
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from server.rating.sequence import Arc, Walk

#: How many entries are read at a time: few at first, because one of them will do.
READS = (16, 128, 1024)
#: A band in which so many were looked at in vain is passed over for a while.
LONG = 1000
_HIGHEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Candidate:
    """A task that had a place for the rater when it was read."""

    task_id: int
    trial_id: str
    order_key: int


@dataclass
class Queue:
    """The study tasks of one instrument for one rater. `barred`: studies whose trials are closed to the rater.

    `in_vain` is the lowest band of those at the top in which a long walk has found nothing, None where there is none.
    """

    session: Session
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
        task = aliased(RatingTask)
        query = (
            select(task.id)
            .where(task.state == "open", task.instrument == self.instrument.value, task.purpose == "study")
            .where(fits(task, self.rater_id, self.instrument, self.now, self.barred))
            .limit(most)
        )
        return self.session.scalar(select(func.count()).select_from(query.subquery())) or 0

    def _band_below(self, band: int) -> int | None:
        # Ordered rather than max(band): both engines read one entry of the index.
        query = _open(self.instrument).with_only_columns(RatingTask.band).where(RatingTask.band < band)
        return self.session.scalar(query.order_by(RatingTask.band.desc()).limit(1))

    def _along(self, arc: Arc, band: int, *, forward: bool) -> Iterator[Candidate]:
        if arc.low > arc.high:
            return
        behind = (arc.low, 0) if forward else (arc.high, _HIGHEST_ID)
        reads = iter(READS)
        size = READS[-1]
        while True:
            size = next(reads, size)
            rows = self.session.execute(self._read(arc, band, behind, size, forward=forward)).all()
            for row in rows:
                if row.fits:
                    yield Candidate(row.id, row.trial_id, row.order_key)
            self._looked_at += len(rows)
            if len(rows) < size:
                return
            behind = (rows[-1].order_key, rows[-1].id)

    def _read(self, arc: Arc, band: int, behind: tuple[int, int], size: int, *, forward: bool) -> Any:
        place = tuple_(RatingTask.order_key, RatingTask.id)
        query = _open(self.instrument).where(RatingTask.band == band)
        if forward:
            query = query.where(RatingTask.order_key >= behind[0], RatingTask.order_key <= arc.high, place > behind)
            query = query.order_by(RatingTask.order_key, RatingTask.id)
        else:
            query = query.where(RatingTask.order_key <= behind[0], RatingTask.order_key >= arc.low, place < behind)
            query = query.order_by(RatingTask.order_key.desc(), RatingTask.id.desc())
        task = query.limit(size).subquery("task")
        order = (task.c.order_key, task.c.id) if forward else (task.c.order_key.desc(), task.c.id.desc())
        return select(
            task.c.id,
            task.c.trial_id,
            task.c.order_key,
            fits(task.c, self.rater_id, self.instrument, self.now, self.barred).label("fits"),
        ).order_by(*order)


def fits(
    task: Any, rater_id: int, instrument: Instrument, now: datetime, barred: Collection[str] = ()
) -> ColumnElement[bool]:
    """Whether a study task (its columns) has a place for this rater who has never had it: what is cheap is asked first.

    Not: tasks the rater has or had, those without a free place, those that `is_open_to` leaves out.
    """
    occupied = (
        select(func.count())
        .where(
            Claim.task_id == task.id,
            Claim.slot <= task.places,
            or_(Claim.state == "done", Claim.expires_utc > now),
        )
        .scalar_subquery()
    )
    had = exists().where(Claim.task_id == task.id, Claim.rater_id == rater_id)
    return case(
        (had, False), (occupied >= task.places, False), else_=is_open_to(task, rater_id, instrument, now, barred)
    )


def is_open_to(
    task: Any, rater_id: int, instrument: Instrument, now: datetime, barred: Collection[str] = ()
) -> ColumnElement[bool]:
    """Whether the rater may be shown the task at all, whatever its places.

    Not: FER of trials of which the rater knows more than the face, anything of which they know what others said, ER of
    trials whose FER they have open (seeing more now would spoil that answer), participants who do not (any more) let
    people rate them, and the studies in `barred`.
    """
    spoilt = exists().where(
        Exposure.trial_id == task.trial_id,
        Exposure.rater_id == rater_id,
        Exposure.what.in_([what.value for what in sorted(spoils(instrument))]),
    )
    covered = (
        select(Trial.id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(Trial.id == task.trial_id, Recording.consent_rating, Participant.withdrawn_utc.is_(None))
    )
    if barred:
        covered = covered.where(Recording.study_id.not_in(sorted(barred)))
    allowed = and_(~spoilt, covered.exists())
    if instrument is Instrument.FER:
        return allowed
    face = aliased(RatingTask)
    open_fer = exists().where(
        face.trial_id == task.trial_id,
        face.instrument == Instrument.FER.value,
        Claim.task_id == face.id,
        Claim.rater_id == rater_id,
        Claim.state == "leased",
        Claim.expires_utc > now,
    )
    return and_(~open_fer, allowed)


def _open(instrument: Instrument) -> Select[Any]:
    return select(RatingTask.id, RatingTask.trial_id, RatingTask.order_key, RatingTask.places).where(
        RatingTask.state == "open", RatingTask.instrument == instrument.value, RatingTask.purpose == "study"
    )

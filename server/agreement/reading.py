"""The answers that agreement is computed from, read as columns of numbers.

They are the last that each rater gave before a model's label was shown, since raters who saw the same label agree with
it. Answers to training trials, and of participants who have withdrawn, are not among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from annotate.agreement.answers import Answers, from_arrays
from annotate.agreement.fields import Field
from annotate.scales import EMOTIONS, POLARITIES, Flag, Instrument
from server.agreement.filters import Filters
from server.db.answers import current_answers
from server.db.ratings import Qualification, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Participant, Study
from server.db.trials import Recording

#: Weeks begin on Mondays; date ordinal 1 (0001-01-01) is one.
_FIRST_MONDAY = 1
_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()

_PLACE: dict[str, dict[str, int]] = {
    "seven": {str(emotion): place for place, emotion in enumerate(EMOTIONS)},
    "three": {str(polarity): place for place, polarity in enumerate(POLARITIES)},
}
FLAGS: tuple[Flag, ...] = tuple(Flag)


@dataclass(frozen=True)
class Columns:
    """N answers in arrays (N,), those under one instrument ordered by task and rater.

    `seven`, `three`: places in EMOTIONS and POLARITIES. `flags` (N, len(FLAGS)). `looked_ms`: NaN where not known.
    `day`: the date's ordinal, UTC. `rater`: the account's id; `participant`: number of the pseudonym.
    """

    task: NDArray[np.int64]
    rater: NDArray[np.int64]
    participant: NDArray[np.int64]
    seven: NDArray[np.int64]
    three: NDArray[np.int64]
    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]
    intensity: NDArray[np.float64]
    flags: NDArray[np.bool_]
    looked_ms: NDArray[np.float64]
    day: NDArray[np.int64]

    @property
    def week(self) -> NDArray[np.int64]:
        """The ordinal of each answer's Monday."""
        return (self.day - _FIRST_MONDAY) // 7 * 7 + _FIRST_MONDAY

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Which answers say something of emotion."""
        silent = [FLAGS.index(Flag.NO_FACE), FLAGS.index(Flag.UNUSABLE)]
        return np.asarray(~self.flags[:, silent].any(axis=1))

    @cached_property
    def rater_number(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The accounts' ids in order, and each answer's place among them."""
        ids, place = np.unique(self.rater, return_inverse=True)
        return ids, place.astype(np.int64)

    def where(self, kept: NDArray[np.bool_]) -> "Columns":
        """Some of the answers, by task and rater."""
        own = np.flatnonzero(kept)
        own = own[np.lexsort((self.rater[own], self.task[own]))]
        return Columns(**{one.name: getattr(self, one.name)[own] for one in fields(self)})

    def answers(self, field: Field) -> Answers:
        """The usable answers to one field; raters by their number."""
        kept = self.usable
        values = np.asarray(getattr(self, field))[kept]
        return from_arrays(values, self.task[kept], self.rater_number[1][kept], self.participant[kept])


def read_columns(session: Session, filters: Filters) -> dict[Instrument, Columns]:
    """Both instruments' answers under these filters; one without answers is left out."""
    query = (
        current_answers(blind=True)
        .with_only_columns(
            Vote.instrument, Vote.task_id, Vote.rater_id, Participant.pseudonym, Vote.seven, Vote.three, Vote.valence,
            Vote.arousal, Vote.intensity, Vote.flags, Vote.looked_ms, extract("epoch", Vote.created_utc),
        )
        .where(Recording.origin.in_(sorted(filters.origins)))
        .order_by(None)
    )  # fmt: skip
    if filters.study:
        query = query.where(Recording.study_id == filters.study)
    # Past the mapper: these are plain columns, and there are many of them.
    rows = session.connection().execute(query).all()
    if not rows:
        return {}
    instrument, *columns = zip(*rows, strict=True)
    every = _columns(columns)
    of = np.array(instrument)
    return {one: every.where(of == one.value) for one in Instrument if one.value in instrument}


def _columns(columns: Sequence[Sequence[Any]]) -> Columns:
    task, rater, person, seven, three, valence, arousal, intensity, flags, looked, created = columns
    people = {name: place for place, name in enumerate(sorted(set(person)))}
    kinds = sorted(set(flags))
    said = np.array([[flag in text.split(",") for flag in FLAGS] for text in kinds], dtype=bool)
    kind = {text: place for place, text in enumerate(kinds)}
    return Columns(
        task=np.array(task, dtype=np.int64),
        rater=np.array(rater, dtype=np.int64),
        participant=_numbers(people, person),
        seven=_numbers(_PLACE["seven"], seven),
        three=_numbers(_PLACE["three"], three),
        valence=np.array(valence, dtype=np.float64),
        arousal=np.array(arousal, dtype=np.float64),
        intensity=np.array(intensity, dtype=np.float64),  # None becomes NaN
        flags=said[_numbers(kind, flags)],
        looked_ms=np.array(looked, dtype=np.float64),
        day=np.array(created, dtype=np.float64).astype(np.int64) // _DAY_S + _EPOCH,
    )


def _numbers(place: Mapping[str, int], names: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(place.__getitem__, names), dtype=np.int64, count=len(names))


def state_of(session: Session) -> tuple[Any, ...]:
    """Another value whenever what the pages show may be other: answers, withdrawals, purposes, references."""
    counts = select(
        select(func.max(Vote.id)).scalar_subquery(),
        select(func.count()).select_from(Vote).scalar_subquery(),
        select(func.count(Participant.withdrawn_utc)).scalar_subquery(),
        select(func.max(ReferenceAnswer.created_utc)).scalar_subquery(),
        select(func.count()).select_from(ReferenceAnswer).scalar_subquery(),
        select(func.count()).select_from(Qualification).scalar_subquery(),
        select(func.max(Qualification.passed_utc)).scalar_subquery(),
    )
    beside = select(RatingTask.id, RatingTask.purpose).where(RatingTask.purpose != "study").order_by(RatingTask.id)
    return (*session.execute(counts).one(), tuple(map(tuple, session.execute(beside))))


def studies(session: Session) -> list[tuple[str, str]]:
    """(id, title) of all studies, by title."""
    return [(row[0], row[1]) for row in session.execute(select(Study.id, Study.title).order_by(Study.title, Study.id))]


def origins_present(session: Session) -> set[str]:
    """The origins of the recordings that are there."""
    return set(session.scalars(select(Recording.origin).distinct()))

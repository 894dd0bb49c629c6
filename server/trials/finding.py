"""Which trials are on a page of the list, found alike quickly on both engines however many there are.

The order is that of the recordings' arrival, which the trials do not know. Left to itself, an engine sorts all trials
to give thirty; so recordings are walked along their index, a few at first, and their trials are looked at. Where that
finds too few (a verdict that hardly any trial has), what fits is rare, and the engine may look at all trials and sort
the few.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, literal, not_, select, tuple_
from sqlalchemy.orm import Session

from server.db.base import UtcTime
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial

#: So many recordings are walked at first, and then so many more.
WALKED = (16, 128)


@dataclass(frozen=True)
class TrialFilters:
    """Which trials; '' and None: all. `verdict`: of the quality report; `emotion`: that the clip is meant to elicit."""

    study: str = ""
    participant: str = ""
    clip: str = ""
    emotion: str = ""
    origin: str = ""
    verdict: str = ""
    valid: bool | None = None


@dataclass(frozen=True)
class Place:
    """Where a trial stands in the list. `trial` is '' in a cursor."""

    arrived: datetime
    recording: str
    position: int
    trial: str = ""


@dataclass(frozen=True)
class _Chosen:
    """The filters with names looked up; None: all."""

    filters: TrialFilters
    people: list[int] | None
    clips: list[int] | None


def find_trials(session: Session, filters: TrialFilters, after: Place | None, limit: int) -> list[Place]:
    """The first `limit` trials behind `after` that the filters let in."""
    chosen = _looked_up(session, filters)
    if chosen.people == [] or chosen.clips == []:
        return []
    found: list[Place] = []
    at = after
    for count in WALKED:
        recordings = session.execute(_recordings(chosen, at, count)).all()
        found += _trials_of(session, chosen, recordings, at)
        if len(found) >= limit or len(recordings) < count:
            return found[:limit]
        at = Place(recordings[-1].ingested_utc, recordings[-1].id, 2**31 - 1)
    rest = session.execute(_sorted(chosen, at, limit - len(found)))
    return found + [Place(row.ingested_utc, row.recording_id, row.position, row.id) for row in rest]


def _looked_up(session: Session, filters: TrialFilters) -> _Chosen:
    people = clips = None
    if filters.participant:
        query = select(Participant.id).where(Participant.pseudonym == filters.participant)
        people = list(session.scalars(query.where(Participant.study_id == filters.study) if filters.study else query))
    if filters.clip or filters.emotion:
        found = select(Stimulus.id)
        for column, value in (
            (Stimulus.clip, filters.clip),
            (Stimulus.emotion, filters.emotion),
            (Stimulus.study_id, filters.study),
        ):
            found = found.where(column == value) if value else found
        clips = list(session.scalars(found))
    return _Chosen(filters, people, clips)


def _recordings(chosen: _Chosen, at: Place | None, count: int) -> Any:
    query = _of_recordings(
        select(Recording.id, Recording.ingested_utc).join(Participant, Participant.id == Recording.participant_id),
        chosen,
    )
    return _behind(query, at).order_by(Recording.ingested_utc.desc(), Recording.id.desc()).limit(count)


def _trials_of(session: Session, chosen: _Chosen, recordings: Sequence[Any], at: Place | None) -> list[Place]:
    order = {row.id: number for number, row in enumerate(recordings)}
    query = _of_trials(
        select(Trial.id, Trial.recording_id, Trial.position).where(Trial.recording_id.in_(list(order))), chosen
    )
    if at is not None:
        query = query.where(not_((Trial.recording_id == at.recording) & (Trial.position <= at.position)))
    rows = sorted(session.execute(query), key=lambda row: (order[row.recording_id], row.position))
    return [
        Place(recordings[order[row.recording_id]].ingested_utc, row.recording_id, row.position, row.id) for row in rows
    ]


def _sorted(chosen: _Chosen, at: Place | None, limit: int) -> Any:
    """The rare trials first, then their recordings: an engine that walks these here looks every trial up singly."""
    rare = (
        _of_trials(select(Trial.id, Trial.recording_id, Trial.position), chosen).cte("rare").prefix_with("MATERIALIZED")
    )
    query = _of_recordings(
        select(rare.c.id, rare.c.recording_id, rare.c.position, Recording.ingested_utc)
        .join(Recording, Recording.id == rare.c.recording_id)
        .join(Participant, Participant.id == Recording.participant_id),
        chosen,
    )
    if at is not None:
        query = query.where(not_((Recording.id == at.recording) & (rare.c.position <= at.position)))
    query = _behind(query, at)
    return query.order_by(Recording.ingested_utc.desc(), Recording.id.desc(), rare.c.position).limit(limit)


def _behind(query: Any, at: Place | None) -> Any:
    """At or behind the recording of `at`: one comparison of both columns, which the index answers."""
    if at is None:
        return query
    here = tuple_(literal(at.arrived, UtcTime), literal(at.recording, String))
    return query.where(tuple_(Recording.ingested_utc, Recording.id) <= here)


def _of_recordings(query: Any, chosen: _Chosen) -> Any:
    filters = chosen.filters
    query = query.where(Participant.withdrawn_utc.is_(None))
    query = query if chosen.people is None else query.where(Recording.participant_id.in_(chosen.people))
    return _equal(query, ((Recording.study_id, filters.study), (Recording.origin, filters.origin)))


def _of_trials(query: Any, chosen: _Chosen) -> Any:
    filters = chosen.filters
    query = query if chosen.clips is None else query.where(Trial.stimulus_id.in_(chosen.clips))
    query = query if filters.valid is None else query.where(Trial.valid == filters.valid)
    return _equal(query, ((Trial.verdict, filters.verdict),))


def _equal(query: Any, wanted: Iterable[tuple[Any, str]]) -> Any:
    for column, value in wanted:
        query = query.where(column == value) if value else query
    return query

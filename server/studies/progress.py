"""How far each study is: what there is to rate, what was answered, how quickly, and how long it will take."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Participant, Study
from server.db.trials import Recording, Trial

#: Days that the chart shows, today last, and those over which the pace is taken.
CHART_DAYS = 28
PACE_DAYS = 7


@dataclass(frozen=True)
class InstrumentProgress:
    """One instrument of one study; gold and training trials are left out.

    `places` are the answers asked for, `answered` those that are in; `tasks_done` of `tasks` trials have all of theirs.
    `per_day` are answers of the last 28 days (UTC), today last. `raters` answered within the last 7 days, `at_work`
    hold a trial just now. `pace`: answers a day over the last 7 days or since the first one; `days_left` at that pace,
    None where nobody has answered in these days.
    """

    instrument: str
    tasks: int
    tasks_done: int
    places: int
    answered: int
    per_day: list[int]
    raters: int
    at_work: int
    pace: float
    days_left: int | None


@dataclass(frozen=True)
class StudyProgress:
    """One study. `valid_trials` of `trials` were recorded as planned."""

    study: str
    title: str
    participants: int
    recordings: int
    trials: int
    valid_trials: int
    raters_per_instrument: int
    instruments: list[InstrumentProgress]
    last_day: date


def all_progress(session: Session, now: datetime) -> list[StudyProgress]:
    """Every study, by id."""
    today = now.astimezone(UTC).date()
    people, recordings = _people(session), _recordings(session)
    tasks, answered = _tasks(session), _answered(session)
    days, raters, at_work = _per_day(session, today), _raters(session, now), _at_work(session, now)
    found = []
    for study in session.scalars(select(Study).order_by(Study.id)):
        made = recordings.get(study.id)
        instruments = []
        for instrument in Instrument:
            key = (study.id, instrument.value)
            counted = tasks.get(key)
            per_day = [days[key][today - timedelta(days=back)] for back in range(CHART_DAYS - 1, -1, -1)]
            places, done = (counted.places, answered[key]) if counted else (0, 0)
            pace = pace_of(per_day)
            instruments.append(
                InstrumentProgress(
                    instrument=instrument.value,
                    tasks=counted.tasks if counted else 0,
                    tasks_done=counted.done if counted else 0,
                    places=places,
                    answered=done,
                    per_day=per_day,
                    raters=raters[key],
                    at_work=at_work[key],
                    pace=pace,
                    days_left=math.ceil(max(places - done, 0) / pace) if pace else None,
                )
            )
        found.append(
            StudyProgress(
                study=study.id,
                title=study.title,
                participants=people.get(study.id, 0),
                recordings=made.recordings if made else 0,
                trials=made.trials if made else 0,
                valid_trials=made.valid if made else 0,
                raters_per_instrument=study.raters_per_instrument,
                instruments=instruments,
                last_day=today,
            )
        )
    return found


def pace_of(per_day: list[int]) -> float:
    """Answers a day over the last 7 days; where the first answer is younger, since then. 0.0 without any."""
    last = per_day[-PACE_DAYS:]
    first = next((number for number, count in enumerate(per_day) if count), len(per_day))
    days = min(PACE_DAYS, len(per_day) - first)
    return sum(last) / days if days and sum(last) else 0.0


def _people(session: Session) -> dict[str, int]:
    query = select(Participant.study_id, func.count()).where(Participant.withdrawn_utc.is_(None))
    return {row[0]: row[1] for row in session.execute(query.group_by(Participant.study_id))}


def _recordings(session: Session) -> dict[str, Any]:
    query = (
        select(
            Recording.study_id,
            func.count(distinct(Recording.id)).label("recordings"),
            func.count(Trial.id).label("trials"),
            func.count(Trial.id).filter(Trial.valid).label("valid"),
        )
        .outerjoin(Trial, Trial.recording_id == Recording.id)
        .group_by(Recording.study_id)
    )
    return {row.study_id: row for row in session.execute(query)}


def _of_study(query: Any) -> Any:
    return (
        query.join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(RatingTask.purpose == "study", RatingTask.state != "withdrawn")
        .group_by(Recording.study_id, RatingTask.instrument)
    )


def _tasks(session: Session) -> dict[tuple[str, str], Any]:
    query = _of_study(
        select(
            Recording.study_id,
            RatingTask.instrument,
            func.count().label("tasks"),
            func.count().filter(RatingTask.state == "done").label("done"),
            func.sum(RatingTask.places).label("places"),
        ).select_from(RatingTask)
    )
    return {(row.study_id, row.instrument): row for row in session.execute(query)}


def _answered(session: Session) -> dict[tuple[str, str], int]:
    query = _of_study(
        select(Recording.study_id, RatingTask.instrument, func.count())
        .select_from(Claim)
        .join(RatingTask, RatingTask.id == Claim.task_id)
        .where(Claim.state == "done")
    )
    return defaultdict(int, {(row[0], row[1]): row[2] for row in session.execute(query)})


def _per_day(session: Session, today: date) -> dict[tuple[str, str], dict[date, int]]:
    """First answers alone: a correction is no further answer."""
    since = datetime.combine(today - timedelta(days=CHART_DAYS - 1), datetime.min.time(), UTC)
    time = Vote.created_utc
    day = func.date(time) if session.get_bind().dialect.name == "sqlite" else func.date(func.timezone("UTC", time))
    query = _of_study(
        select(Recording.study_id, RatingTask.instrument, day.label("day"), func.count().label("answers"))
        .select_from(Vote)
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .where(Vote.created_utc >= since, Vote.supersedes_id.is_(None))
    ).group_by(day)
    days: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.execute(query):
        when = row.day if isinstance(row.day, date) else date.fromisoformat(row.day)
        days[row.study_id, row.instrument][when] = row.answers
    return days


def _raters(session: Session, now: datetime) -> dict[tuple[str, str], int]:
    query = _of_study(
        select(Recording.study_id, RatingTask.instrument, func.count(distinct(Vote.rater_id)))
        .select_from(Vote)
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .where(Vote.created_utc > now - timedelta(days=PACE_DAYS))
    )
    return defaultdict(int, {(row[0], row[1]): row[2] for row in session.execute(query)})


def _at_work(session: Session, now: datetime) -> dict[tuple[str, str], int]:
    query = _of_study(
        select(Recording.study_id, RatingTask.instrument, func.count(distinct(Claim.rater_id)))
        .select_from(Claim)
        .join(RatingTask, RatingTask.id == Claim.task_id)
        .where(Claim.state == "leased", Claim.expires_utc > now)
    )
    return defaultdict(int, {(row[0], row[1]): row[2] for row in session.execute(query)})

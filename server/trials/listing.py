"""All trials, the latest recordings first, thirty at a time.

A page begins after the last trial of the page before (recording's arrival, recording, position); nothing is counted and
nothing is skipped over. Which trials are on it is found in server.trials.finding.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from annotate.scales import Instrument
from server.db.ratings import Claim, RatingTask
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial
from server.trials.errors import CursorUnreadableError
from server.trials.finding import Place, TrialFilters, find_trials

PAGE = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,17})-([0-9a-f]{32})-(\d{1,9})")


@dataclass(frozen=True)
class Progress:
    """How many of the places of one instrument are answered."""

    answered: int
    places: int


@dataclass(frozen=True)
class TrialRow:
    """One trial in the list. `progress` by instrument, for those under which it is rated."""

    id: str
    study: str
    participant: str
    recording: str
    session: int
    position: int
    clip: str
    clip_emotion: str | None
    origin: str
    valid: bool
    verdict: str | None
    duration_ms: float
    recorded_utc: str
    progress: dict[str, Progress] = field(default_factory=dict)


@dataclass(frozen=True)
class TrialPage:
    """Some trials, and where the next begin ('' at the end)."""

    trials: list[TrialRow]
    next: str


def list_trials(session: Session, filters: TrialFilters, after: str = "", limit: int = PAGE) -> TrialPage:
    """At most `limit` trials after the cursor `after`. Raises CursorUnreadableError."""
    found = find_trials(session, filters, read_cursor(after) if after else None, limit + 1)
    shown = found[:limit]
    ids = [place.trial for place in shown]
    progress = _progress(session, ids)
    rows = {row.Trial.id: row for row in session.execute(_details(ids))}
    return TrialPage(
        [_row(rows[trial], progress.get(trial, {})) for trial in ids],
        write_cursor(shown[-1]) if len(found) > limit else "",
    )


def write_cursor(last: Place) -> str:
    """Where a page that ends with this trial ends, as text for an address."""
    return f"{(last.arrived - _EPOCH) // timedelta(microseconds=1)}-{last.recording}-{last.position}"


def read_cursor(text: str) -> Place:
    """Raises CursorUnreadableError."""
    parts = _CURSOR.fullmatch(text)
    if parts is None:
        raise CursorUnreadableError("after: expected what `next` of the page before says; start from the first page")
    return Place(_EPOCH + timedelta(microseconds=int(parts[1])), parts[2], int(parts[3]))


def _details(trials: list[str]) -> Any:
    return (
        select(Trial, Recording, Participant.pseudonym, Stimulus.clip, Stimulus.emotion)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(Trial.id.in_(trials))
        # The quality report of a recording may be long, and a list of thirty would read it thirty times.
        .options(
            load_only(Recording.id, Recording.study_id, Recording.session, Recording.origin, Recording.recorded_utc)
        )
    )


def _progress(session: Session, trials: list[str]) -> dict[str, dict[str, Progress]]:
    answered = (
        select(func.count())
        .where(Claim.task_id == RatingTask.id, Claim.state == "done")
        .correlate(RatingTask)
        .scalar_subquery()
    )
    found: dict[str, dict[str, Progress]] = {}
    for row in session.execute(
        select(RatingTask.trial_id, RatingTask.instrument, RatingTask.places, answered.label("answered")).where(
            RatingTask.trial_id.in_(trials)
        )
    ):
        found.setdefault(row.trial_id, {})[row.instrument] = Progress(row.answered, row.places)
    return {
        trial: {each.value: by[each.value] for each in Instrument if each.value in by} for trial, by in found.items()
    }


def _row(row: Any, progress: dict[str, Progress]) -> TrialRow:
    trial, recording = row.Trial, row.Recording
    return TrialRow(
        id=trial.id,
        study=recording.study_id,
        participant=row.pseudonym,
        recording=recording.id,
        session=recording.session,
        position=trial.position,
        clip=row.clip,
        clip_emotion=row.emotion,
        origin=recording.origin,
        valid=trial.valid,
        verdict=trial.verdict,
        duration_ms=trial.duration_ms,
        recorded_utc=recording.recorded_utc,
        progress=progress,
    )

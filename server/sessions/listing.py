"""What has arrived: recordings, the latest ingested first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, defer

from server.db.studies import Participant, Study
from server.db.trials import Recording, Trial
from server.sessions.errors import BadCursorError

ROWS = 50


@dataclass(frozen=True)
class Wanted:
    """Which recordings: '' asks for all. A verdict of 'none' asks for those without a quality report."""

    study: str = ""
    verdict: str = ""
    origin: str = ""


@dataclass(frozen=True)
class RecordingRow:
    """One recording in the list. `agreed_to` beside being recorded; `withdrawn` since.

    `verdict` is null where no quality report came; `reasons` are those of its worst trials, one each.
    """

    id: str
    study: str
    participant: str
    session: int
    origin: str
    state: str
    outcome: str
    recorded_utc: str
    ingested_utc: datetime
    tracker: str
    trials: int
    trials_valid: int
    with_face: int
    with_gaze: int
    samples: int
    agreed_to: list[str]
    withdrawn: bool
    verdict: str | None
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RecordingPage:
    """Up to fifty recordings. `next` goes into `after` to get those before them; null at the end."""

    recordings: list[RecordingRow]
    next: str | None


def list_recordings(session: Session, wanted: Wanted = Wanted(), after: str = "") -> RecordingPage:
    """Raises BadCursorError."""
    query = _query(wanted)
    if after:
        query = query.where(tuple_(Recording.ingested_utc, Recording.id) < tuple_(*_place(after)))
    newest = query.order_by(Recording.ingested_utc.desc(), Recording.id.desc()).limit(ROWS + 1)
    found = session.execute(newest).all()
    shown = [row.Recording.id for row in found[:ROWS]]
    counts, reasons = _counts(session, shown), _worst(session, shown)
    rows = [_row(row.Recording, row.Participant, counts, reasons) for row in found[:ROWS]]
    more = len(found) > ROWS
    return RecordingPage(rows, f"{rows[-1].ingested_utc.isoformat()}~{rows[-1].id}" if more else None)


def studies(session: Session) -> Sequence[str]:
    """Ids of all studies."""
    return session.scalars(select(Study.id).order_by(Study.id)).all()


def agreed_to(recording: Recording) -> list[str]:
    """What the participant agreed to beside being recorded."""
    asked = {
        "rating": recording.consent_rating,
        "training": recording.consent_training,
        "publication": recording.consent_publication,
    }
    return [scope for scope, agreed in asked.items() if agreed]


def tracker_words(recording: Recording) -> str:
    return f"{recording.tracker_model}, {recording.tracker_rate_hz:g} Hz"


def _query(wanted: Wanted) -> Select[Recording, Participant]:
    query = (
        select(Recording, Participant)
        .options(defer(Recording.quality))  # whole reports, of which the list needs none
        .join(Participant, Participant.id == Recording.participant_id)
    )
    if wanted.study:
        query = query.where(Recording.study_id == wanted.study)
    if wanted.origin:
        query = query.where(Recording.origin == wanted.origin)
    if wanted.verdict == "none":
        query = query.where(Recording.verdict.is_(None))
    elif wanted.verdict:
        query = query.where(Recording.verdict == wanted.verdict)
    return query


@dataclass(frozen=True)
class _Counts:
    """Of one recording's trials."""

    trials: int = 0
    trials_valid: int = 0
    with_face: int = 0
    with_gaze: int = 0


def _counts(session: Session, recordings: list[str]) -> dict[str, _Counts]:
    query = (
        select(
            Trial.recording_id,
            func.count().label("trials"),
            func.count().filter(Trial.valid).label("trials_valid"),
            func.count(Trial.face_sha256).label("with_face"),
            func.count(Trial.gaze_sha256).label("with_gaze"),
        )
        .where(Trial.recording_id.in_(recordings))
        .group_by(Trial.recording_id)
    )
    return {recording: _Counts(*counts) for recording, *counts in session.execute(query)}


def _worst(session: Session, recordings: list[str], told: int = 2) -> dict[str, list[str]]:
    """Of each recording, the first reason of its bad trials, else of its usable ones."""
    query = (
        select(Trial.recording_id, Trial.position, Trial.verdict, Trial.verdict_reasons)
        .where(Trial.recording_id.in_(recordings), Trial.verdict.in_(("bad", "usable")))
        .order_by(Trial.recording_id, Trial.verdict, Trial.position)  # 'bad' comes before 'usable'
    )
    found: dict[str, list[str]] = {}
    for recording, position, verdict, reasons in session.execute(query):
        first = (reasons.splitlines() or [""])[0]
        found.setdefault(recording, []).append(f"Trial {position} {verdict}: {first}")
    return {
        recording: reasons[:told] + ([f"and {len(reasons) - told} more"] if len(reasons) > told else [])
        for recording, reasons in found.items()
    }


def _row(
    recording: Recording, person: Participant, counts: dict[str, _Counts], reasons: dict[str, list[str]]
) -> RecordingRow:
    count = counts.get(recording.id, _Counts())
    return RecordingRow(
        id=recording.id,
        study=recording.study_id,
        participant=person.pseudonym,
        session=recording.session,
        origin=recording.origin,
        state=recording.state,
        outcome=recording.outcome,
        recorded_utc=recording.recorded_utc,
        ingested_utc=recording.ingested_utc,
        tracker=tracker_words(recording),
        trials=count.trials,
        trials_valid=count.trials_valid,
        with_face=count.with_face,
        with_gaze=count.with_gaze,
        samples=recording.samples,
        agreed_to=agreed_to(recording),
        withdrawn=person.withdrawn_utc is not None,
        verdict=recording.verdict,
        reasons=reasons.get(recording.id, []),
    )


def _place(after: str) -> tuple[datetime, str]:
    utc, _, recording_id = after.partition("~")
    try:
        ingested = datetime.fromisoformat(utc)
    except ValueError:
        ingested = None
    if ingested is None or ingested.tzinfo is None or len(recording_id) != 32:
        raise BadCursorError("after: expected what `next` of the page before says")
    return ingested, recording_id

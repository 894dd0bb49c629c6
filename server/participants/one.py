"""One participant: what they agreed to, what there is of them, and what a withdrawal would take away."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.studies import Participant, Withdrawal
from server.db.trials import Recording, Trial
from server.participants.errors import NoSuchParticipantError
from server.participants.listing import ParticipantRow, agreed_to, rows_of

#: Scope to what it means, agreed and not agreed.
IN_WORDS = {
    "rating": (
        "Raters and researchers may look at face, gaze and self-report",
        "Nobody looks at face, gaze or self-report: there are no rating tasks, and its media are not shown",
    ),
    "training": (
        "Snapshots and exports contain its trials, and models learn from them",
        "Neither snapshots nor exports contain its trials",
    ),
    "publication": (
        "Pictures, video and gaze of it may be shown outside the lab",
        "Pictures, video and gaze of it must not leave the lab",
    ),
}


@dataclass(frozen=True)
class ConsentLine:
    """What one scope means for one recording."""

    scope: str
    agreed: bool
    words: str


@dataclass(frozen=True)
class RecordingLine:
    """One recording of the participant."""

    id: str
    session: int
    recorded_utc: str
    origin: str
    state: str
    verdict: str | None
    trials: int
    trials_valid: int
    consent: list[ConsentLine]
    consent_text_sha256: str


@dataclass(frozen=True)
class TombstoneLine:
    """What a withdrawal took away, in numbers; `unfinished`: it was interrupted and has to be run again."""

    withdrawn_utc: datetime
    recordings: int
    trials: int
    answers: int
    media: int
    snapshots: list[str]
    models: list[str]
    unfinished: bool


@dataclass(frozen=True)
class OneParticipant:
    """One participant with their recordings, or, after a withdrawal, the tombstone."""

    about: ParticipantRow
    recordings: list[RecordingLine]
    tombstone: TombstoneLine | None


def get_participant(session: Session, participant_id: int) -> Participant:
    """Raises NoSuchParticipantError."""
    found = session.get(Participant, participant_id)
    if found is None:
        raise NoSuchParticipantError("There is no such participant; the list of participants has everybody")
    return found


def one_participant(session: Session, participant_id: int) -> OneParticipant:
    """Raises NoSuchParticipantError."""
    person = get_participant(session, participant_id)
    return OneParticipant(
        about=rows_of(session, [person])[0],
        recordings=_recordings(session, person.id),
        tombstone=_tombstone(session.get(Withdrawal, person.id)),
    )


def _recordings(session: Session, participant_id: int) -> list[RecordingLine]:
    query = (
        select(Recording, func.count(Trial.id).label("trials"), func.count(Trial.id).filter(Trial.valid).label("valid"))
        .outerjoin(Trial, Trial.recording_id == Recording.id)
        .where(Recording.participant_id == participant_id)
        .group_by(Recording.id)
        .order_by(Recording.session, Recording.recorded_utc, Recording.id)
    )
    return [
        RecordingLine(
            id=row.Recording.id,
            session=row.Recording.session,
            recorded_utc=row.Recording.recorded_utc,
            origin=row.Recording.origin,
            state=row.Recording.state,
            verdict=row.Recording.verdict,
            trials=row.trials,
            trials_valid=row.valid,
            consent=consent_lines(row.Recording),
            consent_text_sha256=row.Recording.consent_text_sha256,
        )
        for row in session.execute(query)
    ]


def consent_lines(recording: Recording) -> list[ConsentLine]:
    """What the participant agreed to with this recording, in words."""
    agreed = agreed_to(recording)
    return [ConsentLine(scope, scope in agreed, words[scope not in agreed]) for scope, words in IN_WORDS.items()]


def _tombstone(found: Withdrawal | None) -> TombstoneLine | None:
    if found is None:
        return None
    return TombstoneLine(
        withdrawn_utc=found.withdrawn_utc,
        recordings=len(found.recordings),
        trials=found.trials,
        answers=found.votes,
        media=found.media,
        snapshots=found.snapshots,
        models=found.models,
        unfinished=found.unfinished is not None,
    )

"""Who took part: one row a person, in the order of study and pseudonym."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from server.db.studies import Participant, Withdrawal
from server.db.trials import Recording, Trial

PAGE = 50
SCOPES = ("rating", "training", "publication")


@dataclass(frozen=True)
class ParticipantRow:
    """One participant. `agreed_to`: the scopes that every recording of theirs has; `differs`: some have others.

    `origins`: where the recordings come from. `unfinished`: a withdrawal that was interrupted and has to be run again.
    """

    id: int
    study: str
    participant: str
    recordings: int
    trials: int
    trials_valid: int
    origins: list[str]
    agreed_to: list[str]
    differs: bool
    withdrawn_utc: datetime | None
    unfinished: bool


@dataclass(frozen=True)
class ParticipantPage:
    """Some participants, and where the next begin ('' at the end)."""

    participants: list[ParticipantRow]
    next: str


def list_participants(
    session: Session, after: tuple[str, str] | None = None, study: str = "", limit: int = PAGE
) -> ParticipantPage:
    """Those that come after (study, pseudonym), `limit` of them at most."""
    people = select(Participant).order_by(Participant.study_id, Participant.pseudonym).limit(limit + 1)
    if study:
        people = people.where(Participant.study_id == study)
    if after is not None:
        people = people.where(
            or_(
                Participant.study_id > after[0],
                and_(Participant.study_id == after[0], Participant.pseudonym > after[1]),
            )
        )
    found = list(session.scalars(people))
    shown = found[:limit]
    rows = rows_of(session, shown)
    more = f"{shown[-1].study_id}/{shown[-1].pseudonym}" if len(found) > limit else ""
    return ParticipantPage(rows, more)


def rows_of(session: Session, people: list[Participant]) -> list[ParticipantRow]:
    """The rows of these participants, in their order."""
    ids = [person.id for person in people]
    recordings: dict[int, list[Recording]] = {number: [] for number in ids}
    for recording in session.scalars(select(Recording).where(Recording.participant_id.in_(ids))):
        recordings[recording.participant_id].append(recording)
    counts = {
        row.participant_id: (row.trials, row.valid)
        for row in session.execute(
            select(
                Recording.participant_id,
                func.count().label("trials"),
                func.count().filter(Trial.valid).label("valid"),
            )
            .join(Trial, Trial.recording_id == Recording.id)
            .where(Recording.participant_id.in_(ids))
            .group_by(Recording.participant_id)
        )
    }
    unfinished = set(
        session.scalars(
            select(Withdrawal.participant_id).where(
                Withdrawal.participant_id.in_(ids), Withdrawal.unfinished.is_not(None)
            )
        )
    )
    return [
        _row(person, recordings[person.id], counts.get(person.id, (0, 0)), person.id in unfinished) for person in people
    ]


def agreed_to(recording: Recording) -> list[str]:
    """The scopes of one recording's consent, beside being recorded."""
    return [scope for scope in SCOPES if getattr(recording, f"consent_{scope}")]


def _row(person: Participant, recordings: list[Recording], trials: tuple[int, int], unfinished: bool) -> ParticipantRow:
    scopes = [set(agreed_to(recording)) for recording in recordings]
    common = set.intersection(*scopes) if scopes else set()
    return ParticipantRow(
        id=person.id,
        study=person.study_id,
        participant=person.pseudonym,
        recordings=len(recordings),
        trials=trials[0],
        trials_valid=trials[1],
        origins=sorted({recording.origin for recording in recordings}),
        agreed_to=[scope for scope in SCOPES if scope in common],
        differs=any(each != common for each in scopes),
        withdrawn_utc=person.withdrawn_utc,
        unfinished=unfinished,
    )

"""Every trial that may leave the house, a thousand at a time, in the order of their ids.

Whatever is exported is about trials, so this is the one place where consent and origin decide. A thousand at a time
keeps memory constant; that each thousand is found by the primary key keeps it quick on both engines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, Trial
from server.exports.errors import NoSuchExportError

AT_ONCE = 1000
#: Trial id to the values of server.exports.columns.TRIAL.
Trials = dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Choice:
    """What to export. Simulated and imported trials only where asked for by name. `study`: '' for all.

    `history`: superseded answers too. `policy`: the label policy's name; '' for the newest usual one.
    """

    origins: tuple[str, ...] = ("real",)
    study: str = ""
    history: bool = False
    policy: str = ""


def refuse_unknown_study(session: Session, choice: Choice) -> None:
    """Raises NoSuchExportError."""
    known = list(session.scalars(select(Study.id).order_by(Study.id)))
    if choice.study and choice.study not in known:
        raise NoSuchExportError(
            f"study {choice.study!r}: the database has no such study; it has {', '.join(known) or 'none yet'}"
        )


def walk(session: Session, choice: Choice) -> Iterator[Trials]:
    """The trials of participants who agreed to training and have not withdrawn, of the origins and study asked for."""
    last = ""
    while True:
        ids = list(session.scalars(select(Trial.id).where(Trial.id > last).order_by(Trial.id).limit(AT_ONCE)))
        if not ids:
            return
        last = ids[-1]
        rows = session.connection().execute(_may_leave(choice).where(Trial.id.in_(ids))).fetchall()
        found = {row[0]: tuple(row) for row in rows}
        yield {trial: found[trial] for trial in ids if trial in found}


def count_by_origin(session: Session, study: str) -> dict[str, int]:
    """How many trials of each origin may leave, whatever was asked for."""
    query = _joined(select(Recording.origin, func.count())).group_by(Recording.origin)
    query = query.where(Recording.study_id == study) if study else query
    return {row[0]: row[1] for row in session.execute(query)}


def _may_leave(choice: Choice) -> Any:
    query = _joined(
        select(
            Trial.id, Recording.study_id, Participant.pseudonym, Recording.id, Trial.position, Recording.origin,
            Stimulus.clip, Stimulus.emotion,
        ),
    ).where(Recording.origin.in_(choice.origins))  # fmt: skip
    query = query.join(Stimulus, Stimulus.id == Trial.stimulus_id)
    return query.where(Recording.study_id == choice.study) if choice.study else query


def _joined(query: Any) -> Any:
    return (
        query.select_from(Trial)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(Recording.consent_training, Participant.withdrawn_utc.is_(None))
    )

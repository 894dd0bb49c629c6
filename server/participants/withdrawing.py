"""Withdrawing: everything of a participant goes, and a tombstone stays.

1. One transaction deletes every row of theirs, marks them as withdrawn and sets the tombstone, which says what has
   still to be deleted elsewhere. From here on nothing of theirs is served, rated, frozen or taken in again.
2. Snapshots and prediction files are redacted; features, media and what is left of uploads are deleted.
3. One transaction completes the tombstone.

Whatever happens in between, the same call again finishes it: the tombstone holds the list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from annotate.errors import AnnotateError
from server.db.audit import note
from server.db.engine import Database
from server.db.studies import Participant, Study, Withdrawal
from server.participants import beyond
from server.participants.beyond import Stores
from server.participants.errors import NoSuchParticipantError, WithdrawalInterruptedError
from server.participants.rows import (
    count_rows,
    delete_rows,
    lock_rows,
    personal_media_of,
    recordings_of,
    trials_of,
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Withdrawn:
    """The tombstone in numbers. `media` counts files; `snapshots` were redacted; `models` had learnt from one."""

    study: str
    participant: str
    withdrawn_utc: datetime
    recordings: int
    trials: int
    answers: int
    media: int
    snapshots: list[str]
    models: list[str]


def find_participant(database: Database, study: str, pseudonym: str) -> Participant:
    """Raises NoSuchParticipantError."""
    with database.reading() as session:
        return _find(session, study, pseudonym, lock=False)


def withdraw(
    database: Database,
    stores: Stores,
    study: str,
    pseudonym: str,
    *,
    by_id: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
) -> Withdrawn:
    """Delete everything of a participant for good; one who has withdrawn before is looked through again.

    `by_id`: the account that asked for it, None at the command line. `progress` counts steps. Raises
    NoSuchParticipantError, and WithdrawalInterruptedError where something could not be deleted: the withdrawal stands
    then, and the same call again finishes it.
    """
    with database.transaction() as session:
        tombstone = _bury(session, _find(session, study, pseudonym, lock=True), by_id, now())
    unfinished = tombstone.unfinished or {"media": [], "trials": []}
    utc = tombstone.withdrawn_utc.isoformat(timespec="seconds")
    redacted: list[str] = []
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        (
            "snapshots",
            lambda: redacted.extend(beyond.redact_snapshots(stores.snapshots, tombstone.recordings, utc)),
        ),
        ("features", stores.prune_features or (lambda: None)),
        ("predictions", lambda: beyond.redact_predictions(database, stores.predictions, unfinished["trials"])),
        ("media", lambda: beyond.delete_media(database, stores.media, unfinished["media"])),
        ("uploads", lambda: beyond.delete_arrivals(database, stores.uploads, tombstone.recordings)),
    )
    failed = []
    for done, (what, step) in enumerate(steps, 1):
        try:
            step()
        except (AnnotateError, OSError) as error:  # the other places are cleaned all the same
            failed.append(f"{what}: {error}")
        if progress is not None:
            progress(done, len(steps))
    if failed:
        raise WithdrawalInterruptedError(
            f"participant {pseudonym} of study {study} is withdrawn and nothing of theirs is shown or used any more, "
            f"but not everything could be deleted ({'; '.join(failed)}). Mend this, then finish it with "
            f"`duchenne withdraw {study} {pseudonym}`"
        )
    models = beyond.models_trained_on(database, stores.models, redacted)
    with database.transaction() as session:
        tombstone = _complete(session, tombstone.participant_id, redacted, models, by_id, now())
    beyond.overwrite_free_pages(database)
    return Withdrawn(
        study,
        pseudonym,
        tombstone.withdrawn_utc,
        len(tombstone.recordings),
        tombstone.trials,
        tombstone.votes,
        tombstone.media,
        tombstone.snapshots,
        tombstone.models,
    )


def _find(session: Session, study: str, pseudonym: str, *, lock: bool) -> Participant:
    query = select(Participant).filter_by(study_id=study, pseudonym=pseudonym)
    # A recording of theirs that is being taken in just now waits for this lock, and finds them withdrawn.
    found = session.scalar(query.with_for_update(of=Participant) if lock else query)
    if found is None:
        studies = ", ".join(session.scalars(select(Study.id).order_by(Study.id))) or "none yet"
        raise NoSuchParticipantError(
            f"study {study!r} has no participant {pseudonym!r}; the studies are {studies}, and the page Participants "
            "lists everybody. Nothing was deleted"
        )
    return found


def _bury(session: Session, person: Participant, by_id: int | None, now: datetime) -> Withdrawal:
    """Delete the rows and set the tombstone; the one that stands where it was done before."""
    known = session.get(Withdrawal, person.id)
    recordings = recordings_of(session, person.id)
    if known is not None and not recordings:
        return known
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))  # what is deleted is overwritten, not only let go
    lock_rows(session, person.id)
    counts = count_rows(session, person.id)
    unfinished = {"media": personal_media_of(session, person.id), "trials": trials_of(session, person.id)}
    delete_rows(session, person.id)
    person.withdrawn_utc = person.withdrawn_utc or now
    tombstone = known or Withdrawal(
        participant_id=person.id, withdrawn_utc=person.withdrawn_utc, by_id=by_id, recordings=[],
        trials=0, votes=0, media=0, snapshots=[], models=[],
    )  # fmt: skip
    tombstone.recordings = sorted({*tombstone.recordings, *recordings})
    tombstone.trials += counts.trials
    tombstone.votes += counts.answers
    tombstone.media += counts.media
    tombstone.unfinished = unfinished
    session.add(tombstone)
    note(
        session,
        "participant.withdrawn",
        f"{person.study_id}/{person.pseudonym}",
        now,
        actor_id=by_id,
        recordings=counts.recordings,
        trials=counts.trials,
        answers=counts.answers,
    )
    return tombstone


def _complete(
    session: Session, participant_id: int, redacted: list[str], models: list[str], by_id: int | None, now: datetime
) -> Withdrawal:
    tombstone = session.get_one(Withdrawal, participant_id, with_for_update=True)
    person = session.get_one(Participant, participant_id)
    news = {*redacted} - {*tombstone.snapshots} or {*models} - {*tombstone.models}
    if tombstone.unfinished is None and not news:
        return tombstone
    tombstone.snapshots = sorted({*tombstone.snapshots, *redacted})
    tombstone.models = sorted({*tombstone.models, *models})
    tombstone.unfinished = None
    note(
        session,
        "participant.withdrawal_finished",
        f"{person.study_id}/{person.pseudonym}",
        now,
        actor_id=by_id,
        media=tombstone.media,
        snapshots_redacted=", ".join(redacted),
        models_exposed=", ".join(models),
    )
    return tombstone

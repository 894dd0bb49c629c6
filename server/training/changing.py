"""Making a trial a training or gold trial, and a trial of the study again: purpose, state, places and answer at once.

Training and gold trials are open to everybody, whatever their places. Answers to training trials are no labels while
they are such; nothing is deleted either way.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from server.db.audit import note
from server.db.ratings import Claim, RatingTask, ReferenceAnswer
from server.training.errors import NotInTrainingError
from server.training.messages import SentItem
from server.training.tasks import SCALES, found

#: Above all slots in use: claims move there first, as no two of a task may share a slot on the way.
_ASIDE = 2_000_000_000


def put(
    session: Session, researcher_id: int, trial_id: str, instrument: Instrument, sent: SentItem, now: datetime
) -> None:
    """Make it what `sent` says, with its reference answer, or change both. Raises NoSuchTrialError."""
    task = found(session, trial_id, instrument, lock=True).task
    was = task.purpose
    task.purpose = sent.purpose
    task.state = "open"
    answer = sent.answer(instrument)
    reference = session.get(ReferenceAnswer, (trial_id, instrument.value))
    if reference is None:
        reference = ReferenceAnswer(trial_id=trial_id, instrument=instrument.value)
        session.add(reference)
    for name in SCALES:
        setattr(reference, name, getattr(answer, name))
    reference.explanation = sent.explanation.strip()
    reference.by_id = researcher_id
    reference.created_utc = now
    session.flush()
    note(
        session,
        "training.added" if was == "study" else "training.changed",
        f"{trial_id}/{instrument.value}",
        now,
        actor_id=researcher_id,
        purpose=sent.purpose,
        was=was,
        seven=sent.seven.value,
    )


def take_out(session: Session, researcher_id: int, trial_id: str, instrument: Instrument, now: datetime) -> None:
    """Make it a trial of the study again. Its answers stay, and count as labels.

    Raises NoSuchTrialError, NotInTrainingError.
    """
    task = found(session, trial_id, instrument, lock=True).task
    if task.purpose == "study":
        raise NotInTrainingError("This trial is neither a training nor a gold trial, so there is nothing to take out")
    was = task.purpose
    task.purpose = "study"
    done = _number_places_anew(session, task)
    task.state = "done" if done >= task.places else "open"
    session.execute(
        delete(ReferenceAnswer).where(
            ReferenceAnswer.trial_id == trial_id, ReferenceAnswer.instrument == instrument.value
        )
    )
    about = f"{trial_id}/{instrument.value}"
    note(session, "training.removed", about, now, actor_id=researcher_id, was=was, answered=done)


def _number_places_anew(session: Session, task: RatingTask) -> int:
    """Slots from 1 on, those that are answered first, so that no more raters than `places` come in. How many are."""
    claims = list(session.scalars(select(Claim).where(Claim.task_id == task.id)))
    claims.sort(key=lambda claim: (claim.state != "done", -claim.expires_utc.timestamp(), claim.id))
    for shift in (_ASIDE, 1):
        moves = [{"id": claim.id, "slot": shift + place} for place, claim in enumerate(claims)]
        if moves:
            session.execute(update(Claim), moves)
    return sum(claim.state == "done" for claim in claims)

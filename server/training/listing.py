"""Training and gold trials with how raters did on each, and the search for further ones."""

from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from annotate.difficulty import difficulty
from annotate.scales import Instrument
from server.db.accounts import Account
from server.db.answers import as_answer
from server.db.ratings import RatingTask, ReferenceAnswer
from server.db.studies import Study
from server.db.trials import Recording
from server.training.messages import Candidate, Item, Match, Mistake, Purpose, Reference, Use
from server.training.proposing import proposal
from server.training.tasks import SCALES, current_votes, found, visible_tasks

#: So many trials are offered when an id is searched by its beginning.
MATCHES = 20


def items(
    session: Session,
    n: int,
    *,
    study: str | None = None,
    instrument: Instrument | None = None,
    purpose: Purpose | None = None,
    before: int | None = None,
) -> list[Item]:
    """The newest `n` tasks of the set; `before`: only those with a smaller number."""
    query = _in_the_set().order_by(RatingTask.id.desc()).limit(n)
    if study is not None:
        query = query.where(Recording.study_id == study)
    if instrument is not None:
        query = query.where(RatingTask.instrument == instrument.value)
    if purpose is not None:
        query = query.where(RatingTask.purpose == purpose)
    if before is not None:
        query = query.where(RatingTask.id < before)
    return _with_answers(session, query)


def item(session: Session, trial_id: str, instrument: Instrument) -> Item | None:
    """This trial, where it is a training or gold trial."""
    query = _in_the_set().where(RatingTask.trial_id == trial_id, RatingTask.instrument == instrument.value)
    return next(iter(_with_answers(session, query)), None)


def candidate(session: Session, trial_id: str, instrument: Instrument) -> Candidate:
    """This trial, whatever its use, with what is proposed as its answer. Raises NoSuchTrialError."""
    it = found(session, trial_id, instrument)
    return Candidate(
        trial=trial_id,
        instrument=instrument,
        study=it.study,
        origin=it.origin,
        purpose=cast(Use, it.task.purpose),  # the column holds no other
        answers=len(current_votes(session, [it.task.id])[it.task.id]),
        proposal=proposal(session, it.task),
    )


def matches(session: Session, beginning: str) -> list[Match]:
    """Trials whose id begins so (hex digits)."""
    end = beginning + "g"  # follows every hex digit
    query = (
        visible_tasks()
        .where(RatingTask.trial_id >= beginning, RatingTask.trial_id < end)
        .order_by(RatingTask.trial_id, RatingTask.instrument)
        .limit(MATCHES)
    )
    return [
        Match(
            trial=row.RatingTask.trial_id,
            instrument=Instrument(row.RatingTask.instrument),
            study=row.study_id,
            purpose=row.RatingTask.purpose,
        )
        for row in session.execute(query)
    ]


def studies(session: Session) -> list[str]:
    """The ids of all studies, for the filter."""
    return list(session.scalars(select(Study.id).order_by(Study.id)))


def _in_the_set() -> Select[*tuple[Any, ...]]:
    return (
        visible_tasks()
        .add_columns(ReferenceAnswer, Account.name)
        .join(
            ReferenceAnswer,
            (ReferenceAnswer.trial_id == RatingTask.trial_id) & (ReferenceAnswer.instrument == RatingTask.instrument),
        )
        .join(Account, Account.id == ReferenceAnswer.by_id)
        .where(RatingTask.purpose.in_(("training", "gold")))
    )


def _with_answers(session: Session, query: Select[*tuple[Any, ...]]) -> list[Item]:
    rows = list(session.execute(query))
    votes = current_votes(session, [row.RatingTask.id for row in rows])
    return [_item(row, [as_answer(vote) for vote in votes[row.RatingTask.id]]) for row in rows]


def _item(row: Any, answers: list[Any]) -> Item:
    task, reference = row.RatingTask, row.ReferenceAnswer
    how = difficulty(answers, as_answer(reference))
    return Item(
        id=task.id,
        trial=task.trial_id,
        instrument=Instrument(task.instrument),
        study=row.study_id,
        origin=row.origin,
        purpose=task.purpose,
        reference=Reference.model_validate({name: getattr(reference, name) for name in SCALES}),
        explanation=reference.explanation,
        by=row.name,
        created_utc=reference.created_utc,
        answers=how.answers,
        right_share=how.right_share,
        mean_score=how.mean_score,
        mistakes=[Mistake(seven=seven, raters=count) for seven, count in how.mistakes],
        too_hard=how.too_hard,
    )

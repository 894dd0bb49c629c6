"""What waits for an adjudicator: the tasks that raters disagree about, the greatest disagreement first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from annotate.adjudication import Reason
from annotate.scales import Instrument
from server.adjudication.errors import BadCursorError
from server.adjudication.messages import Decided, Dispute
from server.db.accounts import Account
from server.db.disagreements import Disagreement
from server.db.ratings import Adjudication, RatingTask, Vote
from server.db.studies import Participant, Study
from server.db.trials import Recording, Trial


@dataclass(frozen=True)
class Wanted:
    """Which part of the queue. `whole`: only tasks that everybody asked for has answered."""

    study: str | None = None
    instrument: Instrument | None = None
    decided: bool = False
    whole: bool = False


def disputes(session: Session, adjudicator_id: int, wanted: Wanted, n: int, after: str | None = None) -> list[Dispute]:
    """The first `n` after the cursor `after`. Raises BadCursorError.

    Left out: trials that this adjudicator has rated, those whose participant does not (any more) let people look, and
    training and gold trials, whose answers are known.
    """
    query = _looked_at(wanted).where(~rated_by(adjudicator_id)).limit(n)
    if after is not None:
        score, task_id = read_cursor(after)
        at_or_below = Disagreement.score <= score
        query = query.where(at_or_below, or_(Disagreement.score < score, Disagreement.task_id > task_id))
    return [_row(row) for row in session.execute(query)]


def studies(session: Session) -> list[str]:
    """The ids of all studies, for the filter."""
    return list(session.scalars(select(Study.id).order_by(Study.id)))


def cursor(score: float, task_id: int) -> str:
    """The place of a row in the queue, to go on from."""
    return f"{score!r}~{task_id}"


def read_cursor(text: str) -> tuple[float, int]:
    """(score, task id). Raises BadCursorError."""
    score, _, task_id = text.partition("~")
    try:
        place = (float(score), int(task_id))
    except ValueError:
        place = (-1.0, 0)
    if not (0 <= place[0] <= 1 and 0 < place[1] < 2**31):
        raise BadCursorError("after: expected the cursor of a row of this queue; start from the top again")
    return place


def rated_by(rater_id: int) -> Any:
    """Whether this person has rated the trial of RatingTask, under whichever instrument."""
    same = aliased(RatingTask)
    return exists().where(
        same.trial_id == RatingTask.trial_id,
        Vote.task_id == same.id,
        Vote.rater_id == rater_id,
        Vote.supersedes_id.is_(None),  # every rater's first answer, which has an index
    )


def _looked_at(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    newer = aliased(Adjudication)
    query = (
        select(Disagreement, RatingTask, Recording.study_id, Recording.origin, Adjudication.created_utc, Account.name)
        .join(RatingTask, RatingTask.id == Disagreement.task_id)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .outerjoin(
            Adjudication,
            and_(
                Adjudication.trial_id == RatingTask.trial_id,
                Adjudication.instrument == RatingTask.instrument,
                ~exists().where(newer.supersedes_id == Adjudication.id),
            ),
        )
        .outerjoin(Account, Account.id == Adjudication.by_id)
        .where(
            Disagreement.decided == wanted.decided,
            RatingTask.purpose == "study",
            RatingTask.state != "withdrawn",
            Recording.consent_rating,
            Participant.withdrawn_utc.is_(None),
        )
        .order_by(Disagreement.score.desc(), Disagreement.task_id)
    )
    if not wanted.decided:  # what was decided stays in its list, also where a later answer has settled the matter
        query = query.where(Disagreement.score > 0)
    if wanted.study is not None:
        query = query.where(Recording.study_id == wanted.study)
    if wanted.instrument is not None:
        query = query.where(RatingTask.instrument == wanted.instrument.value)
    return query.where(RatingTask.state == "done") if wanted.whole else query


def _row(row: Any) -> Dispute:
    counted, task = row.Disagreement, row.RatingTask
    return Dispute(
        trial=task.trial_id,
        instrument=Instrument(task.instrument),
        study=row.study_id,
        origin=row.origin,
        answers=counted.answers,
        places=task.places,
        score=counted.score,
        reasons=[Reason(reason) for reason in counted.reasons.split(",") if reason],
        decided=Decided(by=row.name, created_utc=row.created_utc) if row.name is not None else None,
        cursor=cursor(counted.score, task.id),
    )

"""Raters in training: how far each has come, and another attempt for who did not reach the score.

Another attempt deletes nothing. The rater's places of the training trials are given back, so that the desk offers them
again; a new answer then supersedes the earlier one, which stays. Who gave the attempt is in the audit log.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from annotate.training import is_qualified, score
from server.db.accounts import Account
from server.db.answers import as_answer
from server.db.audit import AuditEntry, note
from server.db.ratings import Claim, Qualification, RatingTask, ReferenceAnswer
from server.db.studies import Study
from server.db.trials import Recording
from server.training.errors import NothingToReopenError
from server.training.messages import Reopening, Trainee
from server.training.tasks import current_votes, visible_tasks

REOPENED = "training.reopened"


def trainees(session: Session, study: str | None = None) -> list[Trainee]:
    """Everybody who has begun a study's training, by study, instrument and name."""
    names = {account.id: account for account in session.scalars(select(Account))}
    asked = {one.id: one.qualifying_score for one in session.scalars(select(Study)) if study in (None, one.id)}
    passed = {
        (row.rater_id, row.study_id, row.instrument): row.score
        for row in session.scalars(select(Qualification).where(Qualification.study_id.in_(asked)))
    }
    sizes, scores = _scores(session, asked)
    reopened = _reopened(session)
    found = []
    for who in sorted(scores.keys() | passed.keys(), key=lambda who: (who[1], who[2], names[who[0]].name)):
        rater, study_id, instrument = who
        given, of = scores[who], sizes[study_id, instrument]
        mean = passed.get(who, sum(given) / len(given) if given else None)
        found.append(
            Trainee(
                rater=rater,
                name=names[rater].name,
                study=study_id,
                instrument=Instrument(instrument),
                done=len(given),
                of=of,
                score=mean,
                attempts=1 + reopened[f"{names[rater].pseudonym}/{study_id}/{instrument}"],
                state=_state(who in passed, given, of, asked[study_id]),
            )
        )
    return found


def reopen(session: Session, researcher_id: int, whose: Reopening, now: datetime) -> None:
    """Give a rater another attempt at a study's training. Raises NothingToReopenError."""
    every = trainees(session, whose.study)
    one = next((each for each in every if (each.rater, each.instrument) == (whose.rater, whose.instrument)), None)
    if one is None or one.state != "failed":
        raise NothingToReopenError(
            f"This rater has not failed the training of {whose.study} under {whose.instrument.value}: it is not begun, "
            "not finished or passed already, so there is nothing to open anew"
        )
    tasks = session.scalars(
        _training_tasks([whose.study])
        .with_only_columns(RatingTask.id)
        .where(RatingTask.instrument == whose.instrument.value)
    ).all()
    session.execute(
        update(Claim)
        .where(Claim.rater_id == whose.rater, Claim.task_id.in_(tasks), Claim.state == "done")
        .values(state="leased", expires_utc=now)
    )
    pseudonym = session.get_one(Account, whose.rater).pseudonym
    about = f"{pseudonym}/{whose.study}/{whose.instrument.value}"
    note(session, REOPENED, about, now, actor_id=researcher_id, attempt=one.attempts + 1)


def _state(passed: bool, given: list[float], of: int, asked: float) -> Literal["learning", "failed", "qualified"]:
    if passed:
        return "qualified"
    return "failed" if is_qualified(given, of, asked) is False else "learning"


def _training_tasks(studies: Any) -> Any:
    return visible_tasks().where(RatingTask.purpose == "training", Recording.study_id.in_(list(studies)))


def _scores(session: Session, studies: Any) -> tuple[Counter[tuple[str, str]], dict[tuple[int, str, str], list[float]]]:
    """How many training trials (study, instrument) has, and the scores of (rater, study, instrument)."""
    rows = session.execute(
        _training_tasks(studies)
        .add_columns(ReferenceAnswer)
        .join(
            ReferenceAnswer,
            (ReferenceAnswer.trial_id == RatingTask.trial_id) & (ReferenceAnswer.instrument == RatingTask.instrument),
        )
    ).all()
    tasks = [row.RatingTask.id for row in rows]
    answered = select(Claim.task_id, Claim.rater_id).where(Claim.task_id.in_(tasks), Claim.state == "done")
    done = {(row.task_id, row.rater_id) for row in session.execute(answered)}
    votes = current_votes(session, tasks)
    sizes: Counter[tuple[str, str]] = Counter()
    scores: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    for row in rows:
        task = row.RatingTask
        sizes[row.study_id, task.instrument] += 1
        for vote in votes[task.id]:
            mine = scores[vote.rater_id, row.study_id, task.instrument]  # also who is at a further attempt
            if (task.id, vote.rater_id) in done:
                mine.append(score(as_answer(vote), as_answer(row.ReferenceAnswer)))
    return sizes, scores


def _reopened(session: Session) -> Counter[str]:
    """How often each training was opened anew."""
    return Counter(session.scalars(select(AuditEntry.about).where(AuditEntry.action == REOPENED)))

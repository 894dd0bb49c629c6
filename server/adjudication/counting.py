"""Counting disagreements anew where votes have come in since."""

from collections import defaultdict

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from annotate.adjudication import RULE, judge
from server.db.answers import as_answer
from server.db.disagreements import Disagreement
from server.db.engine import Database
from server.db.ratings import Vote

#: Raters who answer one of these tasks wait until its batch is through, so batches are small.
BATCH = 200


def count_anew(database: Database, at_most: int = 5 * BATCH) -> bool:
    """Bring up to `at_most` old rows up to date, in small transactions; whether none is left.

    A row is locked before its votes are read: a vote that comes meanwhile waits, and makes the row old again after.
    """
    for _ in range(0, at_most, BATCH):
        with database.reading() as session:
            if not session.scalar(select(exists().where(Disagreement.rule < RULE))):
                return True
        _count_batch(database)
    return False


def _count_batch(database: Database) -> None:
    with database.transaction() as session:
        old = (
            select(Disagreement.task_id)
            .where(Disagreement.rule < RULE)
            .order_by(Disagreement.task_id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        tasks = list(session.scalars(old))
        newer = aliased(Vote)
        current = select(Vote).where(Vote.task_id.in_(tasks), ~exists().where(newer.supersedes_id == Vote.id))
        answers = defaultdict(list)
        for vote in session.scalars(current):
            answers[vote.task_id].append(as_answer(vote))
        rows = []
        for task in tasks:
            judged = judge(answers[task])
            counted = {"rule": RULE, "answers": len(answers[task]), "score": judged.score}
            rows.append({"task_id": task, "reasons": ",".join(judged.reasons), **counted})
        if rows:
            session.execute(update(Disagreement), rows)

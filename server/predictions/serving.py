"""Putting what a model said in service: from then on it orders the queue and is what raters are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.audit import note
from server.db.engine import Database
from server.db.predictions import PredictionRun, Serving, run_in_service
from server.predictions.ordering import reorder_queue


@dataclass(frozen=True)
class ServesAgain:
    """What became of the queue as a former model came back.

    `runs`: how many snapshots it had spoken of. `snapshot`: what the run that was in service until then spoke of, None
    where nothing was; `silent`: it has not spoken of that one itself. `tasks_reordered` as in ImportResult.
    """

    runs: int
    snapshot: str | None
    silent: bool
    tasks_reordered: int


def put_in_service(session: Session, runs: Sequence[int], now: datetime) -> int:
    """Give these runs the word, the last of them the last word, and put the queue in its order.

    Returns how many open tasks got another priority or reason.
    """
    for run in runs:
        session.add(Serving(run_id=run, since_utc=now))
        session.flush()  # one by one: their numbers are their order
    return reorder_queue(session)


def serve_again(
    database: Database, model: str, instead_of: str | None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> ServesAgain:
    """Put all that a model has said in service again, in the order in which it was, in place of `instead_of`.

    Where it never spoke of a trial, the word of whoever did stands. What raters were told stays as it was recorded.
    """
    with database.transaction() as session:
        before = run_in_service(session)
        snapshot = before[0].snapshot_id if before else None
        rows = session.execute(
            select(PredictionRun.id, PredictionRun.snapshot_id)
            .join(Serving, Serving.run_id == PredictionRun.id)
            .where(PredictionRun.model == model)
            .group_by(PredictionRun.id, PredictionRun.snapshot_id)
            .order_by(func.max(Serving.id))
        ).all()
        when = now()
        changed = put_in_service(session, [row.id for row in rows], when) if rows else 0
        found = ServesAgain(
            runs=len(rows),
            snapshot=snapshot,
            silent=snapshot is not None and snapshot not in {row.snapshot_id for row in rows},
            tasks_reordered=changed,
        )
        note(
            session, "model.serves_again", model, when, actor_id=None, instead_of=instead_of, runs=found.runs,
            tasks_reordered=changed,
        )  # fmt: skip
    return found

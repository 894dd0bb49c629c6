"""The night shift: snapshot, features, training, decision, predictions, queue, and one page for the morning."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotate.snapshot.format import Origin, SnapshotHeader
from annotate.snapshot.store import SnapshotDifference, diff_snapshots, list_snapshots
from duchenne import stages
from duchenne.night.lease import lease
from duchenne.settings import Values
from model.promotion.entry import Entry, Ledger
from model.promotion.ledger import read_ledger
from model.training.train import RunResult
from server.db.revisions import open_database
from server.predictions.queue import QueueRow, queue_head

RATED_NEXT = 20


@dataclass(frozen=True)
class Night:
    """What one night did. `since` is None in the first night.

    `decision` is the last of `ledger`; `torn` what an earlier night left of a decision that it could not write.
    `predictions` are those of the model that serves by it, be it tonight's or an earlier one.
    """

    snapshot: SnapshotHeader
    since: SnapshotDifference | None
    run: RunResult
    decision: Entry
    ledger: Ledger
    torn: str | None
    predictions: Path
    next_tasks: Sequence[QueueRow]


def work_through(values: Values, origins: Sequence[Origin], recipe: str, folds: int, seed: int) -> Night:
    """All stages under one lease. Raises LeaseHeldError, and the errors of the rooms; an earlier stage's work stays."""
    with lease(values.home / "nightly.lease", stages.utc_now()):
        before = list_snapshots(values.snapshots)
        torn = read_ledger(values.models).torn  # also: a ledger that cannot be read stops the night before its work
        header = stages.freeze(values, origins, folds=folds, seed=seed)
        last = next((one for one in reversed(before) if one.id != header.id), None)
        run = stages.learn(values, header.id, recipe, seed=seed)
        decision = stages.elect(values, run.model, header.id, seed=seed)
        predictions = _order_by_who_serves(values, decision.serves, header.id)
        database = open_database(values.database_url)
        try:
            return Night(
                snapshot=header,
                since=diff_snapshots(values.snapshots / last.id, values.snapshots / header.id) if last else None,
                run=run,
                decision=decision,
                ledger=read_ledger(values.models),
                torn=torn,
                predictions=predictions,
                next_tasks=queue_head(database, RATED_NEXT),
            )
        finally:
            database.close()


def _order_by_who_serves(values: Values, serves: str, snapshot: str) -> Path:
    """The predictions that order the queue. A person may roll back while a model speaks: the other one then does."""
    while True:
        predictions = stages.say(values, serves, snapshot)
        stages.reorder(values, predictions)
        last = read_ledger(values.models).last
        if last is None or last.serves == serves:
            return predictions
        serves = last.serves

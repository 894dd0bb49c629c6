"""The night shift: snapshot, features, training, predictions, queue, and one page for the morning."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotate.snapshot.format import Origin, SnapshotHeader
from annotate.snapshot.store import SnapshotDifference, diff_snapshots, list_snapshots
from duchenne import stages
from duchenne.night.lease import lease
from duchenne.settings import Values
from model.training.train import RunResult
from server.db.revisions import open_database
from server.predictions.queue import QueueRow, queue_head

RATED_NEXT = 20


@dataclass(frozen=True)
class Night:
    """What one night did. `since` is None in the first night."""

    snapshot: SnapshotHeader
    since: SnapshotDifference | None
    run: RunResult
    predictions: Path
    next_tasks: Sequence[QueueRow]


def work_through(values: Values, origins: Sequence[Origin], recipe: str, folds: int, seed: int) -> Night:
    """All stages under one lease. Raises LeaseHeldError, and the errors of the rooms; an earlier stage's work stays."""
    with lease(values.home / "nightly.lease", stages.utc_now()):
        before = list_snapshots(values.snapshots)
        header = stages.freeze(values, origins, folds=folds, seed=seed)
        last = next((one for one in reversed(before) if one.id != header.id), None)
        run = stages.learn(values, header.id, recipe, seed=seed)
        predictions = stages.say(values, run.model, header.id)
        stages.reorder(values, predictions)
        database = open_database(values.database_url)
        try:
            return Night(
                snapshot=header,
                since=diff_snapshots(values.snapshots / last.id, values.snapshots / header.id) if last else None,
                run=run,
                predictions=predictions,
                next_tasks=queue_head(database, RATED_NEXT),
            )
        finally:
            database.close()

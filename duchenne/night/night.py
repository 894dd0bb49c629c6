"""What one night did, as its page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotate.snapshot.format import SnapshotHeader
from annotate.snapshot.store import SnapshotDifference
from duchenne.night.logbook import Unfinished
from model.promotion.by_person import Person
from model.promotion.entry import Entry, Ledger
from model.training.train import RunResult
from server.predictions.queue import QueueRow


@dataclass(frozen=True)
class Since:
    """What tonight's snapshot has that the one of the last night, `snapshot`, had not."""

    snapshot: str
    difference: SnapshotDifference


@dataclass(frozen=True)
class Night:
    """`since` is None in the first night. `unfinished`: nights before this one that never came to their end.

    `decision` is the last of `ledger`; `torn` what an earlier night left of a decision that it could not write.
    `people` are those on whom tonight's model was compared. `predictions` are those of the model that serves by the
    decision, be it tonight's or an earlier one.
    """

    snapshot: SnapshotHeader
    since: Since | None
    unfinished: Sequence[Unfinished]
    run: RunResult
    decision: Entry
    ledger: Ledger
    torn: str | None
    people: Sequence[Person]
    predictions: Path
    next_tasks: Sequence[QueueRow]

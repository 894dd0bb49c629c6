"""The night shift: snapshot, features, training, decision, predictions, queue, and one page for the morning.

Killed at any moment and started again it goes on: what is whole is taken as it is, the rest is done, nothing twice that
takes long or counts (networks are kept until the page is there, a decision is in the ledger once).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from annotate.errors import AnnotateError
from annotate.snapshot.format import Origin, SnapshotHeader
from annotate.snapshot.store import diff_snapshots, list_snapshots
from duchenne import stages
from duchenne.errors import FrontDoorError
from duchenne.night.lease import lease
from duchenne.night.logbook import Logbook, Unfinished
from duchenne.night.night import Night, Since
from duchenne.night.page import write_page
from duchenne.night.stopped_page import write_stopped_page
from duchenne.night.tidying import tidy
from duchenne.settings import Values
from model.errors import ModelError
from model.promotion.entry import Entry, Ledger
from model.promotion.ledger import read_ledger
from model.training.train import RunResult
from model.training.trainer import Trainer
from server.db.revisions import open_database
from server.errors import ServerError
from server.predictions.queue import QueueRow, queue_head

RATED_NEXT = 20
#: What a user can do something about, so that its message is enough.
TOLD = (AnnotateError, ModelError, ServerError, FrontDoorError)


def work_through(
    values: Values, origins: Sequence[Origin], recipe: str, folds: int, seed: int, trainer: Trainer | None = None
) -> tuple[Night, Path]:
    """All steps under one lease; what the night did, and its page in `values.reports`. `trainer`: who trains; None for
    this process alone.

    Raises LeaseHeldError, and the errors of the rooms: an earlier step's work stays, and a page says what stopped it.
    """
    now = stages.utc_now()
    with lease(values.home / "nightly.lease", now):
        logbook = Logbook(values.home / "nightly.unfinished")
        unfinished = logbook.unfinished()
        logbook.begin(now)
        try:
            night = _night(values, logbook, unfinished, now, origins, recipe, folds, seed, trainer)
            with logbook.at("report"):
                page = write_page(values.reports, night, now)
        except Exception as error:
            told = _on_a_page(error)
            logbook.failed(told)
            with suppress(Exception):  # the first error is what has to be told
                write_stopped_page(values.reports, Unfinished(now, logbook.step, told), values.models)
            raise
        night.run.let_go()
        logbook.end()
        return night, page


def _on_a_page(error: Exception) -> str:
    """Nobody is named there. What a library says may quote a row, so that its words stay in the night's own log."""
    if isinstance(error, ModelError):
        return error.unnamed
    if isinstance(error, (*TOLD, OSError)):
        return str(error)
    return f"{type(error).__name__}; what it says is in the log of whoever started the night"


def _night(
    values: Values, logbook: Logbook, unfinished: Sequence[Unfinished], now: str, origins: Sequence[Origin],
    recipe: str, folds: int, seed: int, trainer: Trainer | None,
) -> Night:  # fmt: skip
    begun = unfinished[0].begun_utc if unfinished else now
    with logbook.at("tidying"):
        ledger = read_ledger(values.models)  # one that cannot be read stops the night before its work
        tidy(values)
    with logbook.at("snapshot"):
        before = _snapshot_before(values, ledger, begun)
        header = stages.freeze(values, origins, folds=folds, seed=seed)
        since = _since(values, before, header)
    with logbook.at("training"):
        run = stages.learn(values, header.id, recipe, seed=seed, hold=True, trainer=trainer)
    with logbook.at("decision"):
        decision = _decided(values, run, header, seed, begun) or stages.elect(values, run.model, header.id, seed=seed)
        people = stages.people_compared(values, decision, header.id)
    predictions = _order_by_who_serves(values, logbook, decision.serves, header.id)
    with logbook.at("queue"):
        tasks = _queue(values)
    return Night(
        snapshot=header, since=since, unfinished=unfinished, run=run, decision=decision,
        ledger=read_ledger(values.models), torn=ledger.torn, people=people, predictions=predictions, next_tasks=tasks,
    )  # fmt: skip


def _order_by_who_serves(values: Values, logbook: Logbook, serves: str, snapshot: str) -> Path:
    """The predictions that order the queue. A person may roll back while a model speaks: the other one then does."""
    while True:
        with logbook.at("predictions"):
            predictions = stages.say(values, serves, snapshot)
        with logbook.at("queue"):
            stages.reorder(values, predictions)
        last = read_ledger(values.models).last
        if last is None or last.serves == serves:
            return predictions
        serves = last.serves


def _snapshot_before(values: Values, ledger: Ledger, begun: str) -> str | None:
    """That of the last night before this one; of the newest where no night decided on any."""
    since = datetime.fromisoformat(begun)
    there = [one.id for one in list_snapshots(values.snapshots) if datetime.fromisoformat(one.created_utc) < since]
    decided = [entry.snapshot for entry in ledger.entries if entry.at_utc < begun]
    return next((one for one in reversed(decided) if one in there), there[-1] if there else None)


def _since(values: Values, before: str | None, header: SnapshotHeader) -> Since | None:
    if before is None:
        return None
    return Since(before, diff_snapshots(values.snapshots / before, values.snapshots / header.id))


def _decided(values: Values, run: RunResult, header: SnapshotHeader, seed: int, begun: str) -> Entry | None:
    """What this night had decided before it was interrupted, if nobody has decided otherwise since."""
    last = read_ledger(values.models).last
    if last is None or last.at_utc < begun:
        return None
    ours = (last.challenger, last.snapshot, last.seed) == (run.model, header.id, seed)
    return last if ours else None


def _queue(values: Values) -> Sequence[QueueRow]:
    database = open_database(values.database_url)
    try:
        return queue_head(database, RATED_NEXT)
    finally:
        database.close()

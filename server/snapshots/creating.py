"""Freezing one state of the labelled database."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select

from annotate.folds import assign_folds
from annotate.media_store import MediaStore
from annotate.snapshot.format import FoldPlan, LabelPolicy, SnapshotFilters, SnapshotHeader
from annotate.snapshot.redacting import redact_snapshot
from annotate.snapshot.store import media_digests, write_snapshot
from server.db.engine import Database
from server.db.snapshots import Snapshot
from server.db.studies import Withdrawal
from server.snapshots.errors import NoSuchStudyError, NothingToFreezeError
from server.snapshots.rows import Rows, count_by_origin, read_rows, unknown_studies

Progress = Callable[[int, int], None]
#: Without decisions it makes the labels of version 1; with one, what an expert decided is not lost.
DEFAULT_POLICY = LabelPolicy(name="majority-soft", version=2)
#: What a snapshot's rows depend on beside the database.
_SOFTWARE = ("duchenne", "pyarrow", "SQLAlchemy")


def create_snapshot(
    database: Database,
    media: MediaStore,
    root: Path,
    filters: SnapshotFilters,
    k: int,
    seed: int,
    policy: LabelPolicy = DEFAULT_POLICY,
    progress: Progress | None = None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> SnapshotHeader:
    """Write a snapshot below `root` and enter it in the database. The same state gives the same snapshot.

    `filters`: which origins and studies; `k`, `seed`: the participant-disjoint folds, fewer where there are fewer
    participants. `progress` counts trials. Raises NothingToFreezeError, NoSuchStudyError and annotate's
    MediaMissingError; then nothing was written.
    """
    # The order in which origins and studies are named says nothing, so it must not change the snapshot's name.
    filters = filters.model_copy(
        update={"origins": tuple(sorted(set(filters.origins))), "studies": tuple(sorted(set(filters.studies)))}
    )
    rows = _read(database, filters, policy)
    # A first recording is worth freezing and looking at before there are people enough to train on.
    plan = FoldPlan(k=min(k, len(rows.classes)), seed=seed)
    folds = assign_folds(rows.classes, plan.k, seed)
    trials = [{**row, "fold": folds[row["participant"]]} for row in rows.trials]
    for done, trial in enumerate(trials, 1):
        for sha256 in sorted(media_digests([trial])):
            media.path(sha256)
        if progress is not None:
            progress(done, len(trials))
    made = now()
    header = write_snapshot(
        root,
        {"trials": trials, "labels": rows.labels, "votes": rows.votes, "self_reports": rows.self_reports},
        policy=policy,
        filters=filters,
        folds=plan,
        software={name.lower(): version(name) for name in _SOFTWARE},
        created_utc=made.isoformat(timespec="seconds"),
    )
    _enter(database, header, made, rows.adjudicated)
    _redact_who_withdrew_meanwhile(database, root / header.id, {trial["session"] for trial in trials}, made)
    return header


def _read(database: Database, filters: SnapshotFilters, policy: LabelPolicy) -> Rows:
    with database.reading() as session:
        unknown, known = unknown_studies(session, filters.studies)
        if unknown:
            raise NoSuchStudyError(
                f"study {unknown[0]!r}: the database has no such study; it has {', '.join(known) or 'none yet'}"
            )
        rows = read_rows(session, filters, policy)
        if not rows.trials:
            raise NothingToFreezeError(_nothing(count_by_origin(session, filters), filters))
    return rows


def _nothing(counts: dict[str, int], filters: SnapshotFilters) -> str:
    asked = " or ".join(filters.origins)
    told = f"no valid trial of origin {asked} whose participant agreed to training"
    if not counts:
        return f"{told}, nor of any other origin; bring recordings with `duchenne ingest BUNDLE…`"
    others = ", ".join(f"{count} of origin {origin}" for origin, count in sorted(counts.items()))
    flags = " ".join(f"--include {origin}" for origin in sorted(counts))
    return f"{told}. There are {others}; to let them in, ask for them by name: {flags}"


def _enter(database: Database, header: SnapshotHeader, now: datetime, adjudicated: int) -> None:
    with database.transaction() as session:
        if session.get(Snapshot, header.id) is not None:
            return
        session.add(
            Snapshot(
                id=header.id,
                content_sha256=header.content_sha256,
                created_utc=now,
                origins=",".join(header.filters.origins),
                studies=",".join(header.filters.studies),
                policy=header.label_policy.full_name,
                min_raters=header.label_policy.min_raters,
                adjudicated=adjudicated,
                folds=header.folds.k,
                trials=header.rows["trials"],
                labels=header.rows["labels"],
                votes=header.rows["votes"],
            )
        )


def _redact_who_withdrew_meanwhile(database: Database, folder: Path, recordings: set[str], now: datetime) -> None:
    """Take out whoever withdrew between our reading and our writing: their withdrawal did not find this snapshot yet.

    One that comes after this look finds it.
    """
    with database.reading() as session:
        tombstones = session.scalars(select(Withdrawal)).all()
    for tombstone in tombstones:
        if recordings & set(tombstone.recordings):
            redact_snapshot(folder, tombstone.recordings, now.isoformat(timespec="seconds"))

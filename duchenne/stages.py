"""The stages of the way of the data. Each hands one room the places that the settings name, and draws a bar.

Commands, the nightly run and the demo are made of these.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from duchenne.console import bar, tell_note

if TYPE_CHECKING:
    from annotate.media_bucket import Bucket
    from annotate.media_store import MediaStore
    from annotate.snapshot.format import LabelPolicy, Origin, SnapshotHeader
    from duchenne.settings import Values
    from model.benchmark.run import BenchmarkResult
    from model.promotion.by_person import Person
    from model.promotion.entry import Entry
    from model.replay.run import ReplayResult
    from model.training.train import RunResult
    from model.training.trainer import Trainer
    from server.config import ServerConfig
    from server.participants.beyond import Stores
    from server.predictions.importing import ImportResult
    from server.sessions.ingest import IngestResult


def utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def server_config(values: Values) -> ServerConfig:
    from server.config import ServerConfig

    media_root, bucket, cache_bytes = _media_place(values)
    return ServerConfig(
        database_url=values.database_url,
        media_root=media_root,
        media_bucket=bucket,
        media_cache_bytes=cache_bytes,
        snapshots_root=values.snapshots,
        uploads_root=values.uploads,
        models_root=values.models,
        reports_root=values.reports,
        public_url=values.public_url,
        behind_proxy=values.behind_proxy,
        predictions_root=values.predictions,
        prune_features=lambda: forget_features(values),
    )


def forget_features(values: Values) -> int:
    """Delete what was computed from media that no snapshot names any more, and the kept fits of snapshots that are
    no longer as they were; how many.
    """
    if not values.features.is_dir():  # a server that never trains has none, and need not have the model room either
        return 0
    from model.features.pruning import prune_features
    from model.training.kept_fits import prune_fits

    fits = prune_fits(values.features, values.snapshots, time.time())  # the quick one first: weights know faces
    return fits + prune_features(values.features, values.snapshots)


def open_media_of(values: Values) -> MediaStore:
    """The media that the settings name: a folder, or a bucket with a cache."""
    from annotate.media_bucket import open_media

    return open_media(*_media_place(values))


def _media_place(values: Values) -> tuple[Path, Bucket | None, int]:
    from annotate.media_bucket import Bucket

    cache_bytes = round(values.media_cache_gib * 2**30)
    if isinstance(values.media, Path):
        return values.media, None, cache_bytes
    return values.media_cache, Bucket.parse(values.media, values.media_endpoint), cache_bytes


def backed_up_folders(values: Values) -> dict[str, Path]:
    """Folders that a backup keeps beside database and media. Features are computed again; uploads are sent again."""
    return {
        "snapshots": values.snapshots,
        "models": values.models,
        "predictions": values.predictions,
        "reports": values.reports,
    }


def take_in(values: Values, bundles: Sequence[Path], allow_aborted: bool = False) -> list[tuple[Path, IngestResult]]:
    """Ingest bundles, in the order given."""
    from server.db.revisions import open_database
    from server.sessions.ingest import ingest_bundle

    database, media = open_database(values.database_url), open_media_of(values)
    results = []
    try:
        with bar("ingest (bundles)") as progress:
            for done, folder in enumerate(bundles, 1):
                results.append((folder, ingest_bundle(database, media, folder, allow_aborted=allow_aborted)))
                progress(done, len(bundles))
    finally:
        database.close()
    return results


def freeze(
    values: Values,
    origins: Iterable[Origin],
    studies: Iterable[str] = (),
    folds: int = 5,
    seed: int = 0,
    policy: LabelPolicy | None = None,
) -> SnapshotHeader:
    """Create a snapshot of the database as it is now. `policy` None: the server's own choice."""
    from annotate.snapshot.format import SnapshotFilters
    from server.db.revisions import open_database
    from server.snapshots.creating import DEFAULT_POLICY, create_snapshot

    database = open_database(values.database_url)
    filters = SnapshotFilters(origins=tuple(sorted(set(origins))), studies=tuple(sorted(set(studies))))
    try:
        with bar("snapshot (trials)") as progress:
            return create_snapshot(
                database,
                open_media_of(values),
                values.snapshots,
                filters,
                k=folds,
                seed=seed,
                policy=policy or DEFAULT_POLICY,
                progress=progress,
            )
    finally:
        database.close()


def stores_of_participants(values: Values) -> Stores:
    """Every place below the settings that may hold something of a participant."""
    from server.participants.beyond import Stores

    return Stores(
        open_media_of(values),
        values.snapshots,
        values.uploads,
        values.models,
        values.predictions,
        lambda: forget_features(values),
    )


def learn(
    values: Values,
    snapshot_id: str,
    recipe: str,
    folds: int | None = None,
    seed: int = 0,
    *,
    beside: Sequence[str] | None = None,
    curves: bool = False,
    trainer: Trainer | None = None,
    hold: bool = False,
) -> RunResult:
    """Compute the features that are missing, train the networks that are not kept from an interrupted run, evaluate.

    `beside`: recipes to train on the same folds, None for the recipe's own company. `curves`: of less and worse data.
    `trainer`: who trains; None for this process alone.
    `hold`: the trained networks stay kept until `RunResult.let_go`.
    """
    from model.training.train import train

    with _features_of(values, snapshot_id) as folder, bar("training (epochs)") as progress:
        run = train(
            folder,
            open_media_of(values),
            values.features,
            values.networks,
            values.models,
            recipe,
            created_utc=utc_now(),
            folds=folds,
            seed=seed,
            progress=progress,
            beside=beside,
            disturb=curves,
            device=values.device,
            hold=hold,
            trainer=trainer,
        )
    _tell_recalled(run.recalled, run.networks)
    return run


@contextmanager
def _features_of(values: Values, snapshot_id: str) -> Iterator[Path]:
    """The folder of a snapshot whose features are all there, and stay until the block ends."""
    from annotate.snapshot.store import find_snapshot
    from model.features.compute import compute_features
    from model.features.pruning import using_features
    from model.training.kept_fits import prune_fits

    folder = find_snapshot(values.snapshots, snapshot_id)
    prune_fits(values.features, values.snapshots, time.time())
    with using_features(values.features):
        with bar("features (trials)") as progress:
            compute_features(folder, open_media_of(values), values.features, values.networks, progress)
        yield folder


def _tell_recalled(recalled: int, networks: int) -> None:
    if recalled:
        tell_note(f"{recalled} of {networks} networks had been finished by a run that was interrupted.")


def compare(
    values: Values,
    snapshot_id: str,
    recipes: Sequence[str] | str,
    seeds: Sequence[int] = (0,),
    folds: int | None = None,
    shuffled: int | None = None,
    trainer: Trainer | None = None,
) -> BenchmarkResult:
    """Compute the features that are missing, train the networks that no interrupted benchmark kept, compare them.

    `recipes`: their names, or 'small' or 'large' for a whole company. `shuffled`: the seed of shuffled labels.
    `trainer`: who trains; None for this process alone.
    """
    from model.benchmark.run import COMPANIES, benchmark
    from model.recipes import recipe_named

    names = COMPANIES[recipes] if isinstance(recipes, str) else recipes
    for name in names:  # before features are computed, which may take hours
        recipe_named(name)
    with _features_of(values, snapshot_id) as folder, bar("benchmark (epochs)") as progress:
        result = benchmark(
            folder,
            open_media_of(values),
            values.features,
            values.networks,
            values.models,
            names,
            created_utc=utc_now(),
            seeds=seeds,
            folds=folds,
            shuffled=shuffled,
            progress=progress,
            device=values.device,
            trainer=trainer,
        )
    if result.record:
        _tell_recalled(result.record.recalled, sum(len(told.fits) for told in result.record.recipes))
    return result


def walk_again(
    values: Values,
    snapshot_id: str,
    recipe: str,
    seeds: Sequence[int] = (0,),
    folds: int | None = None,
    *,
    points: int,
    strictly: bool,
    workers: int,
) -> ReplayResult:
    """Uncover the labels of a snapshot in the queue's order and at random, training at each of so many points."""
    from model.recipes import recipe_named
    from model.replay.run import replay

    recipe_named(recipe)  # before features are computed, which may take hours
    with _features_of(values, snapshot_id) as folder, bar("replay (epochs)") as progress:
        result = replay(
            folder,
            open_media_of(values),
            values.features,
            values.networks,
            values.models,
            recipe,
            created_utc=utc_now(),
            seeds=seeds,
            folds=folds,
            points=points,
            strictly=strictly,
            workers=workers,
            progress=progress,
            device=values.device,
        )
    if result.trained is not None:
        _tell_recalled(result.recalled, result.trained)
    return result


def elect(values: Values, model_id: str, snapshot_id: str, seed: int = 0) -> Entry:
    """Decide whether a model that was just trained on a snapshot takes over from the one that serves."""
    from annotate.snapshot.store import find_snapshot
    from model.features.compute import feature_store
    from model.features.pruning import using_features
    from model.promotion.deciding import decide

    with using_features(values.features), bar("decision (networks)") as progress:
        return decide(
            values.models,
            model_id,
            find_snapshot(values.snapshots, snapshot_id),
            feature_store(values.features, values.networks),
            now_utc=utc_now(),
            seed=seed,
            progress=progress,
        )


def people_compared(values: Values, decision: Entry, snapshot_id: str) -> tuple[Person, ...]:
    """For whom the challenger of a decision is better and for whom it is worse."""
    from annotate.snapshot.store import find_snapshot
    from model.features.compute import feature_store
    from model.features.pruning import using_features
    from model.promotion import by_person

    folder, store = find_snapshot(values.snapshots, snapshot_id), feature_store(values.features, values.networks)
    with using_features(values.features), bar("for whom it is worse (networks)") as progress:
        return by_person.people_compared(values.models, decision, folder, store, progress)


def say(values: Values, model_id: str, snapshot_id: str) -> Path:
    """Write the prediction file of one model for one snapshot."""
    from annotate.snapshot.store import find_snapshot
    from model.features.pruning import using_features
    from model.prediction import predict
    from model.training.run_folder import find_model

    with using_features(values.features), bar("predictions (people)") as progress:
        return predict(
            find_model(values.models, model_id),
            find_snapshot(values.snapshots, snapshot_id),
            open_media_of(values),
            values.features,
            values.networks,
            values.predictions,
            created_utc=utc_now(),
            progress=progress,
        )


def draw_maps(values: Values, snapshot_id: str, trials: Sequence[str], out: Path) -> list[Path]:
    """Draw fixation maps into `out`, of trials of a snapshot or of all."""
    from annotate.snapshot.store import find_snapshot
    from model.features.compute import feature_store
    from model.features.fixation_strips import draw_fixations
    from model.features.pruning import using_features

    snapshot = find_snapshot(values.snapshots, snapshot_id)
    store = feature_store(values.features, values.networks)
    with using_features(values.features), bar("pictures (trials)") as progress:
        return draw_fixations(snapshot, store, open_media_of(values), trials, out, progress)


def reorder(values: Values, predictions: Path) -> ImportResult:
    """Import a prediction file: it decides what is rated next."""
    from server.db.revisions import open_database
    from server.predictions.importing import import_predictions

    database = open_database(values.database_url)
    try:
        return import_predictions(database, predictions)
    finally:
        database.close()

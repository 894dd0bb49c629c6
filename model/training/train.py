"""Trains a recipe on a snapshot: features, folds, held-out predictions, scores, report, folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotate.media_store import MediaStore
from annotate.snapshot.format import SnapshotHeader
from annotate.snapshot.store import verify_snapshot
from model.baselines.without_network import without_network
from model.evaluation.evaluate import Evaluation, evaluate
from model.evaluation.report import write_report
from model.features.compute import feature_store
from model.features.dataset import TrialSet
from model.features.gaze import EYE_COLUMNS
from model.features.store import FeatureStore
from model.machine import releases
from model.predicted import Temperatures, joined, tempered
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.recipes import recipe_named
from model.training.disturbed import disturbed
from model.training.jobs import Outcome
from model.training.planned import Asked, planned
from model.training.run_folder import fold_record, growing, model_id, publish
from model.training.run_record import FoldRecord, RunRecord
from model.training.split import (
    Split,
    missing_classes,
    missing_modalities,
    refuse_redacted_since,
    refuse_shared_recordings,
    refuse_unlabelled,
    withdrawn,
)
from model.training.trainer import Here, Trainer


@dataclass(frozen=True)
class RunResult:
    """`folder` holds the model and its report; `evaluation` is over all held-out trials, our recipe first.

    `networks` were needed, of which `recalled` had been finished by a run that was interrupted. `let_go` deletes the
    kept ones, of a run that holds them.
    """

    model: str
    folder: Path
    report: Path
    evaluation: Evaluation
    warnings: tuple[str, ...]
    record: RunRecord
    networks: int = 0
    recalled: int = 0
    let_go: Callable[[], None] = lambda: None


def train(
    snapshot_folder: Path,
    media: MediaStore,
    features_root: Path,
    networks_root: Path,
    runs_root: Path,
    recipe_name: str,
    *,
    created_utc: str,
    folds: int | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Progress = quiet,
    beside: Sequence[str] | None = None,
    disturb: bool = False,
    store: FeatureStore | None = None,
    device: str = "cpu",
    trainer: Trainer | None = None,
    hold: bool = False,
) -> RunResult:
    """Train one network a fold, the recipe's company beside it, and score all on people they never saw.

    `folds`: how many of the snapshot's folds are tested (None: all). `progress` counts epochs of all networks, of which
    `workers` are trained at once. Features should have been computed before (model.features.compute): those that are
    missing are computed first, without a bar. `beside` names recipes to train on the same folds in place of the
    recipe's own company. `disturb`: the report also shows how ours and its first companion fare with less or worse
    data, which takes minutes more, without a bar. `store` replaces the one with the real face networks.
    `device`: auto, cpu, cuda, or cuda: and a number. `trainer`: who trains, where not this process with its `workers`;
    who it is changes nothing in the model.

    Each network is kept below `features_root` as soon as it is finished, until the run is published: killed at any
    moment, the same call goes on with the rest, and gives the very same model. `hold`: until `RunResult.let_go` is
    called, for whoever has more to do with the run that may be killed.

    Raises AnnotateError where the snapshot or a medium is not as it was written, and ModelError: RecipeError,
    NotTrainableError, LeakError, MediaError, FaceNetworksError, DeviceError, RunNotKeptError. Nothing is left in
    `runs_root` then.
    """
    recipes = _recipes(recipe_name, beside)
    recipe, trainer = recipes[0], trainer or Here(workers)
    place = trainer.placed(device)
    header = verify_snapshot(snapshot_folder, media)
    store = store or feature_store(features_root, networks_root)
    refuse_unlabelled(header, snapshot_folder)
    refuse_shared_recordings(snapshot_folder)
    store.compute(snapshot_folder, media)
    asked = Asked(
        owner="train", snapshot=snapshot_folder.absolute(), features=features_root.absolute(), recipes=tuple(recipes),
        face_extractor=store.face_extractor, seeds=(seed,), folds=folds, device=device,
        at_once=trainer.at_once,
    )  # fmt: skip
    run = planned(asked, store, place.device)
    trials, splits = run.trials, run.splits[seed]
    trained = trainer.train(run, progress)
    finished = dict(trained.outcomes)
    fits = [(job, finished[number]) for number, job in enumerate(run.jobs)]
    said = {each.name: joined([out.said for job, out in fits if job.recipe is each]) for each in recipes}
    said |= without_network(trials, splits)
    tested = trials.take(np.concatenate([split.test for split in splits]))
    own = [out for job, out in fits if job.recipe is recipe]
    untempered = joined([tempered(out.said, out.temperatures.inverse()) for out in own])
    cooled = any(out.temperatures != Temperatures() for out in own)
    evaluation = evaluate(tested, said, seed, untempered if cooled else None)
    learned = [each.name for each in recipes]
    curves = disturbed(snapshot_folder, trials, fits, learned[:2], seed) if disturb else ()
    with growing(runs_root) as partial:
        fold_records = [_saved(partial, job.split, trials, outcome) for job, outcome in fits if job.recipe is recipe]
        record = _record(
            recipe, header, trials, splits, fold_records, seed, created_utc, withdrawn(snapshot_folder),
            store.extractors, trained.device,
        )  # fmt: skip
        report = write_report(partial, record, evaluation, curves)
        refuse_redacted_since(header, snapshot_folder)
        folder = publish(partial, record, runs_root)
    if not hold:
        trained.kept.let_go(run.jobs)
    warnings = (*record.warnings, *trained.kept.notes)
    return RunResult(
        record.id, folder, folder / report.name, evaluation, warnings, record, len(run.jobs), trained.recalled(),
        lambda: trained.kept.let_go(run.jobs),
    )  # fmt: skip


def _recipes(name: str, beside: Sequence[str] | None) -> list[Recipe]:
    """The recipe, then its company, each once."""
    recipe = recipe_named(name)
    own = [recipe.beside] if recipe.beside else []
    others = dict.fromkeys(own if beside is None else beside)
    return [recipe, *(recipe_named(each) for each in others if each != name)]


def _saved(partial: Path, split: Split, trials: TrialSet, outcome: Outcome) -> FoldRecord:
    return fold_record(partial / f"fold-{split.fold}.safetensors", split, trials, outcome)


def _record(
    recipe: Recipe,
    header: SnapshotHeader,
    trials: TrialSet,
    splits: list[Split],
    folds: list[FoldRecord],
    seed: int,
    created_utc: str,
    warnings: list[str],
    extractors: tuple[str, ...],
    device: str,
) -> RunRecord:
    return RunRecord(
        id=model_id(folds, recipe, header.content_sha256),
        recipe=recipe,
        snapshot=header.id,
        snapshot_sha256=header.content_sha256,
        seed=seed,
        simulated=bool(trials.simulated[trials.labelled].any()),
        eye_columns=EYE_COLUMNS,
        extractors=extractors,
        folds=tuple(folds),
        warnings=(*warnings, *missing_modalities(trials), *missing_classes(trials, splits)),
        software={**releases(), "device": device},
        created_utc=created_utc,
    )

"""Trains a recipe on a snapshot: features, folds, held-out predictions, scores, report, folder."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from annotate.media_store import MediaStore
from annotate.snapshot.format import SnapshotHeader
from annotate.snapshot.store import read_redaction, verify_snapshot
from model.baselines.majority import majority
from model.baselines.stimulus_identity import stimulus_identity
from model.errors import NotTrainableError
from model.evaluation.evaluate import Evaluation, evaluate
from model.evaluation.report import write_report
from model.features import faces, gaze
from model.features.compute import feature_store
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.predicted import Predictions, Temperatures, joined, tempered
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.recipes import recipe_named
from model.training.disturbed import disturbed
from model.training.jobs import Job, Outcome, run_jobs
from model.training.run_folder import discard, fold_record, model_id, partial_folder, publish
from model.training.run_record import FoldRecord, RunRecord
from model.training.split import Split, missing_classes, splits_of

MAJORITY, STIMULUS_IDENTITY = "majority", "stimulus identity"
_SOFTWARE = ("duchenne", "torch", "numpy")


@dataclass(frozen=True)
class RunResult:
    """`folder` holds the model and its report; `evaluation` is over all held-out trials, our recipe first."""

    model: str
    folder: Path
    report: Path
    evaluation: Evaluation
    warnings: tuple[str, ...]
    record: RunRecord


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
) -> RunResult:
    """Train one network a fold, the recipe's company beside it, and score all on people they never saw.

    `folds`: how many of the snapshot's folds are tested (None: all). `progress` counts epochs of all networks, of which
    `workers` are trained at once. Features should have been computed before (model.features.compute): those that are
    missing are computed first, without a bar. `beside` names recipes to train on the same folds in place of the
    recipe's own company. `disturb`: the report also shows how ours and its first companion fare with less or worse
    data, which takes minutes more, without a bar. `store` replaces the one with the real face networks.

    Raises AnnotateError where the snapshot or a medium is not as it was written, and ModelError: RecipeError,
    NotTrainableError, LeakError, MediaError, FaceNetworksError. Nothing is left behind then.
    """
    recipes = _recipes(recipe_name, beside)
    recipe = recipes[0]
    header = verify_snapshot(snapshot_folder, media)
    store = store or feature_store(features_root, networks_root)
    _refuse_unlabelled(header, snapshot_folder)
    store.compute(snapshot_folder, media)
    trials = load_trials(snapshot_folder, store)
    splits = splits_of(trials, folds, seed)
    jobs = [Job(each, split, seed) for split in splits for each in recipes]
    outcomes = run_jobs(snapshot_folder, store, jobs, workers, progress)
    fits = list(zip(jobs, outcomes, strict=True))
    said = {each.name: joined([out.said for job, out in fits if job.recipe is each]) for each in recipes}
    said |= _without_network(trials, splits)
    tested = trials.take(np.concatenate([split.test for split in splits]))
    own = [out for job, out in fits if job.recipe is recipe]
    untempered = joined([tempered(out.said, out.temperatures.inverse()) for out in own])
    cooled = any(out.temperatures != Temperatures() for out in own)
    evaluation = evaluate(tested, said, seed, untempered if cooled else None)
    learned = [each.name for each in recipes]
    curves = disturbed(snapshot_folder, trials, fits, learned[:2], seed) if disturb else ()
    partial = partial_folder(runs_root)
    try:
        fold_records = [_saved(partial, job.split, trials, outcome) for job, outcome in fits if job.recipe is recipe]
        record = _record(recipe, header, trials, splits, fold_records, seed, created_utc, _warnings(snapshot_folder))
        report = write_report(partial, record, evaluation, curves)
        folder = publish(partial, record, runs_root)
    finally:
        discard(partial)
    return RunResult(record.id, folder, folder / report.name, evaluation, record.warnings, record)


def _recipes(name: str, beside: Sequence[str] | None) -> list[Recipe]:
    """The recipe, then its company, each once."""
    recipe = recipe_named(name)
    own = [recipe.beside] if recipe.beside else []
    others = dict.fromkeys(own if beside is None else beside)
    return [recipe, *(recipe_named(each) for each in others if each != name)]


def _without_network(trials: TrialSet, splits: list[Split]) -> dict[str, Predictions]:
    """What can be said of the test trials without looking at them."""
    told = [(trials.take(split.train), trials.clip[split.test]) for split in splits]
    return {
        STIMULUS_IDENTITY: joined([stimulus_identity(train, clips) for train, clips in told]),
        MAJORITY: joined([majority(train, len(clips)) for train, clips in told]),
    }


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
    warnings: tuple[str, ...],
) -> RunRecord:
    return RunRecord(
        id=model_id(folds, recipe, header.content_sha256),
        recipe=recipe,
        snapshot=header.id,
        snapshot_sha256=header.content_sha256,
        seed=seed,
        simulated=bool(trials.simulated[trials.labelled].any()),
        eye_columns=gaze.EYE_COLUMNS,
        extractors=(faces.EXTRACTOR, gaze.EXTRACTOR),
        folds=tuple(folds),
        warnings=(*warnings, *missing_classes(trials, splits)),
        software={"python": platform.python_version(), **{name: version(name) for name in _SOFTWARE}},
        created_utc=created_utc,
    )


def _warnings(snapshot_folder: Path) -> tuple[str, ...]:
    redaction = read_redaction(snapshot_folder)
    return (redaction.in_words(),) if redaction else ()


def _refuse_unlabelled(header: SnapshotHeader, folder: Path) -> None:
    if not header.rows["labels"]:
        raise NotTrainableError(
            f"{folder}: has {header.rows['trials']} trials and not one label. Rate some trials, then create a new "
            "snapshot."
        )

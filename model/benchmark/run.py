"""A benchmark: several recipes, trained with several seeds on the same folds, scored on people they never saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from annotate.media_store import MediaStore
from annotate.snapshot.store import verify_snapshot
from model.baselines.without_network import without_network
from model.benchmark.record import BenchmarkRecord, FitTold, Plan, RecipeTold
from model.benchmark.report import Findings, write_report
from model.benchmark.trainings import ByTraining, by_training
from model.errors import BenchmarkError
from model.evaluation.evaluate import Evaluation, evaluate_trainings
from model.evaluation.report_files import whole_report
from model.features.compute import feature_store
from model.features.dataset import TrialSet
from model.features.store import FeatureStore
from model.machine import releases
from model.network import build_network
from model.predicted import Predictions, Temperatures, joined, tempered
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.recipes import recipe_named
from model.training.jobs import Job, Outcome
from model.training.kept_fits import weights_digest
from model.training.planned import Asked, planned
from model.training.run_folder import growing, id_of_weights, publish_as
from model.training.run_record import REPORT_FILE
from model.training.split import Split, missing_classes, refuse_shared_recordings, refuse_unlabelled, withdrawn
from model.training.trainer import Here, Trained, Trainer

#: Ours and all that it is measured against, at the size of two cores of a CPU and at the size of a GPU.
COMPANIES: dict[str, tuple[str, ...]] = {
    "small": (
        *("emert_small", "face_only_small", "eyes_only_small", "late_fusion_small"),
        *("tfn_small", "lmf_small", "mult_small", "misa_small"),
    ),
    "large": ("emert", "face_only", "eyes_only", "late_fusion", "tfn", "lmf", "mult", "misa"),
}


@dataclass(frozen=True)
class BenchmarkResult:
    """`evaluation` is None where this benchmark had been made before, and its report was simply found."""

    id: str
    report: Path
    evaluation: Evaluation | None
    record: BenchmarkRecord | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Told:
    """What is needed of a fit once it is kept: without its weights, of which there may be hundreds."""

    said: Predictions
    temperatures: Temperatures
    fit: FitTold


def benchmark(
    snapshot_folder: Path,
    media: MediaStore,
    features_root: Path,
    networks_root: Path,
    runs_root: Path,
    recipes: Sequence[str],
    *,
    created_utc: str,
    seeds: Sequence[int] = (0,),
    folds: int | None = None,
    shuffled: int | None = None,
    workers: int = 2,
    progress: Progress = quiet,
    store: FeatureStore | None = None,
    device: str = "cpu",
    trainer: Trainer | None = None,
) -> BenchmarkResult:
    """Train each recipe with each seed on each fold, and write `<runs_root>/<benchmark id>/report.html` and .json.

    The first recipe is the one that the others are compared with. `folds`: how many of the snapshot's folds are tested
    (None: all). `shuffled`: labels are shuffled within participants by this seed, and nothing should be found.
    `progress` counts epochs of all networks, of which `workers` are trained at once. Killed at any moment, the same
    call goes on with the networks that are missing; called again, it finds its report.

    `device`, `trainer`, and the AnnotateErrors and ModelErrors that are raised, are those of model.training.train; and
    BenchmarkError.
    """
    chosen, trainer = tuple(recipe_named(name) for name in dict.fromkeys(recipes)), trainer or Here(workers)
    place = trainer.placed(device)
    header = verify_snapshot(snapshot_folder, media)
    refuse_unlabelled(header, snapshot_folder)
    refuse_shared_recordings(snapshot_folder)
    store = store or feature_store(features_root, networks_root)
    folds = None if folds is None or folds >= header.folds.k else folds
    plan = Plan(
        snapshot=header.id,
        snapshot_sha256=header.content_sha256,
        recipes=chosen,
        seeds=tuple(dict.fromkeys(seeds)),
        folds=folds,
        shuffled=shuffled,
        extractors=store.extractors,
        device=place.told,
    )
    if (runs_root / plan.id).exists():
        progress(1, 1)
        return _found(runs_root / plan.id)
    store.compute(snapshot_folder, media)
    asked = Asked(
        owner=plan.id, snapshot=snapshot_folder.absolute(), features=features_root.absolute(), recipes=chosen,
        face_extractor=store.face_extractor, seeds=plan.seeds, folds=folds, shuffled=shuffled, device=device,
        at_once=trainer.at_once,
    )  # fmt: skip
    run = planned(asked, store, place.device)
    trained = trainer.train(run, progress)
    told = {number: _told(run.jobs[number], outcome) for number, outcome in trained.outcomes}
    fits = [(job, told[number]) for number, job in enumerate(run.jobs)]
    evaluation, by_seed = _scores(run.trials, run.splits, chosen, fits)
    record = _record(plan, snapshot_folder, run.trials, run.splits, fits, trainer.at_once, trained, created_utc)
    folder = _published(record, Findings(evaluation, by_seed), runs_root)
    trained.kept.let_go(run.jobs)
    return BenchmarkResult(plan.id, folder / REPORT_FILE, evaluation, record, tuple(trained.kept.notes))


def _record(
    plan: Plan,
    snapshot: Path,
    trials: TrialSet,
    splits: dict[int, list[Split]],
    fits: list[tuple[Job, _Told]],
    workers: int,
    trained: Trained,
    created_utc: str,
) -> BenchmarkRecord:
    absent = dict.fromkeys(text for of_seed in splits.values() for text in missing_classes(trials, of_seed))
    return BenchmarkRecord(
        id=plan.id,
        snapshot=plan.snapshot,
        snapshot_sha256=plan.snapshot_sha256,
        simulated=bool(trials.simulated[trials.labelled].any()),
        shuffled=plan.shuffled,
        folds=tuple(split.fold for split in splits[plan.seeds[0]]),
        all_folds=plan.folds is None,
        seeds=plan.seeds,
        recipes=tuple(_recipe_told(recipe, plan, fits) for recipe in plan.recipes),
        extractors=plan.extractors,
        warnings=(*withdrawn(snapshot), *absent),
        software=releases(),
        machine=trained.machine,
        device=trained.device,
        workers=workers,
        recalled=trained.recalled(),
        created_utc=created_utc,
    )


def _told(job: Job, outcome: Outcome) -> _Told:
    fit = FitTold(
        seed=job.seed,
        fold=job.split.fold,
        weights_sha256=weights_digest(outcome.weights),
        best_epoch=outcome.kept_epoch,
        epochs=len(outcome.history),
        seconds=round(outcome.seconds, 3),
    )
    return _Told(outcome.said, outcome.temperatures, fit)


def _scores(
    trials: TrialSet, splits: dict[int, list[Split]], recipes: Sequence[Recipe], fits: list[tuple[Job, _Told]]
) -> tuple[Evaluation, ByTraining]:
    """Over all held-out trials, which are the same whatever the seed; and each measure of each seed by itself."""
    seeds = list(splits)
    tested = trials.take(np.concatenate([split.test for split in splits[seeds[0]]]))
    said: dict[str, list[Predictions]] = {
        recipe.name: [joined([told.said for told in _of(fits, recipe, seed)]) for seed in seeds] for recipe in recipes
    }
    untold = [without_network(trials, splits[seed]) for seed in seeds]
    said |= {name: [each[name] for each in untold] for name in untold[0]}
    ours = [list(_of(fits, recipes[0], seed)) for seed in seeds]
    cooled = any(told.temperatures != Temperatures() for several in ours for told in several)
    before = [joined([tempered(told.said, told.temperatures.inverse()) for told in several]) for several in ours]
    evaluation = evaluate_trainings(tested, said, seeds[0], before if cooled else None)
    return evaluation, by_training(tested, said)


def _of(fits: list[tuple[Job, _Told]], recipe: Recipe, seed: int) -> Iterator[_Told]:
    """Fold by fold."""
    return (told for job, told in fits if job.recipe.name == recipe.name and job.seed == seed)


def _recipe_told(recipe: Recipe, plan: Plan, fits: list[tuple[Job, _Told]]) -> RecipeTold:
    with torch.random.fork_rng(devices=[]):
        parameters = sum(each.numel() for each in build_network(recipe.architecture).parameters())
    of_seed = {seed: [told.fit for told in _of(fits, recipe, seed)] for seed in plan.seeds}
    names = {
        seed: id_of_weights([fit.weights_sha256 for fit in several], recipe, plan.snapshot_sha256)
        for seed, several in of_seed.items()
        if plan.shuffled is None
    }
    every = tuple(fit for several in of_seed.values() for fit in several)
    return RecipeTold(recipe=recipe, parameters=parameters, fits=every, models=names)


def _published(record: BenchmarkRecord, findings: Findings, runs_root: Path) -> Path:
    with growing(runs_root) as arriving:
        write_report(arriving, record, findings)
        return publish_as(record.id, arriving, runs_root)


def _found(folder: Path) -> BenchmarkResult:
    """The report of a benchmark that was made before. Raises BenchmarkError where it is not whole."""
    with whole_report(folder, "benchmark", BenchmarkError):
        return BenchmarkResult(folder.name, folder / REPORT_FILE, None)

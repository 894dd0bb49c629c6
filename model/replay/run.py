"""A replay: labels of a snapshot are hidden again and uncovered in steps, once by the queue and once by lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotate.media_store import MediaStore
from annotate.scales import Instrument
from annotate.snapshot.format import SnapshotHeader
from annotate.snapshot.store import verify_snapshot
from model.evaluation.report_files import whole_report
from model.features.compute import feature_store
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.machine import releases, this_machine
from model.predicted import Predictions, joined
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.recipes import recipe_named
from model.replay.curves import Curves, curves_of
from model.replay.errors import ReplayError
from model.replay.networks import ORDERS, Role
from model.replay.record import Plan, ReplayRecord
from model.replay.report import write_report
from model.replay.uncovering import courses_of
from model.replay.visibility import in_three_states, names_of_states
from model.replay.walk import Walk
from model.training.device import device_named, name_of
from model.training.fit_record import Circumstances
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from model.training.remaining import Remaining
from model.training.run_folder import growing, publish_as
from model.training.run_record import REPORT_FILE
from model.training.split import refuse_shared_recordings, refuse_unlabelled, withdrawn


@dataclass(frozen=True)
class ReplayResult:
    """`told`: by instrument, the verdict as a sentence. `trained` is None where this replay had been made before."""

    id: str
    report: Path
    told: dict[str, str]
    trained: int | None = None
    recalled: int = 0
    notes: tuple[str, ...] = ()


def replay(
    snapshot_folder: Path,
    media: MediaStore,
    features_root: Path,
    networks_root: Path,
    runs_root: Path,
    recipe: str,
    *,
    created_utc: str,
    seeds: Sequence[int] = (0,),
    folds: int | None = None,
    points: int = 4,
    strictly: bool = False,
    workers: int = 2,
    progress: Progress = quiet,
    store: FeatureStore | None = None,
    device: str = "cpu",
) -> ReplayResult:
    """Replay the first `folds` folds (None: all) and write `<runs_root>/<replay id>/report.html` and .json.

    `points`: at how many numbers of labels both orders are measured, at most; the first is where they begin.
    `strictly`: the queue's order is by priority itself, not by its tenths as raters get them. `progress` counts epochs
    of all networks, of which `workers` are trained at once. Killed at any moment, the same call goes on with the
    networks that are missing and finds the same; called again, it finds its report.

    `device`, and the AnnotateErrors and ModelErrors that are raised, are those of model.training.train; and
    ReplayError.
    """
    chosen, place = recipe_named(recipe), device_named(device)
    header = verify_snapshot(snapshot_folder, media)
    refuse_unlabelled(header, snapshot_folder)
    refuse_shared_recordings(snapshot_folder)
    store = store or feature_store(features_root, networks_root)
    plan = _plan(header, chosen, seeds, folds, points, strictly, store, name_of(place))
    if (runs_root / plan.id).exists():
        progress(1, 1)
        return _found(runs_root / plan.id)
    store.compute(snapshot_folder, media)
    trials = load_trials(snapshot_folder, store)
    courses = courses_of(trials, plan.folds, plan.seeds, plan.points, header.folds.k)
    circumstances = Circumstances(header.content_sha256, store.extractors)
    kept = KeptFits(features_root, plan.id, circumstances, names_of_states(trials))

    def train(jobs: list[Job], moved: Progress) -> tuple[dict[int, Outcome], int]:
        remaining = Remaining(jobs, kept)
        found = dict(remaining.outcomes(snapshot_folder, store, workers, moved, in_three_states))
        return found, remaining.recalled

    walk = Walk(trials, courses, chosen, str(place), plan.strictly, train, progress)
    walk.to_the_end()
    found = curves_of_walk(walk, plan.seeds)
    record = _record(plan, snapshot_folder, trials, walk, workers, created_utc)
    folder = _published(record, found, runs_root)
    kept.let_go(walk.jobs)
    result = _found(folder)
    return ReplayResult(result.id, result.report, result.told, len(walk.fits), walk.recalled, tuple(kept.notes))


def _plan(
    header: SnapshotHeader, recipe: Recipe, seeds: Sequence[int], folds: int | None, points: int, strictly: bool,
    store: FeatureStore, device: str,
) -> Plan:  # fmt: skip
    return Plan(
        snapshot=header.id,
        snapshot_sha256=header.content_sha256,
        recipe=recipe,
        seeds=tuple(dict.fromkeys(seeds)),
        folds=None if folds is None or folds >= header.folds.k else folds,
        points=points,
        strictly=strictly,
        extractors=store.extractors,
        device=device,
    )


def curves_of_walk(walk: Walk, seeds: Sequence[int]) -> dict[str, Curves]:
    """Of a walk that came to its end: pooled over the folds; each seed by itself, then their mean."""
    trials, courses = walk.trials, walk.courses
    of_seed = {seed: [number for number, course in enumerate(courses) if course.seed == seed] for seed in seeds}
    tested = trials.take(np.concatenate([courses[number].held_out for number in of_seed[seeds[0]]]))

    def said(role: Role, point: int) -> list[Predictions]:
        return [joined([walk.said[role, point, number] for number in numbers]) for numbers in of_seed.values()]

    points, sizes = courses[0].points, courses[0].sizes
    answers = {(order, point): said(order if point else "start", point) for order in ORDERS for point in range(points)}
    return curves_of(
        tested,
        answers,
        said("all", points),
        {instrument: sizes[place].tolist() for place, instrument in enumerate(Instrument)},
        {
            instrument: min(int(course.pool[:, place].sum()) for course in courses)
            for place, instrument in enumerate(Instrument)
        },
        seeds[0],
    )


def _record(plan: Plan, snapshot: Path, trials: TrialSet, walk: Walk, workers: int, created_utc: str) -> ReplayRecord:
    courses = [course for course in walk.courses if course.seed == plan.seeds[0]]
    return ReplayRecord(
        id=plan.id,
        snapshot=plan.snapshot,
        snapshot_sha256=plan.snapshot_sha256,
        simulated=bool(trials.simulated[trials.labelled].any()),
        recipe=plan.recipe,
        seeds=plan.seeds,
        folds=tuple(course.fold for course in courses),
        all_folds=plan.folds is None,
        asked_points=plan.points,
        strictly=plan.strictly,
        points=tuple((int(er), int(fer)) for er, fer in courses[0].sizes.T),
        people=tuple(
            (len(np.unique(trials.participant[each.deal >= 0])), len(np.unique(trials.participant[each.held_out])))
            for each in courses
        ),
        fits=tuple(walk.fits),
        choices=tuple(walk.choices),
        extractors=plan.extractors,
        warnings=tuple(withdrawn(snapshot)),
        software=releases(),
        machine=this_machine(),
        device=plan.device,
        workers=workers,
        recalled=walk.recalled,
        created_utc=created_utc,
    )


def _published(record: ReplayRecord, found: dict[str, Curves], runs_root: Path) -> Path:
    with growing(runs_root) as arriving:
        write_report(arriving, record, found)
        return publish_as(record.id, arriving, runs_root)


def _found(folder: Path) -> ReplayResult:
    """The report of a replay that is there. Raises ReplayError where it is not whole."""
    with whole_report(folder, "replay", ReplayError) as told:
        verdicts = {str(name): str(each["told"]) for name, each in told["verdicts"].items()}
    return ReplayResult(folder.name, folder / REPORT_FILE, verdicts)

"""The whole way once, with simulated people: clips, sessions, ingest, rating, training, predictions, queue."""

import signal
import threading
from datetime import datetime
from pathlib import Path

from collect.bundle.reader import Bundle, read_bundle
from collect.session.open_devices import run_study
from collect.stimuli.demo import make_demo_set
from duchenne import stages
from duchenne.commands.users import ROLES
from duchenne.console import bar, err, tell, tell_next, tell_table
from duchenne.demo.ledger import Ledger
from duchenne.demo.planted import PlantedTruth
from duchenne.demo.recordings import judge_many, record_many
from duchenne.demo.scripted_raters import RaterLogin, rate_together
from duchenne.queue import tell_queue
from duchenne.scores import tell_scores
from duchenne.settings import Values, load_settings
from model.training.train import RunResult
from server.accounts.service import NewAccount, add_account
from server.db.revisions import open_database
from server.db.upgrade import upgrade
from server.serve import running_server

PARTICIPANTS = tuple(f"P{number:03d}" for number in range(1, 13))
RATERS = 4
#: Answers that the scripted raters give under each instrument: not all, so that something is left to be re-ordered.
ANSWERS = 225
FOLDS = 3
RECIPE = "emert_small"


def walk(parent: Path, seed: int, *, serve: bool) -> None:
    """Walk it in a new folder below `parent`, and go on serving what was made if asked to."""
    folder = parent.resolve() / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    folder.mkdir(parents=True)
    values = _below(folder, load_settings().values)
    ledger = Ledger(folder)
    err.print(f"Everything is made in {folder}, and all of it is simulated.", markup=False)

    study = _make_clips(ledger, folder)
    bundles = _record(ledger, values, study, seed)
    _judge(ledger, values, bundles)
    _ingest(ledger, values, bundles)
    accounts = _add_accounts(values)
    with running_server(stages.server_config(values)) as url:
        _rate(ledger, values, bundles, url, accounts, seed)
        result = _learn(ledger, values, seed)
        ledger.tell()
        tell_scores(result.evaluation)
        tell_queue(values)
        if serve:
            _go_on_serving(url, values, accounts)
    tell_next(f"DUCHENNE_HOME={folder} duchenne serve   (to look at it again)", f"open {result.report}")


def _below(folder: Path, values: Values) -> Values:
    """Settings of which nothing points outside the demo's folder, except the networks, which are fetched once."""
    return Values(home=folder, networks=values.networks).below_home()


def _make_clips(ledger: Ledger, folder: Path) -> Path:
    with ledger.step("clips", "Seven placeholder clips that elicit nothing", folder / "stimuli") as step:
        with bar("clips (frames)") as progress:
            study = make_demo_set(folder / "stimuli", progress)
        step.made = "7 clips, manifest, study"
    return study


def _record(ledger: Ledger, values: Values, study: Path, seed: int) -> list[Path]:
    first, *others = PARTICIPANTS
    with ledger.step("session", "One session in real time, through PsychoPy", values.recordings) as step:
        with bar("session (clips)") as progress:
            session = run_study(
                study,
                first,
                1,
                values.recordings,
                simulate=True,
                seed=seed,
                picture_folder=values.home / "pictures",
                progress=progress,
            )
        step.made = _told_playback(read_bundle(session.bundle))
    with ledger.step(
        "more sessions", f"{len(others)} more participants, faster than real time", values.recordings
    ) as step:
        with bar("sessions (participants)") as progress:
            bundles = record_many(study, others, values.recordings, seed, progress)
        step.made = f"{len(bundles)} bundles, faster than real time"
    return [session.bundle, *bundles]


def _judge(ledger: Ledger, values: Values, bundles: list[Path]) -> None:
    with ledger.step("quality", "Judge each session, as the experimenter does", values.recordings) as step:
        with bar("reports (sessions)") as progress:
            good, planned = judge_many(bundles, progress)
        step.made = f"{len(bundles)} reports: {good} of {planned} trials good"


def _told_playback(bundle: Bundle) -> str:
    shown = sum(trial.frames_shown or 0 for trial in bundle.trials)
    planned = sum(trial.frames_in_clip or 0 for trial in bundle.trials)
    return f"1 bundle, {len(bundle.trials)} trials, {shown:,} of {planned:,} clip frames shown"


def _ingest(ledger: Ledger, values: Values, bundles: list[Path]) -> None:
    with ledger.step(
        "ingest", "Ingest into a new database", Path(values.database_url.removeprefix("sqlite:///"))
    ) as step:
        upgrade(values.database_url)
        results = [result for _, result in stages.take_in(values, bundles)]
        trials, tasks = sum(one.trials for one in results), sum(one.er_tasks + one.fer_tasks for one in results)
        step.made = f"{len(results)} recordings, {trials} trials, {tasks} rating tasks"


def _add_accounts(values: Values) -> dict[str, NewAccount]:
    """One account of each role for whoever looks on, and those of the scripted raters."""
    database = open_database(values.database_url)
    names = {role: role for role in ROLES} | {f"scripted-{n}": "rater" for n in range(1, RATERS + 1)}
    accounts = {name: add_account(database, name, role) for name, role in names.items()}
    database.close()
    return accounts


def _rate(
    ledger: Ledger, values: Values, bundles: list[Path], url: str, accounts: dict[str, NewAccount], seed: int
) -> None:
    logins = [RaterLogin(one.name, one.password) for one in accounts.values() if one.name.startswith("scripted-")]
    with (
        ledger.step("rating", f"{RATERS} scripted raters label ER and FER over HTTP") as step,
        PlantedTruth(values.database_url, bundles) as truth,
        bar("answers") as progress,
    ):
        given = rate_together(url, logins, truth.of_claim, {"FER": ANSWERS, "ER": ANSWERS}, seed, progress)
        step.made = f"{given} answers by {RATERS} raters"


def _learn(ledger: Ledger, values: Values, seed: int) -> RunResult:
    with ledger.step("snapshot", "Freeze a snapshot", values.snapshots) as step:
        header = stages.freeze(values, ["simulated"], folds=FOLDS, seed=seed)
        step.made = f"{header.id}: {header.rows['labels']} labels from {header.rows['votes']} votes"
        assert step.place is not None
        step.place /= header.id
    with ledger.step("training", "Train EMERT, and face-only beside it, on the CPU", values.models) as step:
        result = stages.learn(values, header.id, RECIPE, seed=seed)
        step.made, step.place = f"model {result.model}, {FOLDS} folds", result.report
    with ledger.step("prediction", "Predict, and re-order the rating queue", values.predictions) as step:
        path = stages.say(values, result.model, header.id)
        imported = stages.reorder(values, path)
        step.made, step.place = f"{imported.rows} predictions, {imported.tasks_reordered} tasks in a new order", path
    return result


def _go_on_serving(url: str, values: Values, accounts: dict[str, NewAccount]) -> None:
    logins = [(one.role, one.name, one.password) for one in accounts.values() if one.name in ROLES]
    tell_table(f"Serving at {url}", ("role", "name", "password"), logins)
    tell("Ctrl-C ends.")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    stopped.wait()

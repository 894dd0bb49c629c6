"""A model as a run of MLflow: its recipe as params, its pooled scores as metrics, its folder as artifacts.

No face, no gaze and no medium goes along; participants appear under their pseudonyms, as in the report itself. The
weights, which know faces, go along unless they are left out.
"""

import json
import logging
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate.scales import Instrument
from model.errors import ModelFolderError, TrackingError
from model.progress import Progress, quiet
from model.tracking.store_address import file_of, refuse_what_is_no_store, told_run, without_password
from model.training.run_folder import load_model
from model.training.run_record import RECORD_FILE, REPORT_FILE, SCORES_FILE, RunRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

#: By this tag a model's run is found again.
MODEL_TAG = "duchenne.model"
#: Of the experiment that MLflow makes with every database.
_MLFLOWS_OWN = "0"
_PER_BATCH = 100
#: What MLflow says of an error may be pages long.
_SAID_LETTERS = 300


@dataclass(frozen=True)
class Logged:
    """`place`: where a person or a program finds the run. `anew` is false where the model had been logged before."""

    run: str
    place: str
    anew: bool


def log_model(
    folder: Path, uri: str, experiment: str = "duchenne", *, weights: bool = True, progress: Progress = quiet
) -> Logged:
    """Log a model's folder to the MLflow server at `uri` or the SQLite file, whole or not at all; `progress` counts
    steps.

    A model that was logged to this experiment before is found there and stays as it is. Raises ModelFolderError where
    the folder is not as it was written, TrackingError where MLflow does not take it, and ModuleNotFoundError where it
    was not installed.
    """
    refuse_what_is_no_store(uri)
    record, scores = load_model(folder).record, _scores(folder)
    files = [RECORD_FILE, REPORT_FILE, SCORES_FILE, *([fold.weights for fold in record.folds] if weights else [])]
    troubles = _troubles(uri)
    try:
        _refuse_what_cannot_be_written(file_of(uri))
        client = _client(uri)
        where = _experiment(client, uri, experiment)
        run = _logged_before(client, where, record.id)
        anew = run is None
        if run is not None:
            progress(1, 1)
        else:
            run = _log(client, where, record, scores, [folder / name for name in files], progress)
    except troubles as error:
        # Of what SQLAlchemy says, the statement and its manual's address help nobody here.
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        said = said.replace(uri, without_password(uri))[:_SAID_LETTERS]
        raise TrackingError(
            f"{without_password(uri)}: MLflow did not take model {record.id}: {said}. Nothing of it counts as logged; "
            "the same command tries again."
        ) from error
    return Logged(run, told_run(uri, where, run), anew)


def _scores(folder: Path) -> dict[str, Any]:
    path = folder / SCORES_FILE
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))["scores"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFolderError(f"{path}: cannot be read as a report ({error}). Train again.") from error
    assert isinstance(scores, dict)
    return scores


def _troubles(uri: str) -> tuple[type[Exception], ...]:
    """What a store raises that cannot be reached or takes nothing. MLflow is imported here, and set to work quietly."""
    # MLflow would tell its makers of every use, look for a git program, and try to reach a server for minutes. It reads
    # these when it is imported.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow.exceptions import MlflowException

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if file_of(uri) is None:
        return MlflowException, OSError
    from sqlalchemy.exc import SQLAlchemyError  # comes with [server]; a server's client does without

    return MlflowException, OSError, SQLAlchemyError


def _refuse_what_cannot_be_written(file: Path | None) -> None:
    """Raises OSError. MLflow would try for minutes to open a database that is, say, a folder."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.open("ab").close()


def _client(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def _experiment(client: "MlflowClient", uri: str, name: str) -> str:
    """Its id; it is made where there is none. Raises TrackingError where no run may go into it."""
    file, found = file_of(uri), client.get_experiment_by_name(name)
    if found is None:
        # MLflow's own choice would be a folder where the command happens to be called.
        beside = None if file is None else (file.parent / f"{file.stem}-artifacts").as_uri()
        return str(client.create_experiment(name, artifact_location=beside))
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"{without_password(uri)}: the experiment {name!r} was deleted there. Restore it, or name another one."
        )
    if file is not None and str(found.experiment_id) == _MLFLOWS_OWN:
        raise TrackingError(
            f"{uri}: the experiment {name!r} is MLflow's own, whose files lie where a command happened to be called. "
            "Name another one."
        )
    return str(found.experiment_id)


def _logged_before(client: "MlflowClient", experiment: str, model: str) -> str | None:
    """The run of a model; what a kill left of an earlier try is deleted."""
    found = None
    for run in client.search_runs([experiment], filter_string=f"tags.`{MODEL_TAG}` = '{model}'"):
        if run.info.status == "FINISHED":
            found = str(run.info.run_id)
        else:
            client.delete_run(run.info.run_id)
    return found


def _log(
    client: "MlflowClient",
    experiment: str,
    record: RunRecord,
    scores: dict[str, Any],
    files: list[Path],
    progress: Progress,
) -> str:
    """A run counts as logged once it is finished; before that it is deleted where anything fails."""
    from mlflow.entities import Param, RunTag

    made_ms = round(datetime.fromisoformat(record.created_utc).timestamp() * 1000)
    tags = {MODEL_TAG: record.id, "duchenne.snapshot": record.snapshot, "duchenne.simulated": str(record.simulated)}
    run = client.create_run(experiment, start_time=made_ms, tags=tags, run_name=record.id)
    run_id = str(run.info.run_id)
    try:
        params = [Param(name, value) for name, value in params_of(record).items()]
        metrics = list(_metrics(record, scores, made_ms))
        warnings = [RunTag(f"duchenne.warning.{number}", text) for number, text in enumerate(record.warnings)]
        steps: list[Callable[[], object]] = [
            *(partial(client.log_batch, run_id, params=part) for part in _parts(params)),
            *(partial(client.log_batch, run_id, metrics=part) for part in _parts(metrics)),
            *(partial(client.log_batch, run_id, tags=part) for part in _parts(warnings)),
            *(partial(client.log_artifact, run_id, str(path)) for path in files),
        ]
        for done, step in enumerate(steps, 1):
            step()
            progress(done, len(steps))
        client.set_terminated(run_id, "FINISHED", end_time=made_ms)
    except BaseException:
        client.delete_run(run_id)
        raise
    return run_id


def params_of(record: RunRecord) -> dict[str, str]:
    """The whole recipe under the names of its fields, and what else decides the weights."""
    return {
        **dict(_flat("recipe", asdict(record.recipe))),
        "seed": str(record.seed),
        "snapshot": record.snapshot,
        "snapshot_sha256": record.snapshot_sha256,
        "folds": ", ".join(str(fold.fold) for fold in record.folds),
        "extractors": ", ".join(record.extractors),
        **dict(_flat("software", record.software)),
    }


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, str(value)


def _metrics(record: RunRecord, scores: dict[str, Any], made_ms: int) -> "Iterator[Metric]":
    """Pooled over the folds with the ends of the intervals, as ER/seven_uar, …_low and …_high; and losses by epoch."""
    from mlflow.entities import Metric

    for instrument in map(str, Instrument):
        measures = scores.get(instrument, {}).get("all", {}).get(record.recipe.name, {}).get("measures", {})
        for measure, figure in measures.items():
            for end, name in (("value", measure), ("low", f"{measure}_low"), ("high", f"{measure}_high")):
                if figure[end] is not None:  # there was nothing to measure
                    yield Metric(f"{instrument}/{name}", figure[end], made_ms, 0)
    for fold in record.folds:
        yield Metric(f"fold-{fold.fold}/best_epoch", fold.best_epoch, made_ms, 0)
        for side in ("train", "validation"):
            for epoch, loss in enumerate(getattr(fold, f"{side}_loss"), 1):
                if math.isfinite(loss):
                    yield Metric(f"fold-{fold.fold}/{side}_loss", loss, made_ms, epoch)


def _parts(things: list[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(things), _PER_BATCH):
        yield things[first : first + _PER_BATCH]

"""A trained model becomes a run of MLflow, once. The store is a real one, read back through MLflow's own client."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from duchenne.cli import duchenne
from model.errors import ModelFolderError, TrackingError
from model.evaluation import intervals
from model.tracking import mlflow_run
from model.tracking.mlflow_run import MODEL_TAG, log_model
from model.training.run_folder import read_record
from tests.model.conftest import Lab, know_tiny_recipes
from tests.model.test_training import run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of two folds."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        patch.setattr(intervals, "RESAMPLES", 50)
        patch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")
        return run(lab, lab.snapshot()).folder


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One store for all tests, as making its tables takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


def runs(uri: str, experiment: str) -> list[Run]:
    client = MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(experiment)
    return [] if found is None else list(client.search_runs([found.experiment_id]))


def test_a_run_holds_recipe_scores_losses_and_the_whole_folder(model: Path, uri: str, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    logged = log_model(model, uri, "one", progress=lambda done, total: steps.append((done, total)))
    record = read_record(model)
    (found,) = runs(uri, "one")
    assert (logged.run, logged.anew, found.info.run_name) == (found.info.run_id, True, record.id)
    assert steps[-1][0] == steps[-1][1] == len(steps)
    assert found.data.tags[MODEL_TAG] == record.id
    assert found.data.tags["duchenne.simulated"] == "True"

    params = found.data.params
    assert params["recipe.schedule.learning_rate"] == "0.005"
    assert params["recipe.architecture.faces"] == "2"
    assert (params["seed"], params["snapshot"], params["snapshot_sha256"]) == (
        "0", record.snapshot, record.snapshot_sha256,
    )  # fmt: skip
    assert params["software.torch"] == record.software["torch"]

    figure = json.loads((model / "report.json").read_text())["scores"]["FER"]["all"]["tiny"]["measures"]["seven_uar"]
    ends = [found.data.metrics[f"FER/seven_uar{end}"] for end in ("", "_low", "_high")]
    assert ends == [figure["value"], figure["low"], figure["high"]]
    client = MlflowClient(tracking_uri=uri)
    for fold in record.folds:
        history = client.get_metric_history(logged.run, f"fold-{fold.fold}/validation_loss")
        assert {point.step: point.value for point in history} == dict(enumerate(fold.validation_loss, 1))

    client.download_artifacts(logged.run, "", str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in model.iterdir()
    }


def test_a_model_is_logged_once_to_each_experiment(model: Path, uri: str) -> None:
    first = log_model(model, uri, "twice")
    second = log_model(model, uri, "twice")
    assert (second.run, second.anew) == (first.run, False)
    assert len(runs(uri, "twice")) == 1
    assert log_model(model, uri, "elsewhere").run != first.run


def test_weights_that_know_faces_can_stay_at_home(model: Path, uri: str) -> None:
    logged = log_model(model, uri, "no weights", weights=False)
    there = {file.path for file in MlflowClient(tracking_uri=uri).list_artifacts(logged.run)}
    assert there == {"run.json", "report.html", "report.json"}


def test_what_failed_in_the_middle_does_not_count(model: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MlflowException("no space is left at the server")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_artifact", full)
        with pytest.raises(TrackingError, match=r"did not take model m.*no space is left.*tries again"):
            log_model(model, uri, "full")
        assert runs(uri, "full") == []
        patch.setattr(MlflowClient, "delete_run", lambda *_: None)  # as a kill leaves it
        with pytest.raises(TrackingError):
            log_model(model, uri, "full")
    assert len(runs(uri, "full")) == 1
    assert log_model(model, uri, "full").anew
    (found,) = runs(uri, "full")
    assert found.info.status == "FINISHED"


NO_STORES = (
    "runs", "file:///runs", "", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///mlflow.db?timeout=1",
    "sqlite+pysqlite:////runs/mlflow.db", "SQLite:///mlflow.db", "postgresql://lab:secret@host/mlflow",
    "mysql+nodriver://lab:secret@host/mlflow", "https:/mlflow.example.org", "https://",
    "https://lab:secret@[mlflow",
)  # fmt: skip


@pytest.mark.parametrize("place", NO_STORES)
def test_a_place_of_another_kind_is_refused_before_anything_is_opened(
    model: Path, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In other databases the files would lie where the command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mlflow_run, "_client", lambda uri: pytest.fail(f"{uri} was opened"))
    with pytest.raises(TrackingError, match=r"expected an MLflow server.*sqlite:///mlflow\.db") as told:
        log_model(model, place)
    assert "secret" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_none_is_told_in_one_sentence(model: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but longer than the beginning of one is" * 2)
    (tmp_path / "folder.db").mkdir()
    for name, said in (
        ("text.db", "file is not a database"),
        ("text.db/mlflow.db", "File exists"),
        ("text.db/below/mlflow.db", "Not a directory"),
        ("folder.db", "Is a directory"),
    ):
        uri = f"sqlite:///{tmp_path / name}"
        with pytest.raises(TrackingError, match=rf"{uri}: MLflow did not take model m.*{said}.*tries again") as told:
            log_model(model, uri)
        assert "\n" not in str(told.value)
        assert "SELECT" not in str(told.value)


def test_mlflows_own_experiment_would_keep_weights_where_the_command_is_called(
    model: Path, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrackingError, match=r"'Default' is MLflow's own.*Name another one"):
        log_model(model, uri, "Default")
    assert list(tmp_path.iterdir()) == []


def test_no_password_is_repeated(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def __init__(self, uri: str) -> None:
            self.uri = uri

        def get_experiment_by_name(self, _: str) -> None:
            raise MlflowException(f"{self.uri} is away")

    monkeypatch.setattr(mlflow_run, "_client", Away)
    with pytest.raises(TrackingError, match=r"https://…@mlflow\.example\.org is away") as told:
        log_model(model, "https://lab:secret@mlflow.example.org")
    assert "secret" not in str(told.value)


def test_the_command_line_logs_a_model_by_the_beginning_of_its_id(
    model: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUCHENNE_MODELS", str(model.parent))
    words = ["export", "mlflow", model.name[:5], "--to", uri, "--experiment", "typed"]
    for _ in range(2):
        done = CliRunner().invoke(duchenne, words)
        assert done.exit_code == 0, done.output
        assert f"model  {model.name}\n" in done.output
    assert len(runs(uri, "typed")) == 1


def test_a_model_that_was_changed_is_not_logged(model: Path, uri: str, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / model.name)
    (folder / "fold-0.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelFolderError, match="has the digest"):
        log_model(folder, uri, "changed")
    assert runs(uri, "changed") == []

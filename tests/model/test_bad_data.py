"""What a lab may bring and what may befall a machine: one error in words each, and nothing half-written."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from annotate.snapshot.format import GAZE_MEDIA_COLUMNS
from annotate.snapshot.redacting import redact_snapshot
from annotate.snapshot.store import SnapshotDamagedError, read_table
from model import recipes
from model.errors import DeviceError, FeaturesNotKeptError, NotTrainableError, RunNotKeptError
from model.features.aligned_face import FACE_PX
from model.features.face_moments import nothing_found
from model.features.faces import TrialFaces
from model.recipe import Recipe
from model.training import jobs, train
from model.training.run_folder import sweep_unfinished
from tests.model import conftest
from tests.model.conftest import DURATION_MS, Lab, MiddleOfTheFrame, know_quick_recipes, label_row
from tests.model.test_training import media_of, nothing_was_left, run


@pytest.fixture(autouse=True)
def _quick_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.evaluation.intervals.RESAMPLES", 50)
    monkeypatch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    return know_quick_recipes(monkeypatch)


def write_blank_gaze(path: Path, *_: object) -> None:
    """A tracker that ran and never saw an eye."""
    t_ms = np.arange(-100.0, DURATION_MS + 100.0, 10.0)
    nothing = np.full(len(t_ms), np.nan)
    pq.write_table(pa.table({name: t_ms if name == "t_ms" else nothing for name in GAZE_MEDIA_COLUMNS}), path)


class NoFace(MiddleOfTheFrame):
    def __call__(self, video: Path, offset_ms: float, duration_ms: float, count: int) -> TrialFaces:
        return TrialFaces(np.zeros((count, FACE_PX, FACE_PX, 3), np.uint8), nothing_found(count))


def test_without_any_measured_gaze_it_is_faces_alone_and_said(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "write_gaze", write_blank_gaze)
    told = run(lab, lab.snapshot(), folds=1)
    assert "none of the 8 trials has a gaze that was measured: nothing was learned from it." in told.warnings


def test_with_neither_a_face_nor_a_gaze_there_is_nothing_to_learn_from(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That no sample is valid is a number too, but nothing that was seen of anybody."""
    monkeypatch.setattr(conftest, "write_gaze", write_blank_gaze)
    lab.extractor = NoFace()
    with pytest.raises(NotTrainableError, match="none of its trials has a face that was found or a gaze"):
        run(lab, lab.snapshot())
    assert nothing_was_left(lab)


def test_a_class_that_only_one_fold_shows_is_trained_on_and_warned_of(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def rare(trial: str, instrument: str, number: int) -> dict[str, object]:
        given.append(number)
        return label_row(trial, instrument, 3 if len(given) <= 2 else number)  # one trial of the first participant

    monkeypatch.setattr(conftest, "label_row", rare)
    told = run(lab, lab.snapshot())
    for instrument in ("ER", "FER"):
        assert f"{instrument}, fold 0: surprise is tested, but no training trial shows it." in told.warnings


def test_a_label_that_is_no_number_is_named_by_row_and_column(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    path = snapshot / "labels.parquet"
    rows = pq.read_table(path)
    place = rows.column_names.index("valence")
    spoilt = [float("nan"), *rows["valence"].to_pylist()[1:]]
    path.chmod(0o644)
    pq.write_table(rows.set_column(place, rows.schema.field(place), pa.array(spoilt, pa.float64())), path)
    with pytest.raises(SnapshotDamagedError, match=r"labels\.parquet"):
        run(lab, snapshot)
    with pytest.raises(SnapshotDamagedError, match=r"labels\.parquet, row 1, column valence: nan is not a finite"):
        read_table(snapshot, "labels")
    assert nothing_was_left(lab)


def test_a_loss_that_runs_away_is_told_and_no_model_is_left(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    wild = replace(tiny, schedule=replace(tiny.schedule, learning_rate=1e30))
    monkeypatch.setitem(recipes.RECIPES, "tiny", lambda: wild)
    with pytest.raises(NotTrainableError, match=r"recipe tiny, epoch 1: the loss is nan.*lower learning_rate"):
        run(lab, lab.snapshot())
    assert nothing_was_left(lab)


@contextmanager
def room(most_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond it, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_keeps_no_network_and_no_model_and_says_so_and_room_mends_it(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    lab.store().compute(snapshot, media_of(lab))
    with room(2000), pytest.raises(RunNotKeptError, match=r"runs: .*\(File too large\).*Make room"):
        run(lab, snapshot, folds=1)
    assert nothing_was_left(lab)
    assert [path.name for path in lab.features.glob("fits/**/*") if path.is_file()] == []
    assert run(lab, snapshot, folds=1).recalled == 0
    assert not list(lab.features.glob("fits/*"))


def test_a_features_folder_that_takes_nothing_is_named_for_faces_and_for_eyes(lab: Lab, tiny: Recipe) -> None:
    """Nothing can be made below a file, whoever asks, root too."""
    snapshot = lab.snapshot()
    for part in ("faces", "eyes"):
        lab.features.mkdir(exist_ok=True)
        (lab.features / part).write_text("in the way")
        with pytest.raises(FeaturesNotKeptError, match=rf"{lab.features / part}.*could not be written \(.*Make room"):
            run(lab, snapshot)
        (lab.features / part).unlink()
    assert nothing_was_left(lab)


def test_a_gpu_that_is_lost_ends_training_in_words_and_what_was_finished_is_kept(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that trains on this CPU, until its third network: then it is gone from the bus. Later it is well again."""
    fitted, really, snapshot = [], jobs.fit, lab.snapshot()

    def fit(*given: Any) -> Any:
        fitted.append(given[0].name)
        if len(fitted) == 3:
            raise torch.AcceleratorError("CUDA error: GPU is lost\nFor debugging consider ...")
        return really(*given[:-1])  # all but the device

    monkeypatch.setattr("model.training.trainer.device_named", lambda _: torch.device("cuda:0"))
    for module in ("trainer", "fit_record"):
        monkeypatch.setattr(f"model.training.{module}.name_of", lambda _: "a card")
    monkeypatch.setattr(jobs, "fit", fit)
    with pytest.raises(DeviceError, match=r"^device cuda:0: CUDA error: GPU is lost\. What was trained.*start again"):
        run(lab, snapshot)
    assert nothing_was_left(lab)
    again = run(lab, snapshot)
    assert (again.recalled, len(fitted)) == (2, 3 + 2)
    assert not list(lab.features.glob("fits/*"))


def test_a_run_may_hold_its_networks_until_it_is_told(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()

    def held() -> train.RunResult:
        return train.train(
            snapshot, media_of(lab), lab.features, lab.root, lab.runs, "tiny",
            created_utc=conftest.UTC, folds=1, workers=1, store=lab.store(), hold=True,
        )  # fmt: skip

    first = held()
    assert held().recalled == first.networks == 2
    first.let_go()
    assert not list(lab.features.glob("fits/*"))


def test_who_withdraws_during_training_is_in_no_model(lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.participants = 5
    snapshot, really = lab.snapshot(), train.write_report

    def write_report(*given: Any) -> Any:
        redact_snapshot(snapshot, ["S04"], "2030-01-02T00:00:00Z")
        return really(*given)

    with monkeypatch.context() as patch:
        patch.setattr(train, "write_report", write_report)
        with pytest.raises(NotTrainableError, match=rf"{snapshot}: a participant withdrew .*start again, without them"):
            run(lab, snapshot, folds=1)
    assert nothing_was_left(lab)
    again = run(lab, snapshot, folds=1)
    assert again.recalled == 0
    assert "P04" not in (again.folder / "run.json").read_text()


def test_what_a_killed_run_left_is_swept_and_what_a_living_one_writes_is_not(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab.runs / ".training-left").mkdir(parents=True)
    (lab.runs / ".training-left" / "fold-0.safetensors").write_bytes(b"half")
    really, seen = train.write_report, []

    def write_report(folder: Path, *given: Any) -> Any:
        assert sweep_unfinished(lab.runs) == 1  # the other one
        seen.append([path.name for path in lab.runs.iterdir()] == [folder.name])
        return really(folder, *given)

    monkeypatch.setattr(train, "write_report", write_report)
    result = run(lab, lab.snapshot(), folds=1)
    assert seen == [True]
    assert [path.name for path in lab.runs.iterdir()] == [result.model]
    assert (result.folder / "fold-0.safetensors").is_file()

"""The whole way on small snapshots with real media: features, folds, training, report, folder, predictions."""

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import load_file

from annotate.errors import AnnotateError
from annotate.media_store import MediaStore
from annotate.prediction.file import read_predictions
from annotate.scales import Instrument
from model import recipes
from model.benchmark.shuffled import shuffled_labels
from model.errors import LeakError, ModelError, ModelFolderError, NotTrainableError, RecipeError
from model.features.dataset import load_trials
from model.prediction import predict
from model.recipe import Augmentation, Recipe, Schedule
from model.training.fit import fit, predict_trials, task_loss
from model.training.prepared import prepare
from model.training.run_folder import find_model, load_model, read_record
from model.training.split import Split, check_disjoint, missing_classes, splits_of
from model.training.train import RunResult, train
from tests.model.conftest import UTC, Lab, know_tiny_recipes


def run(lab: Lab, snapshot: Path, seed: int = 0, workers: int = 1, folds: int | None = None) -> RunResult:
    return train(
        snapshot, media_of(lab), lab.features, lab.root / "no-networks", lab.runs, "tiny",
        created_utc=UTC, folds=folds, seed=seed, workers=workers, store=lab.store(),
    )  # fmt: skip


def say(lab: Lab, model: Path, snapshot: Path) -> Path:
    return predict(
        model, snapshot, media_of(lab), lab.features, lab.root / "no-networks", lab.root / "predictions",
        created_utc=UTC, store=lab.store(),
    )  # fmt: skip


def nothing_was_left(lab: Lab) -> bool:
    return not lab.runs.exists() or list(lab.runs.iterdir()) == []


# --- what it learns -------------------------------------------------------------------------------------------------


def test_both_instruments_are_learned_each_from_its_own_place(lab: Lab, tiny: Recipe) -> None:
    """Felt is in the gaze, shown in the face: people never seen are told apart under both, gap or no gap."""
    lab.participants = 12
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    split = splits_of(trials, 1, seed=0)[0]
    longer = replace(
        tiny,
        architecture=replace(tiny.architecture, pool="modalities", eye_summary=True, eye_bypass=True),
        schedule=replace(tiny.schedule, epochs=25, learning_rate=2e-2),
        augmentation=Augmentation(),
    )
    fitted = fit(longer, trials, split, seed=0)
    tested = trials.take(split.test)
    assert (tested.er.hard_seven != tested.fer.hard_seven).any()
    said = predict_trials(fitted.network, fitted.normalisation, longer, tested)
    for instrument in Instrument:
        right = said[instrument].seven.argmax(axis=1) == tested.targets(instrument).hard_seven
        assert right.mean() == 1.0


def media_of(lab: Lab) -> MediaStore:
    return MediaStore(lab.media)


def test_the_first_losses_are_the_golden_ones(lab: Lab, tiny: Recipe) -> None:
    """Whoever changes the network, the losses or the order of random draws changes these, and should know it: also
    TRAINING_VERSION, which keeps apart what was trained before and after.
    """
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    split = splits_of(trials, 1, seed=0)[0]
    fitted = fit(tiny, trials, split, seed=0)
    assert [epoch.train for epoch in fitted.history] == pytest.approx(GOLDEN_TRAIN, rel=2e-3)
    assert [epoch.validation for epoch in fitted.history] == pytest.approx(GOLDEN_VALIDATION, rel=2e-3)


GOLDEN_TRAIN = [6.1835, 5.871, 5.6768]
GOLDEN_VALIDATION = [5.8242, 5.6521, 5.6018]


def test_a_schedule_keeps_the_best_epoch_or_the_last_one_and_trains_anew_for_as_many(lab: Lab, tiny: Recipe) -> None:
    """Of labels dealt out by lot nothing is learned that helps with others, so that the last epoch is not the best."""
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = shuffled_labels(load_trials(snapshot, store), seed=0)
    split = splits_of(trials, 1, seed=0)[0]
    best = replace(tiny, schedule=replace(tiny.schedule, epochs=12, learning_rate=3e-2, refit=False))
    last = replace(best, schedule=replace(best.schedule, keep="last"))
    first, second = (fit(recipe, trials, split, seed=0) for recipe in (best, last))
    assert first.history == second.history
    losses = [epoch.validation for epoch in first.history]
    assert first.kept_epoch == 1 + int(np.argmin(losses)) < second.kept_epoch == len(losses) == 12
    for recipe, fitted, loss in ((best, first, min(losses)), (last, second, losses[-1])):
        people = prepare(trials.take(split.validation), fitted.normalisation, recipe.architecture)
        assert task_loss(fitted.network, people, recipe) == pytest.approx(loss, rel=1e-6)
    epochs: list[int] = []
    fit(replace(last, schedule=replace(last.schedule, refit=True)), trials, split, seed=0, on_epoch=epochs.append)
    assert epochs == list(range(1, 25))


def test_waiting_for_a_best_epoch_that_is_not_kept_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"patience waits for a best epoch, and keep='last'.*Leave one"):
        Schedule(keep="last", patience=5)


def test_the_report_says_which_epoch_was_kept(lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = lab.snapshot()
    chosen = (run(lab, snapshot, folds=1).folder / "report.html").read_text()
    last = replace(tiny, schedule=replace(tiny.schedule, keep="last", refit=False))
    monkeypatch.setitem(recipes.RECIPES, "tiny", lambda: last)
    kept = (run(lab, snapshot, folds=1).folder / "report.html").read_text()
    assert "The epoch is chosen by validation people" in chosen
    assert "trained anew, on training and validation people" in chosen
    assert "The last epoch is kept; validation people" in kept
    assert "3 of 3" in kept
    assert "trained anew" not in kept


def test_the_same_seed_gives_the_same_weights_in_one_process_or_two(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    once = run(lab, snapshot)
    kept = {path.name: load_file(path) for path in once.folder.glob("*.safetensors")}
    shutil.move(once.folder, lab.root / "first")
    again = run(lab, snapshot, workers=2)
    other = run(lab, snapshot, seed=1)
    assert again.model == once.model != other.model
    for name, tensors in kept.items():
        for key, tensor in load_file(again.folder / name).items():
            assert np.array_equal(tensor, tensors[key])
    first, second = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (lab.root / "first", again.folder)
    )
    assert first == second  # weights, record, figures and page; the time of creation is given to both


def test_a_run_leaves_a_whole_folder_with_everybody_on_one_side(lab: Lab, tiny: Recipe) -> None:
    lab.participants, lab.folds = 6, 3
    told: list[tuple[int, int]] = []
    snapshot = lab.snapshot()
    result = train(
        snapshot, media_of(lab), lab.features, lab.root / "no-networks", lab.runs, "tiny",
        created_utc=UTC, workers=1, store=lab.store(), progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert sorted(path.name for path in lab.runs.iterdir()) == [result.model]
    record = read_record(result.folder)
    assert record.simulated
    assert record.snapshot == snapshot.name
    for fold in record.folds:
        sides = [set(fold.train), set(fold.validation), set(fold.test)]
        assert set.union(*sides) == {f"P{n:02d}" for n in range(6)}
        assert sum(map(len, sides)) == 6
    assert sorted(person for fold in record.folds for person in fold.test) == [f"P{n:02d}" for n in range(6)]
    assert told[-1] == (36, 36)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    scores = json.loads((result.folder / "report.json").read_text())
    assert set(scores["scores"]["ER"]["all"]) == {"tiny", "tiny_face_only", "stimulus identity", "majority"}
    assert scores["scores"]["ER"]["all"]["tiny"]["trials"] == 12
    page = result.report.read_text()
    assert "SIMULATED" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_one_of_the_folds_is_enough_if_asked(lab: Lab, tiny: Recipe) -> None:
    assert [fold.fold for fold in run(lab, lab.snapshot(), folds=1).record.folds] == [0]


def test_a_class_that_no_training_trial_shows_is_warned_of(lab: Lab) -> None:
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    split = splits_of(trials, 1, seed=0)[0]
    assert missing_classes(trials, [split]) == []
    happy = trials.er.hard_seven == 0
    poorer = Split(0, split.train[~happy[split.train]], split.validation, split.test)
    told = missing_classes(trials, [poorer])
    assert "ER, fold 0: happiness is tested, but no training trial shows it." in told


# --- features -------------------------------------------------------------------------------------------------------


def test_features_are_computed_once_and_only_for_what_is_new(lab: Lab) -> None:
    store = lab.store()
    first = store.compute(lab.snapshot(), media_of(lab))
    assert (first.computed, first.ready) == (8, 0)
    again = store.compute(lab.snapshot(), media_of(lab))
    assert (again.computed, again.ready) == (0, 8)
    lab.participants = 5
    # One generator makes all media of a lab in order, so that the first four people stay as they were.
    third = store.compute(lab.snapshot(), media_of(lab))
    assert (third.computed, third.ready) == (2, 8)
    assert lab.extractor.calls == 10


def test_features_that_were_cut_off_are_computed_again(lab: Lab) -> None:
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    whole = store.faces()
    broken = sorted(lab.features.glob("eyes/*/*.npz"))[0]
    broken.write_bytes(broken.read_bytes()[:100])
    index = lab.features / "faces" / "map-1" / "index.jsonl"
    index.write_bytes(index.read_bytes()[:-5])  # the last line is not whole: its faces were never there
    again = store.compute(snapshot, media_of(lab))
    assert again.computed in (1, 2)
    assert len(store.faces().index) == len(whole.index) == 8
    assert not list(lab.features.rglob("*.partial"))


def test_a_medium_that_is_gone_stops_by_name_and_keeps_what_was_done(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    gone = pq.read_table(snapshot / "trials.parquet")["face_sha256"].to_pylist()[-1]
    media_of(lab).path(gone).unlink()
    with pytest.raises(AnnotateError, match=gone):
        run(lab, snapshot)
    assert nothing_was_left(lab)


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_snapshot_without_labels_is_refused(lab: Lab, tiny: Recipe) -> None:
    lab.labelled = False
    with pytest.raises(NotTrainableError, match="not one label"):
        run(lab, lab.snapshot())
    assert nothing_was_left(lab)


def test_one_participant_is_refused(lab: Lab, tiny: Recipe) -> None:
    lab.participants = 1
    with pytest.raises(NotTrainableError, match="1 participant"):
        run(lab, lab.snapshot())
    assert nothing_was_left(lab)


def test_a_flipped_bit_in_the_snapshot_is_refused(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    table = snapshot / "labels.parquet"
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 1
    table.chmod(0o644)
    table.write_bytes(data)
    with pytest.raises(AnnotateError):
        run(lab, snapshot)
    assert nothing_was_left(lab)


def test_a_participant_in_two_folds_is_caught(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot(fold_of=lambda participant, position: (participant + (participant == 2) * position) % 2)
    with pytest.raises(LeakError, match="P02 is in folds 0, 1"):
        run(lab, snapshot)
    assert nothing_was_left(lab)


def test_a_participant_planted_on_both_sides_is_caught(lab: Lab) -> None:
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    split = splits_of(trials, 1, seed=0)[0]
    leaky = Split(0, np.append(split.train, split.test[0]), split.validation, split.test)
    with pytest.raises(LeakError, match=trials.participant[split.test[0]]):
        check_disjoint(trials, leaky)


def test_a_recipe_that_nobody_wrote_is_refused_with_the_names_of_the_others(lab: Lab) -> None:
    with pytest.raises(RecipeError, match="emert_small"):
        train(
            lab.snapshot(), media_of(lab), lab.features, lab.root, lab.runs, "emrt", created_utc=UTC, store=lab.store()
        )  # fmt: skip


# --- the folder and the predictions ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, RunResult]:
    """Trained once for all tests that then break a copy of it."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    snapshot = lab.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        return lab.root, snapshot.name, run(lab, snapshot)


@pytest.fixture
def trained(trained_once: tuple[Path, str, RunResult], tmp_path: Path) -> tuple[Lab, Path, RunResult]:
    root, snapshot, result = trained_once
    shutil.copytree(root, tmp_path / "lab")
    lab = Lab(tmp_path / "lab")
    return lab, lab.root / "snapshots" / snapshot, replace(result, folder=lab.runs / result.model)


def test_predictions_cover_every_trial_and_are_held_out(trained: tuple[Lab, Path, RunResult]) -> None:
    lab, snapshot, result = trained
    path = say(lab, result.folder, snapshot)
    header, rows = read_predictions(path)
    assert (header.model, header.snapshot, header.trained_on) == (result.model, snapshot.name, snapshot.name)
    assert header.simulated
    assert len(rows) == 2 * 8
    assert all(row.held_out for row in rows)
    assert say(lab, result.folder, snapshot) == path


def test_who_was_seen_by_all_weights_is_not_held_out_and_a_stranger_is(lab: Lab, tiny: Recipe) -> None:
    snapshot = lab.snapshot()
    result = run(lab, snapshot, folds=1)
    lab.participants = 5
    wider = lab.snapshot()
    _, rows = read_predictions(say(lab, result.folder, wider))
    people = dict(
        zip(
            *(pq.read_table(wider / "trials.parquet")[name].to_pylist() for name in ("trial", "participant")),
            strict=True,
        )
    )
    fold = result.record.folds[0]
    for row in rows:
        assert row.held_out == (people[row.trial] not in fold.train + fold.validation)
    assert {people[row.trial] for row in rows if row.held_out} == {*fold.test, "P04"}


def test_weights_survive_the_disk_bit_for_bit(trained: tuple[Lab, Path, RunResult]) -> None:
    lab, snapshot, result = trained
    model = load_model(result.folder)
    trials = load_trials(snapshot, lab.store())
    for fold, network in zip(model.record.folds, model.networks, strict=True):
        stored = load_file(result.folder / fold.weights)
        for name, tensor in network.state_dict().items():
            assert np.array_equal(stored[name], tensor.numpy())
    split = splits_of(trials, 1, seed=0)[0]
    again = fit(model.record.recipe, trials, split, seed=0)
    for name, tensor in again.network.state_dict().items():
        assert np.array_equal(model.networks[0].state_dict()[name].numpy(), tensor.numpy())


def saved_by_torch(_: bytes) -> bytes:
    """A checkpoint.pt under another name."""
    file = io.BytesIO()
    torch.save({"weights": torch.zeros(3)}, file)
    return file.getvalue()


@pytest.mark.parametrize(
    "spoil",
    [lambda _: pickle.dumps({"weights": [1, 2, 3]}), saved_by_torch, lambda data: data[:-7], lambda data: data[:5]],
    ids=["pickled", "saved by torch", "cut off", "hardly begun"],
)
def test_what_is_no_whole_safetensors_file_is_refused(
    trained: tuple[Lab, Path, RunResult], spoil: Callable[[bytes], bytes]
) -> None:
    _, _, result = trained
    path = result.folder / "fold-0.safetensors"
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    with pytest.raises(ModelFolderError, match=r"fold-0\.safetensors: has the digest .*restore the folder"):
        load_model(result.folder)
    change_record(result.folder, lambda record: record["folds"][0].update(sha256=hashlib.sha256(spoilt).hexdigest()))
    with pytest.raises(ModelFolderError, match=r"fold-0\.safetensors: .*Pickled weights are never loaded.*train again"):
        load_model(result.folder)


def test_weights_of_another_recipe_are_refused(trained: tuple[Lab, Path, RunResult]) -> None:
    _, _, result = trained
    change_record(result.folder, lambda record: record["recipe"]["architecture"].update(token_width=16))
    with pytest.raises(ModelFolderError, match="another network than recipe 'tiny'"):
        load_model(result.folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "field version"),
        ({"surprise": 1}, "field surprise"),
        ({"eye_columns": ["x"]}, "field eye_columns"),
    ],
)
def test_a_record_of_another_kind_is_refused(
    trained: tuple[Lab, Path, RunResult], change: dict[str, object], told: str
) -> None:
    _, _, result = trained
    change_record(result.folder, lambda record: record.update(change))
    with pytest.raises(ModelFolderError, match=told):
        load_model(result.folder)


def change_record(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def test_a_model_is_found_by_the_beginning_of_its_name(trained: tuple[Lab, Path, RunResult]) -> None:
    lab, _, result = trained
    assert find_model(lab.runs, result.model[:6]) == result.folder
    with pytest.raises(ModelError, match="there is none"):
        find_model(lab.runs, "m0000000000000000")

"""Training that was interrupted goes on with the fits that were finished, and forgets them when it is time to."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from annotate.snapshot.redacting import redact_snapshot
from annotate.snapshot.store import verify_snapshot
from model.errors import NotTrainableError
from model.evaluation import intervals
from model.features.dataset import TrialSet, load_trials
from model.progress import quiet
from model.recipe import Recipe
from model.training import fit_record, jobs
from model.training.fit_record import Circumstances
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KEPT_DAYS, KeptFits, prune_fits
from model.training.remaining import Remaining
from model.training.split import splits_of
from tests.model.conftest import Lab, tiny_recipe
from tests.model.test_training import media_of, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _quick_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here holds with any number of resamples, and drawing takes seconds."""
    monkeypatch.setattr(intervals, "RESAMPLES", 50)
    monkeypatch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")


def kept(features: Path) -> list[Path]:
    """Folders of the fits that lie on the disk."""
    return sorted(features.glob("fits/*/*/*"))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by 'recipe fold' for each network that is trained in this process."""
    names: list[str] = []
    really_run = jobs.run_job

    def count(trials: TrialSet, job: Job, tell: Callable[[int], None]) -> Outcome:
        names.append(f"{job.recipe.name} {job.split.fold}")
        return really_run(trials, job, tell)

    monkeypatch.setattr(jobs, "run_job", count)
    return names


@dataclass(frozen=True)
class Finished:
    """One network of a lab, just trained."""

    lab: Lab
    snapshot: Path
    trials: TrialSet
    jobs: list[Job]
    outcome: Outcome

    def place(self, features: Path, owner: str = "train") -> KeptFits:
        digest = verify_snapshot(self.snapshot).content_sha256
        return KeptFits(features, owner, Circumstances(digest, ("middle-1",)), self.trials.trial)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    trials = load_trials(snapshot, store)
    todo = [Job(tiny_recipe(), split, seed=0) for split in splits_of(trials, None, seed=0)]
    (outcome,) = jobs.run_jobs(snapshot, store, todo[:1], 1, quiet)
    return Finished(lab, snapshot, trials, todo, outcome)


def test_a_killed_training_goes_on_and_gives_the_very_same_model(lab: Lab, tiny: Recipe, trained: list[str]) -> None:
    snapshot = lab.snapshot()
    undisturbed = run(lab, snapshot)
    (lab.runs / undisturbed.model).rename(lab.root / "undisturbed")
    assert (len(trained), kept(lab.features)) == (4, [])
    trained.clear()

    command = [sys.executable, "-m", "tests.model.killed_training", str(lab.root), snapshot.name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        os.kill(process.pid, signal.SIGKILL)
        process.stdout.read()  # ends with the last process that writes there: no worker is left behind
    assert process.returncode == -signal.SIGKILL
    assert not list(lab.runs.iterdir())
    assert len(kept(lab.features)) == 1

    again = run(lab, snapshot)
    assert (len(trained), again.networks, again.recalled) == (3, 4, 1)
    assert again.model == undisturbed.model
    figures = again.folder / "report.json"
    assert figures.read_bytes() == (lab.root / "undisturbed" / figures.name).read_bytes()
    assert kept(lab.features) == []


def test_only_what_is_missing_is_trained_and_counted(finished: Finished, tmp_path: Path, trained: list[str]) -> None:
    finished.place(tmp_path).keep(finished.jobs[0], finished.outcome)
    told: list[tuple[int, int]] = []
    remaining = Remaining(finished.jobs, finished.place(tmp_path))
    found = remaining.outcomes(
        finished.snapshot, finished.lab.store(), 1, lambda done, total: told.append((done, total))
    )
    assert [number for number, _ in found] == [0, 1]
    assert (trained, remaining.recalled) == (["tiny 1"], 1)
    assert (told[0], told[-1]) == ((6, 12), (12, 12))
    assert len(kept(tmp_path)) == 2


def test_what_was_kept_serves_this_very_job_alone(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, place = finished.jobs[0], finished.place(tmp_path)
    place.keep(job, finished.outcome)
    split = job.split
    fewer = replace(job, split=replace(split, train=split.train[1:]))
    longer = replace(job, recipe=replace(job.recipe, schedule=replace(job.recipe.schedule, epochs=4)))
    for other in (replace(job, seed=1), fewer, longer, finished.jobs[1]):
        assert place.find(other) is None
    digest = verify_snapshot(finished.snapshot).content_sha256
    for circumstances in (Circumstances(digest, ("middle-2",)), Circumstances(digest, ("middle-1",), "shuffled 3")):
        assert KeptFits(tmp_path, "train", circumstances, finished.trials.trial).find(job) is None
    with monkeypatch.context() as patch:
        patch.setattr(fit_record, "TRAINING_VERSION", fit_record.TRAINING_VERSION + 1)
        assert place.find(job) is None
    assert place.find(job) is not None
    assert place.notes == []


def test_what_another_run_keeps_is_taken_and_left_to_it(finished: Finished, tmp_path: Path) -> None:
    finished.place(tmp_path, "benchmark").keep(finished.jobs[0], finished.outcome)
    ours = finished.place(tmp_path)
    assert ours.find(finished.jobs[0]) is not None
    ours.let_go(finished.jobs)
    assert len(kept(tmp_path)) == 1
    finished.place(tmp_path, "benchmark").let_go(finished.jobs)
    assert not list(tmp_path.glob("fits/*"))


def test_what_comes_back_is_what_was_kept_bit_for_bit(finished: Finished, tmp_path: Path) -> None:
    outcome, place = finished.outcome, finished.place(tmp_path)
    assert place.find(finished.jobs[0]) is None
    place.keep(finished.jobs[0], outcome)
    back = place.find(finished.jobs[0])
    assert back is not None
    assert (back.normalisation, back.kept_epoch, back.history, back.temperatures, back.seconds) == (
        outcome.normalisation, outcome.kept_epoch, outcome.history, outcome.temperatures, outcome.seconds,
    )  # fmt: skip
    assert {name: (each.dtype, each.shape, each.tobytes()) for name, each in back.weights.items()} == {
        name: (each.dtype, each.shape, each.tobytes()) for name, each in outcome.weights.items()
    }
    for instrument, answer in outcome.said.items():
        for name, values in vars(answer).items():
            assert np.array_equal(getattr(back.said[instrument], name), values, equal_nan=True)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda fit: (fit / "weights.safetensors").write_bytes(b"\x80\x04pickled"), "weights.safetensors has another"),
        (lambda fit: (fit / "said.safetensors").unlink(), "said.safetensors is missing"),
        (lambda fit: (fit / "fit.json").write_text("{"), "fit.json cannot be read"),
        (lambda fit: change(fit / "fit.json", best_epoch=1, seconds=0.5), "fit.json has another digest"),
    ],
    ids=["other bytes", "a file gone", "half a record", "a changed record"],
)
def test_a_fit_that_is_not_as_it_was_kept_is_trained_again_and_that_is_said(
    finished: Finished, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    finished.place(tmp_path).keep(finished.jobs[0], finished.outcome)
    (fit,) = kept(tmp_path)
    spoil(fit)
    place = finished.place(tmp_path)
    assert place.find(finished.jobs[0]) is None
    (said,) = place.notes
    assert str(fit) in said
    assert told in said
    assert "trained again" in said
    place.keep(finished.jobs[0], finished.outcome)
    assert place.find(finished.jobs[0]) is not None


def change(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_run_says_what_it_had_to_train_again(lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a disk that keeps no fit stops no training."""
    snapshot = lab.snapshot()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("model.training.kept_fits._write", full)
    result = run(lab, snapshot, folds=1)
    assert "could not be kept (No space left on device)" in result.warnings[-1]
    assert result.warnings[-1] not in result.record.warnings
    assert kept(lab.features) == []


def die(_: TrialSet) -> TrialSet:
    """As the kernel does with a process when the memory is full."""
    os._exit(9)


def test_a_worker_that_dies_ends_training_in_words(finished: Finished) -> None:
    with pytest.raises(NotTrainableError, match=r"too little memory.*goes on with the rest"):
        list(jobs.finished_jobs(finished.snapshot, finished.lab.store(), finished.jobs, 2, quiet, die))


def test_nobody_else_can_read_weights_that_know_faces(finished: Finished, tmp_path: Path) -> None:
    finished.place(tmp_path).keep(finished.jobs[0], finished.outcome)
    assert kept(tmp_path)[0].stat().st_mode & 0o077 == 0


def test_fits_of_a_snapshot_that_was_redacted_go_with_the_participant(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.snapshot, tmp_path / "snapshots" / finished.snapshot.name)
    snapshot = tmp_path / "snapshots" / finished.snapshot.name
    finished.place(tmp_path).keep(finished.jobs[0], finished.outcome)
    now_s = kept(tmp_path)[0].stat().st_mtime
    assert prune_fits(tmp_path, snapshot.parent, now_s) == 0
    redact_snapshot(snapshot, ["S01"], "2030-01-02T00:00:00Z")
    assert prune_fits(tmp_path, snapshot.parent, now_s) == 1
    assert not list(tmp_path.glob("fits/*"))
    assert prune_fits(tmp_path / "nowhere", snapshot.parent, now_s) == 0


def test_fits_that_nobody_came_back_for_go_after_a_while(finished: Finished, tmp_path: Path) -> None:
    finished.place(tmp_path).keep(finished.jobs[0], finished.outcome)
    (fit,) = kept(tmp_path)
    fit.with_name(".keeping-x").mkdir()
    snapshots, now_s = finished.snapshot.parent, fit.stat().st_mtime
    assert prune_fits(tmp_path, snapshots, now_s + 2 * 86_400) == 0
    assert kept(tmp_path) == [fit]
    assert prune_fits(tmp_path, snapshots, now_s + (KEPT_DAYS + 1) * 86_400) == 1
    assert kept(tmp_path) == []

"""What `duchenne bench train` says is what was measured, in units that fit each other."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch.utils.flop_counter import FlopCounterMode

from duchenne.commands.bench import bench
from model.features.dataset import TrialSet
from model.network import build_network
from model.recipe import Recipe
from model.speed import measured
from model.speed.arithmetic import flop_of_step
from model.speed.made_up import made_up_trials
from model.speed.measured import training_speed
from model.training.normalisation import fit_normalisation
from model.training.prepared import prepare
from tests.bench.arithmetic import flop_a_sample
from tests.model.conftest import know_tiny_recipes


def test_the_figures_belong_together(tiny: Recipe) -> None:
    told: list[tuple[int, int]] = []
    speed = training_speed(tiny, torch.device("cpu"), 2, lambda done, total: told.append((done, total)), trials=6)
    assert told[-1] == (4, 4)
    assert (speed.recipe, speed.device, speed.precision) == ("tiny", "cpu", "float32")
    assert speed.epoch_s == pytest.approx(speed.step_s * 261)  # 1,042 trials in batches of 4
    assert speed.tflop_per_s == pytest.approx(speed.tflop_per_step / speed.step_s)
    assert speed.share_of_peak == pytest.approx(speed.tflop_per_s / speed.peak_tflop_per_s)
    assert speed.loaded_samples_per_s > 0
    assert speed.normalised_samples_per_s > 0
    assert speed.projected_run_s == pytest.approx(speed.epoch_s * 5 * 200)


def test_arithmetic_is_counted_one_way_forth_and_back_whatever_the_trials(tiny: Recipe, tmp_path: Path) -> None:
    batch = tiny.schedule.batch
    trials = made_up_trials(tmp_path, batch, tiny.architecture.faces)
    prepared = prepare(trials, fit_normalisation(trials), tiny.architecture)
    with FlopCounterMode(display=False) as forth, torch.no_grad():
        build_network(tiny.architecture).train()(prepared.batch(torch.arange(batch), tiny.architecture.faces)[0])
    counted = flop_of_step(tiny, prepared)
    # Twice forth is what the way back makes of every product but those of the pictures, which learn nothing.
    assert 2 * forth.get_total_flops() < counted < 3 * forth.get_total_flops()
    assert batch * flop_a_sample(tiny) == counted
    few = training_speed(tiny, torch.device("cpu"), 1, trials=2)
    assert few.tflop_per_step == pytest.approx(counted / 1e12)


def test_steps_are_of_whole_batches_also_where_trials_are_few(tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def step(*given: object) -> torch.Tensor:
        sizes.extend(len(each) for each in given if isinstance(each, torch.Tensor))  # the rows alone
        return torch.zeros(())

    monkeypatch.setattr(measured, "train_step", step)
    assert training_speed(tiny, torch.device("cpu"), 3, trials=2).batch == 4
    assert sizes == [4] * 5


def test_made_up_trials_are_marked_and_lie_on_disk(tmp_path: Path) -> None:
    trials: TrialSet = made_up_trials(tmp_path, 3, 10)
    assert trials.simulated.all()
    assert trials.faces.shape == (3, 10)
    assert (tmp_path / "map-1" / "pictures.u8").stat().st_size == trials.pictures.nbytes == 30 * 112 * 112 * 3


def test_the_command_writes_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know_tiny_recipes(monkeypatch)
    out = tmp_path / "speed.json"
    few = ["--recipe", "tiny", "--steps", "1", "--trials", "4", "--device", "cpu"]
    done = CliRunner().invoke(bench, ["train", *few, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "5 folds × 200 epochs" in done.output
    assert "projected from the step, not measured" in done.output
    told = json.loads(out.read_text())
    assert (told["batch"], told["projected_folds"], told["projected_epochs"]) == (4, 5, 200)


def test_a_file_that_cannot_be_made_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "training_speed", lambda *_, **__: pytest.fail("it was measured"))
    (tmp_path / "file").touch()
    for folder in (tmp_path / "not there", tmp_path / "file"):
        done = CliRunner().invoke(bench, ["train", "--out", str(folder / "speed.json")], terminal_width=500)
        assert done.exit_code == 2, done.output
        assert f"Invalid value for '--out': {folder} is no folder. Make it, or name" in done.output
    monkeypatch.setattr("os.access", lambda path, mode: False)
    done = CliRunner().invoke(bench, ["train", "--out", str(tmp_path / "speed.json")], terminal_width=500)
    assert (done.exit_code, "takes no files from you" in done.output) == (2, True)

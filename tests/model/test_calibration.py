"""Confidence against being right, and the temperature that validation people teach a network."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.optimize
import torch

from annotate.media_store import MediaStore
from annotate.scales import Instrument
from model.evaluation.calibration import MOST_BINS, calibration, equal_mass
from model.evaluation.intervals import Resampling
from model.features.dataset import Targets, TrialSet, load_trials
from model.predicted import CLASS_SCALES, InstrumentPredictions, Temperatures, tempered
from model.recipe import Recipe
from model.training import temperature
from model.training.fit import fit, predict_trials
from model.training.run_record import FoldRecord
from model.training.split import splits_of
from tests.model.conftest import Lab


def answers(trials: int, boldness: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, 7) and the classes drawn from them as they were before `boldness` multiplied the logits."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.2, (trials, 7))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (honest.cumsum(axis=1) > rng.random((trials, 1))).argmax(axis=1)
    bold = np.exp(boldness * logits)
    return bold / bold.sum(axis=1, keepdims=True), truth


def people_of(trials: int) -> Resampling:
    return Resampling(np.arange(trials) // 10, seed=1)


def test_nll_and_brier_by_the_worked_forecasts_of_two_days() -> None:
    """Two days, the second forecast worse: said 0.7 of what came, then 0.2."""
    shares = np.array([[0.7, 0.2, 0.1], [0.5, 0.2, 0.3]])
    told = calibration(shares, np.array([0, 1]), Resampling(np.array([0, 1]), seed=1), seed=1)
    assert told is not None
    assert told.brier.value == pytest.approx(((0.09 + 0.04 + 0.01) + (0.25 + 0.64 + 0.09)) / 2)
    assert told.nll.value == pytest.approx(-(np.log(0.7) + np.log(0.2)) / 2)
    assert told.overconfidence.value == pytest.approx(0.6 - 0.5)


def test_calibration_error_trial_by_trial() -> None:
    shares, truth = answers(330, boldness=2.5)
    told = calibration(shares, truth, people_of(330), seed=1)
    assert told is not None
    order = np.argsort(shares.max(axis=1))
    expected = 0.0
    for rows in np.array_split(order, MOST_BINS):
        right = [shares[row].argmax() == truth[row] for row in rows]
        expected += abs(np.mean(right) - shares.max(axis=1)[rows].mean()) * len(rows) / 330
    assert told.ece.value == pytest.approx(expected)
    assert [each.trials for each in told.bins] == [33] * 10
    assert all(each.right.low <= each.right.value <= each.right.high for each in told.bins)
    assert told.overconfidence.low > 0.05


def test_few_trials_of_an_honest_model_look_badly_calibrated_and_chance_says_how_badly() -> None:
    """The mean over many evaluations of 60 trials: far from zero, and just what ece_by_chance tells."""
    found, by_chance = [], []
    for seed in range(40):
        shares, truth = answers(60, boldness=1.0, seed=seed)
        told = calibration(shares, truth, people_of(60), seed=1)
        assert told is not None
        found.append(told.ece.value)
        by_chance.append(told.ece_by_chance)
    assert np.mean(found) > 0.05
    assert np.mean(by_chance) == pytest.approx(np.mean(found), abs=0.02)


def test_equal_confidences_share_a_bin_and_no_bin_is_empty() -> None:
    place, bins = equal_mass(np.array([1.0] * 150 + [0.4] * 50))
    assert bins == 2
    assert np.bincount(place).tolist() == [50, 150]
    assert equal_mass(np.ones(200))[1] == 1


def test_ruling_out_what_then_happens_has_no_finite_likelihood_and_ties_do_not_count() -> None:
    shares = np.eye(7)[[0, 0, 0, 0]]
    told = calibration(shares, np.array([0, 0, 1, -1]), Resampling(np.arange(4), seed=1), seed=1)
    assert told is not None
    assert (told.trials, told.nll.value) == (3, np.inf)
    assert told.overconfidence.value == pytest.approx(1 / 3)
    assert calibration(shares, np.full(4, -1), Resampling(np.arange(4), seed=1), seed=1) is None


# --- temperature ----------------------------------------------------------------------------------------------------


def nll(shares: np.ndarray, truth: np.ndarray) -> float:
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def warmed(shares: np.ndarray, how: float) -> np.ndarray:
    answer = InstrumentPredictions(shares, shares[:, :3], np.zeros((len(shares), 2)), np.zeros(len(shares)))
    return tempered({Instrument.ER: answer}, Temperatures(er_seven=how))[Instrument.ER].seven


def test_over_confident_answers_are_cooled_and_their_likelihood_on_others_rises() -> None:
    learned, learned_truth = answers(400, boldness=3.0, seed=1)
    tested, tested_truth = answers(400, boldness=3.0, seed=2)
    found = temperature.fit_temperature(learned, np.eye(7)[learned_truth])
    assert found == pytest.approx(3.0, rel=0.15)
    assert nll(warmed(tested, found), tested_truth) < nll(tested, tested_truth) - 0.3
    assert np.array_equal(warmed(tested, found).argmax(axis=1), tested.argmax(axis=1))
    assert temperature.fit_temperature(learned, np.eye(7)[learned_truth]) == found


@pytest.mark.parametrize("boldness", [0.5, 1.0, 2.0])
def test_the_temperature_is_the_one_that_a_search_finds(boldness: float) -> None:
    shares, truth = answers(200, boldness)
    raters = 0.8 * np.eye(7)[truth] + 0.2 * np.roll(np.eye(7)[truth], 1, axis=1)

    def loss(how: float) -> float:
        return float(-(raters * np.log(warmed(shares, how))).sum(axis=1).mean())

    searched = scipy.optimize.minimize_scalar(
        loss, bounds=(temperature.LOWEST, temperature.HIGHEST), method="bounded", options={"xatol": 1e-6}
    )
    assert temperature.fit_temperature(shares, raters) == pytest.approx(searched.x, rel=1e-3)


def test_no_temperature_runs_away_and_a_few_trials_set_none() -> None:
    shares, truth = answers(200, boldness=1.0)
    assert temperature.fit_temperature(shares, np.eye(7)[shares.argmax(axis=1)]) == temperature.LOWEST
    assert temperature.fit_temperature(shares, np.eye(7)[shares.argmin(axis=1)]) == temperature.HIGHEST
    few = np.full((200, 7), np.nan)
    few[: temperature.LEAST_TRIALS - 1] = np.eye(7)[truth[: temperature.LEAST_TRIALS - 1]]
    assert temperature.fit_temperature(shares, few) == 1.0


def test_a_record_from_before_temperatures_speaks_as_it_did() -> None:
    now = FoldRecord.model_validate_json(json.dumps(OLD_FOLD))
    assert now.temperatures == Temperatures()
    shares, _ = answers(20, boldness=1.0)
    assert warmed(shares, 1.0) is shares
    later = now.model_copy(update={"temperatures": Temperatures(fer_three=2.5)})
    assert FoldRecord.model_validate_json(later.model_dump_json()).temperatures.of(Instrument.FER, "three") == 2.5


OLD_FOLD = {
    "fold": 0, "weights": "fold-0.safetensors", "sha256": "0" * 64, "train": ["P1"], "validation": ["P2"],
    "test": ["P3"], "best_epoch": 1, "train_loss": [1.0], "validation_loss": [1.0],
    "normalisation": {
        "face_mean": [0.5], "face_sd": [1.0], "eye_mean": [0.0], "eye_sd": [1.0], "gaze_mean": [0.0], "gaze_sd": [1.0],
    },
}  # fmt: skip


def test_training_fits_temperatures_on_validation_trials_and_never_meets_a_tested_one(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever becomes of the tested trials, features and labels, the temperatures stay; those of validation count."""
    monkeypatch.setattr(temperature, "LEAST_TRIALS", 2)
    lab.participants = 6
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, MediaStore(lab.media))
    trials = load_trials(snapshot, store)
    split = splits_of(trials, 1, seed=0)[0]
    brief = replace(tiny, schedule=replace(tiny.schedule, epochs=1))
    found = fit(brief, trials, split, seed=0)
    assert found.temperatures != Temperatures()
    spoiled = fit(brief, _relabelled(trials, split.test), split, seed=0)
    assert spoiled.temperatures == found.temperatures
    for name, tensor in found.network.state_dict().items():
        assert torch.equal(spoiled.network.state_dict()[name], tensor)
    said = predict_trials(found.network, found.normalisation, brief, trials.take(split.test))
    assert all(np.isfinite(getattr(tempered(said, found.temperatures)[i], s)).all()
               for i in Instrument for s in CLASS_SCALES)  # fmt: skip


def _relabelled(trials: TrialSet, rows: np.ndarray) -> TrialSet:
    """Tested trials with noise for faces and eyes and every label another one."""

    def other(targets: Targets) -> Targets:
        return replace(targets, seven=_rolled(targets.seven, rows), three=_rolled(targets.three, rows))

    pictures, eye = np.array(trials.pictures), trials.eye.copy()
    of_rows = np.unique(trials.faces[rows])
    pictures[of_rows], eye[rows] = 255 - pictures[of_rows], 9.0
    return replace(trials, pictures=pictures, eye=eye, er=other(trials.er), fer=other(trials.fer))


def _rolled(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    out = values.copy()
    out[rows] = np.roll(out[rows], 1, axis=1)
    return out

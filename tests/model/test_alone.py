"""A trial is answered by itself: what others lack, show or are changes nothing, and asked again it is the same."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import nn

from annotate.scales import Instrument
from model.features.dataset import TrialSet, load_trials
from model.features.gaze import EYE_COLUMNS, PUPIL
from model.features.store import Arrays, FeatureStore, Trial
from model.network import NETWORKS, build_network
from model.predicted import InstrumentPredictions, Predictions
from model.recipe import Recipe
from model.training.fit import predict_trials
from model.training.normalisation import Normalisation, fit_normalisation
from tests.model.conftest import Lab, tiny_recipe
from tests.model.test_training import media_of


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, TrialSet]:
    lab = Lab(tmp_path_factory.mktemp("lab"), participants=4)
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    return lab, load_trials(snapshot, store)


class Speaker:
    """A network with weights by chance: what it says does not matter, only of what."""

    def __init__(self, recipe: Recipe, trials: TrialSet) -> None:
        torch.manual_seed(5)
        self.recipe = recipe
        self.network: nn.Module = build_network(recipe.architecture)
        self.normalisation: Normalisation = fit_normalisation(trials)

    def __call__(self, trials: TrialSet) -> Predictions:
        return predict_trials(self.network, self.normalisation, self.recipe, trials)


@pytest.fixture(params=[*[(kind, "modalities") for kind in NETWORKS], ("emert", "tokens")], ids=str)
def speaker(request: pytest.FixtureRequest, computed: tuple[Lab, TrialSet]) -> Speaker:
    kind, pool = request.param
    tiny = tiny_recipe()
    wanted = replace(tiny.architecture, kind=kind, pool=pool, eye_summary=True, eye_bypass=True)
    return Speaker(replace(tiny, architecture=wanted), computed[1])


def flat(said: Predictions) -> np.ndarray:
    """(N, 25) all answers side by side; the intensity that ER has not is left out."""
    columns = [
        getattr(said[instrument], each.name).reshape(len(said[instrument].seven), -1)
        for instrument in Instrument
        for each in fields(InstrumentPredictions)
    ]
    found = np.concatenate(columns, axis=1)
    return found[:, ~np.isnan(found).all(axis=0)]


def without(trials: TrialSet, row: int, steps: slice = slice(None), columns: slice = slice(None)) -> TrialSet:
    eye, gaze = trials.eye.copy(), trials.gaze.copy()
    eye[row, steps, columns], gaze[row, steps] = np.nan, np.nan
    return replace(trials, eye=eye, gaze=gaze)


def test_a_blank_gaze_and_a_row_of_nan_change_no_other_trial(computed: tuple[Lab, TrialSet], speaker: Speaker) -> None:
    trials = computed[1]
    whole, others = flat(speaker(trials)), np.arange(len(trials)) != 1
    sees_eyes = speaker.recipe.architecture.kind != "face-only"
    for lacking in (
        without(trials, 1),  # the whole gaze
        without(trials, 1, steps=slice(4, 5)),  # one row
        without(trials, 1, columns=slice(0, 2)),  # a column
    ):
        said = flat(speaker(lacking))
        assert np.isfinite(said).all()
        assert np.array_equal(said[others], whole[others])
        assert np.array_equal(said[1], whole[1]) != sees_eyes


def test_a_trial_says_the_same_alone_in_company_and_in_another_order(
    computed: tuple[Lab, TrialSet], speaker: Speaker
) -> None:
    trials = computed[1]
    for some in (trials, without(trials, 1)):  # what one lacks, its company has
        whole = flat(speaker(some))
        for rows in (np.array([1]), np.array([6, 1]), np.arange(len(some))[::-1], np.tile(np.arange(len(some)), 9)):
            np.testing.assert_allclose(flat(speaker(some.take(rows))), whole[rows], rtol=0, atol=2e-6)


def test_asked_again_a_network_says_the_same_bit_for_bit(computed: tuple[Lab, TrialSet], speaker: Speaker) -> None:
    """No lot is drawn, and none that others draw meanwhile is heard."""
    trials = computed[1]
    first = flat(speaker(trials))
    torch.manual_seed(99)
    speaker.network.train()  # as whoever trains it leaves it
    assert np.array_equal(flat(speaker(trials)), first)


def test_a_trial_without_a_gaze_moves_nobody_elses_features(
    computed: tuple[Lab, TrialSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same person it moves the pupil alone, which is measured against all that the person's trials show."""
    lab, whole = computed
    lost, person = whole.trial[1], whole.participant[1]
    really = FeatureStore.eyes

    def eyes(store: FeatureStore, trial: Trial) -> Arrays | None:
        found = really(store, trial)
        if found is not None and trial["trial"] == lost:
            found = {name: np.full_like(values, np.nan) for name, values in found.items()}
        return found

    monkeypatch.setattr(FeatureStore, "eyes", eyes)
    (snapshot,) = (lab.root / "snapshots").iterdir()
    lacking = load_trials(snapshot, lab.store())
    assert lacking.trial.tolist() == whole.trial.tolist()
    strangers = whole.participant != person
    assert np.array_equal(lacking.eye[strangers], whole.eye[strangers], equal_nan=True)
    own = (whole.participant == person) & (whole.trial != lost)
    moved = ~np.isclose(lacking.eye[own], whole.eye[own], equal_nan=True).all(axis=(0, 1))
    assert {EYE_COLUMNS[column] for column in np.flatnonzero(moved)} <= {EYE_COLUMNS[PUPIL]}

"""A recipe with one part changed differs in that part and in nothing else, and a benchmark takes all of them."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from annotate.scales import Instrument
from duchenne.commands.benchmark import benchmark
from model.ablations import ablations_of
from model.errors import RecipeError
from model.evaluation.evaluate import evaluate
from model.evaluation.shown_names import with_shown_names
from model.network import build_network
from model.recipe import Recipe
from model.recipes import RECIPES, emert_small, recipe_named
from model.speed.made_up import made_up_trials as made_up_picture_trials
from model.training.normalisation import fit_normalisation
from model.training.prepared import prepare
from tests.model.made_up_evaluation import constant_answers, made_up_trials


def differences(one: Recipe, other: Recipe) -> set[str]:
    def flat(recipe: Recipe) -> dict[str, Any]:
        nested = asdict(recipe)
        return {
            f"{group}.{name}" if isinstance(values, dict) else group: value
            for group, values in nested.items()
            for name, value in (values.items() if isinstance(values, dict) else [(group, values)])
        }

    first, second = flat(one), flat(other)
    return {name for name in first if first[name] != second[name]} - {"name", "says", "beside"}


def test_each_changes_one_part() -> None:
    changed = {each.name.removeprefix("emert_small_"): differences(emert_small(), each)
               for each in ablations_of(emert_small())}  # fmt: skip
    assert changed["without_pool"] == {"architecture.pool"}
    assert changed["without_refit"] == {"schedule.refit"}
    assert changed["without_last"] == {"schedule.keep"}
    assert changed["without_discriminator"] == {"losses.invariant", "losses.specific"}
    assert changed["without_drop"] == {"augmentation.drop_faces", "augmentation.drop_eyes"}
    assert changed["with_maps"] == {"architecture.maps"}
    assert "with_change" not in changed  # it has that
    assert differences(recipe_named("emert"), recipe_named("emert_with_change")) == {"architecture.face_input"}
    assert differences(recipe_named("emert"), recipe_named("emert_with_last")) == {
        "schedule.keep", "schedule.patience",
    }  # fmt: skip
    assert all(len({name.split(".")[0] for name in parts}) == 1 for parts in changed.values())
    assert "without_maps" not in changed  # it has none


@pytest.mark.parametrize("parent", sorted(RECIPES))
def test_what_is_listed_is_found_by_its_name_and_is_another_recipe(parent: str) -> None:
    recipe = recipe_named(parent)
    for each in ablations_of(recipe):
        assert recipe_named(each.name) == each
        assert differences(recipe, each)
        assert each.says.startswith(f"{parent}, ")
        assert each.beside is None


@pytest.mark.parametrize("parent", [name for name in sorted(RECIPES) if name.endswith("_small")])
def test_what_is_listed_is_another_network_or_trained_otherwise(parent: str, tmp_path: Path) -> None:
    """A part that the network does not have would seem to be worth nothing."""
    usual = recipe_named(parent)
    for each in ablations_of(usual):
        changed = differences(usual, each)
        if all(name.startswith("architecture") for name in changed):
            assert not np.array_equal(answer_of(usual, tmp_path), answer_of(each, tmp_path)), each.name
        elif all(name.startswith("losses") for name in changed):
            assert usual.architecture.kind == "emert" or "losses.valence_arousal" in changed, each.name
        else:
            assert {name.split(".")[0] for name in changed} <= {"schedule", "augmentation"}


def answer_of(recipe: Recipe, folder: Path) -> np.ndarray:
    """(2, 7) of two made-up trials, by a network that was not trained."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(recipe.architecture).eval()
    trials = made_up_picture_trials(folder, 2, recipe.architecture.faces)
    batch, _ = prepare(trials, fit_normalisation(trials), recipe.architecture).batch(
        torch.arange(2), recipe.architecture.faces
    )
    with torch.no_grad():
        return network(batch).instruments[Instrument.FER].seven.numpy()


@pytest.mark.parametrize(
    "name", ["emert_without", "emert_without_luck", "nothing_without_pool", "emert_small_without_maps"]
)
def test_a_part_that_is_not_there_is_refused_and_the_others_are_named(name: str) -> None:
    with pytest.raises(RecipeError, match=rf"recipe '{name}'.*emert_small.*emert_without_refit"):
        recipe_named(name)


def test_what_was_changed_already_is_not_taken_apart_again() -> None:
    done = CliRunner().invoke(benchmark, ["--snapshot", "s00", "--ablate", "emert_small_without_pool"])
    assert done.exit_code == 2
    assert "--ablate emert_small_without_pool: expected a recipe as it is: emert, emert_paper" in done.output


def test_maps_that_a_recipe_has_can_be_taken_back() -> None:
    recipe = emert_small()
    with_maps = replace(recipe, architecture=replace(recipe.architecture, maps="heat"))
    names = [each.name for each in ablations_of(with_maps)]
    assert "emert_small_without_maps" in names
    assert "emert_small_with_maps" not in names


def test_where_people_read_a_changed_recipe_goes_by_its_change() -> None:
    trials = made_up_trials(people=4, each=4)
    names = ("emert", "emert_without_refit", "tfn", "tfn_without_refit", "emert_small_without_refit")
    found = evaluate(trials, {name: constant_answers(trials) for name in names}, seed=0)
    shown = with_shown_names(found)
    expected = ["emert", "without_refit", "tfn", "tfn_without_refit", "emert_small_without_refit"]
    assert list(shown.scores["ER"]["all"]) == expected
    assert list(shown.ahead["FER"]["all"])[::4] == [f"{name} war" for name in expected[1:]]
    assert list(found.scores["ER"]["all"]) == list(names)

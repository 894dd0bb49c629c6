"""A benchmark on small snapshots with real media: what it tells, that it goes on, that shuffled labels are chance."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import recipes
from model.benchmark.run import COMPANIES, BenchmarkResult, benchmark
from model.benchmark.shuffled import shuffled_labels
from model.errors import BenchmarkError, LeakError, NotTrainableError, RecipeError
from model.evaluation import intervals
from model.evaluation.protocols import PROTOCOLS
from model.recipe import Augmentation, Recipe
from model.recipes import RECIPES
from model.training import jobs
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from server.models.benchmarks import list_benchmarks
from tests.model.conftest import UTC, Lab, know_tiny_recipes, tiny_recipe
from tests.model.made_up_evaluation import made_up_trials
from tests.model.test_training import media_of, run


@pytest.fixture(scope="module", autouse=True)
def _fewer_resamples() -> Iterator[None]:
    """What is tested here holds with any number of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "RESAMPLES", 200)
        yield


def compare(lab: Lab, snapshot: Path, *names: str, **others: Any) -> BenchmarkResult:
    return benchmark(
        snapshot, media_of(lab), lab.features, lab.root / "no-networks", lab.runs, names or ("tiny",),
        created_utc=UTC, workers=1, store=lab.store(), **others,
    )  # fmt: skip


def told(result: BenchmarkResult) -> dict[str, Any]:
    found = json.loads(result.report.with_name("report.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path, BenchmarkResult]:
    """One recipe, two seeds, two folds."""
    lab = Lab(tmp_path_factory.mktemp("lab"), participants=6)
    snapshot = lab.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        return lab, snapshot, compare(lab, snapshot, seeds=(0, 1))


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes seconds; where the figures alone are tested the pages stay white."""
    monkeypatch.setattr("model.benchmark.report.report_as_page", lambda *_: "white")
    monkeypatch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")


# --- what it tells --------------------------------------------------------------------------------------------------


def test_every_protocol_has_every_recipe_with_its_mean_over_the_seeds(
    made: tuple[Lab, Path, BenchmarkResult],
) -> None:
    found = told(made[2])
    models = ["tiny", "stimulus identity", "majority"]
    for protocol in PROTOCOLS:
        of_model = found["protocols"][protocol.name]["models"]
        assert list(of_model) == models
        for name, figures in of_model.items():
            assert list(figures) == list(protocol.measures)
            for measure, figure in figures.items():
                of_seed = found["by_seed"][protocol.instrument][name][measure]
                assert len(of_seed) == 2
                if figure["value"] is not None:
                    assert figure["value"] == pytest.approx(np.mean(of_seed))
                    assert figure["low"] <= figure["value"] <= figure["high"]
    assert "people are drawn anew" in found["how_seeds_count"]


def test_answers_of_all_seeds_are_counted_and_compared_with_the_first_recipe(
    made: tuple[Lab, Path, BenchmarkResult],
) -> None:
    found = told(made[2])
    scores = found["scores"]["ER"]["all"]["tiny"]
    assert (scores["trials"], scores["participants"]) == (12, 6)
    assert sum(map(sum, scores["confusion"])) == 2 * 12
    assert sum(each["trials"] for each in scores["classes"]["seven"].values()) == 12
    assert {"agree", "gap"} < set(found["scores"]["ER"])
    ahead = found["ahead"]["FER"]["all"]
    assert "majority uar" in ahead
    assert not [name for name in ahead if name.startswith("tiny ")]


def test_it_says_what_it_is_made_of(made: tuple[Lab, Path, BenchmarkResult], monkeypatch: pytest.MonkeyPatch) -> None:
    lab, snapshot, result = made
    about = told(result)["benchmark"]
    assert about["snapshot"] == snapshot.name
    assert about["simulated"]
    assert about["machine"]["memory_gib"] > 0
    (tiny,) = about["recipes"]
    assert tiny["parameters"] > 1000
    assert len({fit["weights_sha256"] for fit in tiny["fits"]}) == len(tiny["fits"]) == 4
    assert all(fit["seconds"] > 0 for fit in tiny["fits"])
    know_tiny_recipes(monkeypatch)
    assert run(lab, snapshot, seed=1).model == tiny["models"]["1"] != tiny["models"]["0"]


def test_the_page_opens_by_itself(made: tuple[Lab, Path, BenchmarkResult]) -> None:
    page = made[2].report.read_text()
    assert "SIMULATED" in page
    assert "LABELS SHUFFLED" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "prefers-color-scheme: dark" in page
    for name in ("stimulus identity", "FER-intensity", "ER ≠ FER", "The luck of the seed", made[1].name, "seed 1"):
        assert name in page


def test_the_servers_page_lists_it(made: tuple[Lab, Path, BenchmarkResult]) -> None:
    lab, snapshot, result = made
    (row,) = list_benchmarks(lab.runs, lab.root / "snapshots")
    assert (row.id, row.snapshot, row.recipes, row.folds, row.seeds) == (result.id, snapshot.name, ["tiny"], 2, 2)
    assert (row.simulated, row.shuffled, row.snapshot_redacted) == (True, None, False)
    uar = told(result)["scores"]["FER"]["all"]["tiny"]["measures"]["seven_uar"]
    assert row.uar["FER"] is not None
    assert row.uar["FER"].low == uar["low"]


def test_the_default_companies_are_recipes_of_one_size() -> None:
    for company in COMPANIES.values():
        assert set(company) <= set(RECIPES)
        assert len(company) == 8
    assert {f"{name}_small" for name in COMPANIES["large"]} == set(COMPANIES["small"])


# --- going on -------------------------------------------------------------------------------------------------------


def test_the_same_benchmark_finds_its_report_and_another_is_another(
    made: tuple[Lab, Path, BenchmarkResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, snapshot, result = made
    know_tiny_recipes(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "run_job", None)
        again = compare(lab, snapshot, seeds=(0, 1), folds=5)  # there are two: all of them
        assert (again.id, again.report, again.evaluation) == (result.id, result.report, None)
        with pytest.raises(TypeError, match="NoneType"):
            compare(lab, snapshot, seeds=(1, 0))
    assert not list(lab.features.glob("fits"))
    page = result.report.read_bytes()
    result.report.unlink()
    with pytest.raises(BenchmarkError, match="Move the folder away"):
        compare(lab, snapshot, seeds=(0, 1))
    result.report.write_bytes(page)


@pytest.mark.usefixtures("no_page")
def test_an_interrupted_benchmark_goes_on_with_the_rest_and_tells_the_same(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = lab.snapshot()
    company = ("tiny", "tiny_face_only")
    whole = compare(lab, snapshot, *company)
    figures = told(whole)["scores"]
    assert "tiny_face_only uar" in told(whole)["ahead"]["ER"]["all"]
    whole.report.parent.rename(lab.root / "undisturbed")
    really_keep = KeptFits.keep
    seen: list[Job] = []

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(job)
        really_keep(kept, job, outcome)

    with monkeypatch.context() as patch:
        patch.setattr(KeptFits, "keep", keep)
        with pytest.raises(KeyboardInterrupt):
            compare(lab, snapshot, *company)
    assert list(lab.runs.iterdir()) == []
    assert len(list(lab.features.glob("fits/*/*/*"))) == 3
    again = compare(lab, snapshot, *company)
    assert again.record is not None
    assert again.record.recalled == 3
    assert again.id == whole.id
    assert told(again)["scores"] == figures
    assert not list(lab.features.glob("fits"))


@pytest.mark.parametrize(
    ("spoil", "names", "error"),
    [
        (lambda lab: None, ("tiny", "emrt"), (RecipeError, "emrt")),
        (lambda lab: setattr(lab, "labelled", False), ("tiny",), (NotTrainableError, "not one label")),
        (lambda lab: setattr(lab, "participants", 2), ("tiny",), (NotTrainableError, "2 participant")),
    ],
    ids=["a recipe that nobody wrote", "no labels", "too few people"],
)
def test_what_cannot_be_compared_is_refused_and_leaves_nothing(
    lab: Lab, tiny: Recipe, spoil: Callable[[Lab], None], names: tuple[str, ...], error: tuple[type[Exception], str]
) -> None:
    spoil(lab)
    with pytest.raises(error[0], match=error[1]):
        compare(lab, lab.snapshot(), *names)
    assert not lab.runs.exists()


def test_a_recording_under_two_names_is_caught(lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when somebody's bundle was imported twice: P03, tested, has the face videos of P00, trained on."""
    really = lab._trial
    faces: dict[tuple[int, int], object] = {}

    def trial(*given: Any) -> dict[str, object]:
        row = really(*given)
        _, participant, position, *_ = given
        faces[participant, position] = row["face_sha256"]
        return row | ({"face_sha256": faces[0, position]} if participant == 3 else {})

    monkeypatch.setattr(lab, "_trial", trial)
    snapshot = lab.snapshot()
    for learn in (compare, run):
        with pytest.raises(LeakError, match=r"face_sha256: \w+ belongs to P0\d \(fold \d\) and P0\d"):
            learn(lab, snapshot)
    assert not lab.runs.exists()


# --- shuffled labels ------------------------------------------------------------------------------------------------


def test_shuffling_deals_each_persons_labels_out_anew_and_moves_nothing_else() -> None:
    trials = made_up_trials(people=6, each=8)
    unrated = replace(trials.er, seven=np.where(np.arange(48)[:, None] % 5 == 0, np.nan, trials.er.seven))
    trials = replace(trials, er=unrated)
    dealt = shuffled_labels(trials, seed=3)
    for each in fields(trials):
        if each.name not in ("er", "fer"):
            assert getattr(dealt, each.name) is getattr(trials, each.name)
    assert np.array_equal(dealt.er.labelled, trials.er.labelled)
    before, after = (
        np.column_stack([t.participant, t.er.hard_seven, t.fer.hard_seven, t.fer.valence_arousal, t.fer.intensity])
        for t in (trials, dealt)
    )
    assert not np.array_equal(before, after)
    assert sorted(map(tuple, before)) == sorted(map(tuple, after))  # whole rows: ER and FER travel together
    assert np.array_equal(shuffled_labels(trials, seed=3).er.hard_seven, dealt.er.hard_seven)
    assert not np.array_equal(shuffled_labels(trials, seed=4).er.hard_seven, dealt.er.hard_seven)


def test_shuffled_labels_give_chance_where_true_ones_are_learned(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Felt is planted in the gaze, so that eyes alone learn it, of people never seen."""
    lab.participants, lab.classes = 12, (0, 1, 2)
    base = tiny_recipe()
    quick = replace(
        base,
        name="quick",
        architecture=replace(base.architecture, kind="eyes-only", eye_summary=True, eye_bypass=True),
        schedule=replace(base.schedule, epochs=10, learning_rate=2e-2, refit=False),
        augmentation=Augmentation(),
        beside=None,
    )
    monkeypatch.setitem(recipes.RECIPES, "quick", lambda: quick)
    snapshot = lab.snapshot()
    with monkeypatch.context() as patch:
        patch.setattr("model.benchmark.report.report_as_page", lambda *_: "white")
        true = compare(lab, snapshot, "quick")
    shuffled = compare(lab, snapshot, "quick", shuffled=1)
    assert true.evaluation is not None
    assert true.evaluation.scores["ER"]["all"]["quick"].measures["seven_uar"].low > 0.8
    assert true.id != shuffled.id
    assert told(true)["labels_shuffled"] is None
    found = told(shuffled)["labels_shuffled"]
    assert {each["model"] for each in found} == {"quick", "stimulus identity", "majority"}
    for each in found:
        assert each["chance"] == pytest.approx(1 / 3)
        assert each["uar"]["low"] <= 1 / 3 + 1e-9, each
        assert each["uar"]["high"] >= 1 / 3 - 1e-9, each
        assert each["verdict"] == "at chance"
    page = shuffled.report.read_text()
    assert "LABELS SHUFFLED" in page
    assert "with shuffled labels</h1>" in page
    assert "Nothing was found where there is nothing" in page
    assert told(shuffled)["benchmark"]["recipes"][0]["models"] == {}

"""Labels hidden again and uncovered by the queue and by lot: who sees what, in which order, and what is told of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner

from annotate.priority import band_of, priority
from annotate.scales import EMOTIONS, Instrument
from duchenne.commands.replay import replay as replay_command
from duchenne.night.replay_section import replay_section
from model import recipes
from model.errors import LeakError, NotTrainableError, RecipeError
from model.evaluation import intervals
from model.evaluation.intervals import Estimate
from model.features import faces
from model.features.dataset import TrialSet
from model.features.store import FeatureStore
from model.predicted import InstrumentPredictions, Temperatures
from model.progress import Progress, quiet
from model.recipe import Recipe
from model.replay import walk
from model.replay.choosing import queue_value, uncertainty_of
from model.replay.curves import Curves, verdict_of
from model.replay.errors import ReplayError
from model.replay.in_words import in_words
from model.replay.luck import reach_of_luck, student, widened
from model.replay.networks import judges, measured
from model.replay.newest import newest_replay
from model.replay.run import ReplayResult, curves_of_walk, replay
from model.replay.uncovering import Course, courses_of
from model.replay.visibility import in_three_states, labels_of, names_of_states
from model.replay.walk import Walk
from model.training import jobs
from model.training.fit import Epoch
from model.training.jobs import Job, Outcome
from model.training.normalisation import Normalisation
from tests.model.conftest import UTC, Lab, MiddleOfTheFrame, tiny_recipe
from tests.model.made_up_evaluation import _targets as targets_of
from tests.model.made_up_evaluation import made_up_trials
from tests.model.test_training import media_of, nothing_was_left

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _fewer_resamples() -> Iterator[None]:
    """What is tested here holds with any number of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "RESAMPLES", 200)
        yield


def lab_at(root: Path) -> Lab:
    return Lab(root, participants=8, classes=(0, 1, 2))


def know_quick_recipe(patch: pytest.MonkeyPatch) -> None:
    """'tiny', trained for two epochs: a replay takes a dozen networks."""
    patch.setitem(recipes.RECIPES, "tiny", quick_recipe)


def quick_recipe() -> Recipe:
    tiny = tiny_recipe()
    return replace(tiny, schedule=replace(tiny.schedule, epochs=2, refit=False))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    know_quick_recipe(monkeypatch)


def walk_again(lab: Lab, snapshot: Path, **others: Any) -> ReplayResult:
    given: dict[str, Any] = {"recipe": "tiny", "folds": 1, "points": 3, "workers": 1, **others}
    return replay(
        snapshot, media_of(lab), lab.features, lab.root / "no-networks", lab.runs, given.pop("recipe"),
        created_utc=UTC, store=lab.store(), **given,
    )  # fmt: skip


def told(result: ReplayResult) -> dict[str, Any]:
    found = json.loads(result.report.with_name("report.json").read_text())
    assert isinstance(found, dict)
    return found


def without_circumstances(result: ReplayResult) -> dict[str, Any]:
    """What of a report must be the same however often it is made."""
    found = told(result)
    for name in ("recalled", "workers"):
        del found["replay"][name]
    for fit in found["replay"]["fits"]:
        del fit["seconds"]
    return found


@dataclass(frozen=True)
class Made:
    """A whole replay; `jobs` is every network that was trained for it, on `trials` in their three states."""

    lab: Lab
    snapshot: Path
    result: ReplayResult
    jobs: list[Job]
    trials: TrialSet


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Eight people, of whom one fold is held out, three points."""
    lab = lab_at(tmp_path_factory.mktemp("lab"))
    snapshot = lab.snapshot()
    seen: list[Job] = []
    sets: list[TrialSet] = []
    really_run = jobs.run_job

    def run(trials: TrialSet, job: Job, tell: Callable[[int], None]) -> Outcome:
        seen.append(job)
        sets.append(trials)
        return really_run(trials, job, tell)

    with pytest.MonkeyPatch.context() as patch:
        know_quick_recipe(patch)
        patch.setattr(jobs, "run_job", run)
        return Made(lab, snapshot, walk_again(lab, snapshot), seen, sets[0])


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes seconds; where the figures alone are tested the page stays white."""
    monkeypatch.setattr("model.replay.report.report_as_page", lambda *_: "white")


def course_of(trials: TrialSet, points: int = 4, seed: int = 0) -> Course:
    return courses_of(trials, 1, (seed,), points, judges=3)[0]


# --- which labels when ----------------------------------------------------------------------------------------------


def test_every_order_begins_at_the_same_labels_and_only_adds_to_them() -> None:
    trials = made_up_trials(people=15, each=8)
    course = course_of(trials)
    start = course.start()
    value = np.random.default_rng(5).random(start.shape)
    walked = [start]
    for point in range(1, course.points):
        walked.append(course.by_value(walked[-1], point, value))
    for shown in (walked, *([course.by_lot(point, draw) for point in range(course.points)] for draw in (0, 1))):
        assert np.array_equal(shown[0], start)
        assert [each.sum(axis=0).tolist() for each in shown] == course.sizes.T.tolist()
        assert all((before <= after).all() for before, after in pairwise(shown))
        assert (shown[-1] <= course.pool).all()
    assert not np.array_equal(course.by_lot(3, 0), course.by_lot(3, 1))
    trained = trials.participant[course.pool.any(axis=1)]
    for place in range(2):
        people, counts = np.unique(trials.participant[start[:, place]], return_counts=True)
        assert set(people) == set(trained)
        assert counts.tolist() == [1] * len(people)


def test_the_seed_decides_start_and_lots_and_nothing_else_does() -> None:
    trials = made_up_trials(people=15, each=8)
    one, again, other = (course_of(trials, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.by_lot(2), again.by_lot(2))
    assert not np.array_equal(one.start(), other.start())
    assert np.array_equal(one.sizes, other.sizes)
    assert np.array_equal(one.held_out, other.held_out)


def test_what_is_uncovered_next_is_what_the_queue_would_give_next() -> None:
    """Highest band first; within a band in the order of the lots; strictly, by uncertainty itself."""
    trials = made_up_trials(people=15, each=8)
    course = course_of(trials)
    start = course.start()
    shares = np.random.default_rng(3).dirichlet(np.full(7, 0.3), len(trials))
    numbers = np.zeros((len(trials), 2))
    answer = InstrumentPredictions(shares, shares[:, :3], numbers, numbers[:, 0])
    rows = np.arange(len(trials))
    doubt = uncertainty_of(len(trials), [(rows, dict.fromkeys(Instrument, answer))])
    assert doubt[:, 0] == pytest.approx(-(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1) / np.log(7))

    hidden = course.pool & ~start
    for strictly in (False, True):
        taken = course.by_value(start, 1, queue_value(doubt, strictly=strictly)) & ~start
        for place in range(2):
            values = [priority(each, (), 3).value for each in doubt[:, place].tolist()]
            keys = [(-(value if strictly else band_of(value)), lot)
                    for value, lot in zip(values, course.lots[2, :, place].tolist(), strict=True)]  # fmt: skip
            expected = sorted(np.flatnonzero(hidden[:, place]).tolist(), key=keys.__getitem__)
            assert set(np.flatnonzero(taken[:, place])) == set(expected[: taken[:, place].sum()])
    for place in range(2):  # strictly
        left = hidden[:, place] & ~taken[:, place]
        assert doubt[taken[:, place], place].min() >= doubt[left, place].max()


def test_where_all_is_in_one_band_the_queue_is_a_third_random_draw() -> None:
    course = course_of(made_up_trials(people=15, each=8))
    level = queue_value(np.full(course.pool.shape, 0.97), strictly=False)
    start = course.start()
    uncovered = [shown & ~start for shown in (course.by_value(start, 1, level), course.by_lot(1), course.by_lot(1, 1))]
    assert {tuple(each.sum(axis=0)) for each in uncovered} == {tuple(course.sizes[:, 1] - course.sizes[:, 0])}
    assert not any(np.array_equal(one, other) for one, other in pairwise([*uncovered, uncovered[0]]))


# --- who sees what --------------------------------------------------------------------------------------------------


def test_a_network_sees_uncovered_labels_of_training_people_and_no_others(made: Made) -> None:
    """Looked at where it is trained: labels that are not there are NaN there."""
    count = len(made.trials) // 3
    people, fold = made.trials.participant, made.trials.fold
    assert len(made.jobs) == made.result.trained
    fits = told(made.result)["replay"]["fits"]
    for job, fit in zip(made.jobs, fits, strict=True):
        learned = made.trials.take(np.concatenate([job.split.train, job.split.validation]))
        held_out = set(people[fold == fit["fold"]])
        assert held_out.isdisjoint(learned.participant)
        assert set(people[job.split.train]).isdisjoint(people[job.split.validation])
        labelled = [int(learned.targets(i).labelled.sum()) for i in Instrument]
        asked = set(people[job.split.test])
        if fit["role"] == "judge":  # asked of training people whom it never saw, who are part of none of its labels
            assert asked.isdisjoint(held_out | set(learned.participant))
            assert all(some < every for some, every in zip(labelled, fit["labels"], strict=True))
        else:
            assert asked == held_out
            assert labelled == fit["labels"]
            assert len(np.unique(np.concatenate([job.split.train, job.split.validation]) % count)) == len(learned)


def test_of_half_a_trial_only_the_uncovered_label_is_learned() -> None:
    trials = made_up_trials(people=10, each=4)
    course = course_of(trials, points=2)
    shown = course.start()
    assert (shown[:, 0] != shown[:, 1]).any()
    split = measured(trials, course, shown, tiny_recipe(), "cpu").split
    rows = np.concatenate([split.train, split.validation])
    learned, found = in_three_states(trials).take(rows), labels_of(trials)
    assert np.array_equal(labels_of(learned), (found & shown)[rows % len(trials)])
    alone = ~learned.er.labelled
    assert np.isnan(learned.er.valence_arousal[alone]).all()
    assert (learned.er.hard_seven[alone] == -1).all()
    assert len(set(names_of_states(trials)[rows])) == len(rows)


def test_a_leak_is_refused_before_anything_is_trained() -> None:
    trials = made_up_trials(people=10, each=4)
    course = course_of(trials, points=2)
    leaking = replace(course, held_out=np.flatnonzero(course.pool.any(axis=1))[:3])
    with pytest.raises(LeakError, match="in both train"):
        judges(trials, leaking, course.start(), tiny_recipe(), "cpu")


# --- what it tells --------------------------------------------------------------------------------------------------


def test_the_report_tells_curves_verdict_and_how_it_came_about(made: Made) -> None:
    found, page = told(made.result), made.result.report.read_text()
    about = found["replay"]
    assert about["simulated"]
    assert about["snapshot"] == made.snapshot.name
    assert about["machine"]["memory_gib"] > 0
    assert about["points"][0] == [4, 4]
    assert len(about["points"]) == 3
    assert len({fit["labels_sha256"] for fit in about["fits"]}) >= 6  # start, all, twice two by lot
    roles = [fit["role"] for fit in about["fits"]]
    assert [roles.count(role) for role in ("start", "chance", "again", "all", "judge")] == [1, 2, 2, 1, 4]
    assert {choice["point"] for choice in about["choices"]} == {1, 2}
    assert all(0 <= choice["low"] <= choice["high"] <= 1 for choice in about["choices"])
    for instrument in ("ER", "FER"):
        curves = found["curves"][instrument]
        assert (curves["trials"], curves["participants"], curves["classes"]) == (12, 4, 3)
        first = curves["points"][0]
        assert first["choice"] == first["chance"]
        assert first["ahead"]["seven_uar"]["value"] == 0
        later = [point["ahead"]["seven_uar"]["value"] for point in curves["points"][1:]]
        assert curves["decides"]["value"] == pytest.approx(np.mean(later))
        assert curves["decides"]["low"] <= curves["average"]["seven_uar"]["low"]
        assert "12 trials of 4 participants never trained on" in found["verdicts"][instrument]["told"]
        assert found["verdicts"][instrument]["short"] == "too few people to say"
        assert made.result.told[instrument] == found["verdicts"][instrument]["told"]
    assert "SIMULATED" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    for words in ("labelled trials", made.snapshot.name, "random order", "duchenne replay --snapshot"):
        assert words in page


def test_the_verdict_needs_people_and_a_difference_beyond_people_and_lots() -> None:
    assert verdict_of(Estimate(0.2, 0.1, 0.3), people=8) == "ahead"
    assert verdict_of(Estimate(-0.2, -0.3, -0.1), people=8) == "behind"
    assert verdict_of(Estimate(0.2, -0.01, 0.4), people=8) == "no difference seen"
    assert verdict_of(Estimate(0.2, 0.1, 0.3), people=5) == "too few people"
    over_people = Estimate(0.10, 0.05, 0.16)
    wide = widened(over_people, reach_of_luck([0.1, -0.08], [0.2, 0.0]))
    assert (wide.value, verdict_of(wide, 8)) == (0.10, "no difference seen")
    assert widened(over_people, 0.0).low == pytest.approx(0.05)


def test_students_quantile_is_right() -> None:
    for freedom in (1, 2, 4, 5, 10, 40):
        assert student(freedom) == pytest.approx(scipy.stats.t.ppf(0.975, freedom), rel=2e-3)


def test_lots_alone_are_seldom_taken_for_a_better_order() -> None:
    """Three orders of the same luck, a thousand replays of six courses: one in twenty may lie outside."""
    rng = np.random.default_rng(0)
    outside = 0
    for _ in range(1000):
        choice, chance, again = rng.normal(0, 0.07, (3, 6))
        ahead = choice - (chance + again) / 2
        outside += abs(ahead.mean()) > reach_of_luck((chance - again).tolist(), ahead.tolist())
    assert 30 <= outside <= 70


# --- a planted advantage --------------------------------------------------------------------------------------------

Learner = Callable[[Job, TrialSet, TrialSet], dict[Instrument, np.ndarray]]


def taught(trials: TrialSet, learner: Learner, seeds: tuple[int, ...] = (0,)) -> dict[str, Curves]:
    """A whole replay of three folds in which `learner` stands for the training: from job, learned and asked trials to
    probabilities (asked, 7).
    """
    states = in_three_states(trials)

    def train(todo: list[Job], progress: Progress) -> tuple[dict[int, Outcome], int]:
        outcomes = {}
        for number, job in enumerate(todo):
            learned = states.take(np.concatenate([job.split.train, job.split.validation]))
            outcome, seven = plain(job), learner(job, learned, trials.take(job.split.test))
            said = {i: replace(outcome.said[i], seven=seven[i]) for i in Instrument}
            outcomes[number] = replace(outcome, said=said)
        return outcomes, 0

    courses = courses_of(trials, 3, seeds, 4, judges=3)
    walked = Walk(trials, courses, tiny_recipe(), "cpu", False, train, quiet)
    walked.to_the_end()
    return curves_of_walk(walked, seeds)


def plain(job: Job) -> Outcome:
    """An outcome without any training."""
    count = len(job.split.test)
    answer = InstrumentPredictions(
        np.full((count, 7), 1 / 7), np.full((count, 3), 1 / 3), np.zeros((count, 2)), np.ones(count)
    )
    nothing = Normalisation((0.5,) * 3, (1.0,) * 3, (0.0,), (1.0,), (0.5,), (1.0,))
    said = dict.fromkeys(Instrument, answer)
    return Outcome({"w": np.zeros(1)}, nothing, 1, (Epoch(1.0, 1.0),), Temperatures(), said)


def finds_what_it_was_shown(job: Job, learned: TrialSet, asked: TrialSet) -> dict[Instrument, np.ndarray]:
    """A class is found once three uncovered labels show it; of what it cannot name, it is unsure and says the first."""
    said = {}
    for instrument in Instrument:
        shown, truth = learned.targets(instrument).hard_seven, asked.targets(instrument).hard_seven
        known = np.array([(shown == each).sum() >= 3 for each in range(len(EMOTIONS))])
        sure, unsure = 0.9 * np.eye(7)[truth] + 0.1 / 7, 0.3 * np.eye(7)[np.zeros_like(truth)] + 0.1
        said[instrument] = np.where(known[truth][:, None], sure, unsure)
    return said


def learns_nothing(job: Job, learned: TrialSet, asked: TrialSet) -> dict[Instrument, np.ndarray]:
    """Answers by lot, always the same ones from the same labels."""
    labels = np.concatenate([job.split.train, job.split.validation])
    rng = np.random.default_rng([job.seed, *np.sort(labels).tolist()])
    return {instrument: rng.dirichlet(np.full(7, 0.3), len(asked)) for instrument in Instrument}


def test_where_few_trials_teach_anything_new_the_choice_is_seen_to_be_ahead() -> None:
    """Four of five trials show a class that is soon known, the fifth one of six others: unsure is what teaches."""
    trials, rng = made_up_trials(people=24, each=12), np.random.default_rng(9)
    felt = np.where(rng.random(len(trials)) < 0.2, rng.integers(1, 7, len(trials)), 0)
    rare = replace(trials, er=targets_of(felt, rng, intensity=False), fer=targets_of(felt, rng, intensity=True))
    for curves in taught(rare, finds_what_it_was_shown, seeds=(0, 1)).values():
        first, second = curves.points[:2]
        assert first.choice == first.chance
        assert curves.verdict == "ahead"
        assert curves.decides.low > 0
        assert in_words(curves).startswith("Choice ahead: with ")
        assert second.choice["seven_uar"].value > second.chance["seven_uar"].value


def test_where_nothing_is_learned_an_order_is_seldom_ahead() -> None:
    """In one of twenty it may be."""
    found = [
        curves
        for number in range(10)
        for curves in taught(made_up_trials(people=15, each=8, seed=number), learns_nothing, (number,)).values()
    ]
    assert all(curves.luck > 0 for curves in found)
    assert sum(curves.verdict != "no difference seen" for curves in found) <= 2


# --- going on -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_a_killed_replay_goes_on_and_tells_the_same(made: Made, tmp_path: Path, no_page: None) -> None:
    """Killed behind the first choice, which it has to make again from what was kept."""
    lab = lab_at(tmp_path)
    snapshot = lab.snapshot()
    assert snapshot.name == made.snapshot.name
    first_step = 1 + 1 + 2 * 2 + 2  # the start, all labels, two draws of two points, judges
    command = [sys.executable, "-m", "tests.model.killed_replay", str(lab.root), snapshot.name, str(first_step)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        os.kill(process.pid, signal.SIGKILL)
        process.stdout.read()
    assert len(list(lab.features.glob("fits/*/*/*"))) == first_step + 1
    assert nothing_was_left(lab)
    again = walk_again(lab, snapshot)
    assert again.recalled == first_step + 1
    assert without_circumstances(again) == without_circumstances(made.result)
    assert not list(lab.features.glob("fits"))


@pytest.mark.usefixtures("quick")
def test_the_command_tells_the_verdict_and_where_the_report_lies(
    tmp_path: Path, no_page: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = lab_at(tmp_path)
    snapshot = lab.snapshot()
    # Under the real extractor's name, so that the command line finds them ready.
    FeatureStore(lab.features, faces.EXTRACTOR, MiddleOfTheFrame).compute(snapshot, media_of(lab))
    monkeypatch.setenv("DUCHENNE_HOME", str(tmp_path))
    monkeypatch.setenv("DUCHENNE_DEVICE", "cpu")
    words = ["--snapshot", snapshot.name, "--recipe", "tiny", "--folds", "1", "--points", "2", "--workers", "1"]
    first, again = (CliRunner().invoke(replay_command, words) for _ in range(2))
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    (report,) = tmp_path.glob("models/replay-*/report.html")
    for done in (first, again):
        assert f"report     {report}" in done.output
        for verdict in json.loads(report.with_name("report.json").read_text())["verdicts"].values():
            assert verdict["told"] in done.output
    assert "had been made before; nothing was trained" not in first.output
    assert "had been made before; nothing was trained" in again.output
    assert "'emrt': there is none" in str(CliRunner().invoke(replay_command, [*words, "--recipe", "emrt"]).exception)


@pytest.mark.usefixtures("quick")
def test_the_same_replay_finds_its_report_and_another_is_another(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "run_job", None)
    again = walk_again(made.lab, made.snapshot)
    assert (again.id, again.told, again.trained) == (made.result.id, made.result.told, None)
    for other in ({"seeds": (1,)}, {"points": 2}, {"strictly": True}, {"folds": None}):
        with pytest.raises(TypeError, match="NoneType"):
            walk_again(made.lab, made.snapshot, **other)
    page = made.result.report.read_bytes()
    made.result.report.unlink()
    with pytest.raises(ReplayError, match="Move the folder away"):
        walk_again(made.lab, made.snapshot)
    made.result.report.write_bytes(page)


@pytest.mark.usefixtures("quick")
def test_progress_only_grows_and_ends_whole(lab: Lab, no_page: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.participants = 8
    lab.classes = (0, 1, 2)
    monkeypatch.setattr(jobs, "run_job", lambda trials, job, tell: plain(job))
    seen: list[tuple[int, int]] = []
    walk_again(lab, lab.snapshot(), progress=lambda done, total: seen.append((done, total)))
    done = [each for each, _ in seen]
    assert done == sorted(done)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(
    ("spoil", "recipe", "error"),
    [
        (lambda lab: None, "emrt", (RecipeError, "emrt")),
        (lambda lab: setattr(lab, "labelled", False), "tiny", (NotTrainableError, "not one label")),
        (lambda lab: setattr(lab, "participants", 1), "tiny", (NotTrainableError, "1 participant")),
        (lambda lab: setattr(lab, "participants", 6), "tiny", (NotTrainableError, "needs 4: .*Label trials of more")),
        (lambda lab: setattr(lab, "classes", (1, 1, 1)), "tiny", (NotTrainableError, "1 of the seven classes")),
        (lambda lab: setattr(lab, "classes", (0, 1)), "tiny", None),
        (lambda lab: setattr(lab, "classes", (1,)), "tiny", (NotTrainableError, "ER the trials that would be tested")),
    ],
    ids=["a recipe that nobody wrote", "no labels", "one person", "few people", "one class", "two each", "one each"],
)
def test_what_cannot_be_replayed_is_refused_and_leaves_nothing(
    lab: Lab, quick: None, spoil: Callable[[Lab], None], recipe: str, error: tuple[type[Exception], str] | None,
    monkeypatch: pytest.MonkeyPatch, no_page: None,
) -> None:  # fmt: skip
    lab.participants, lab.classes = 8, (0, 1, 2)
    spoil(lab)
    monkeypatch.setattr(jobs, "run_job", lambda trials, job, tell: plain(job))
    if error is None:
        assert walk_again(lab, lab.snapshot(), recipe=recipe).told
        return
    with pytest.raises(error[0], match=error[1]):
        walk_again(lab, lab.snapshot(), recipe=recipe)
    assert not lab.runs.exists()


def test_too_few_labels_are_refused_by_name() -> None:
    trials = made_up_trials(people=10, each=1)
    with pytest.raises(NotTrainableError, match="too few are left to be uncovered"):
        course_of(trials)


# --- the newest one -------------------------------------------------------------------------------------------------


def test_the_newest_replay_is_found_by_its_own_time_and_what_cannot_be_read_is_passed_over(
    made: Made, tmp_path: Path
) -> None:
    assert newest_replay(tmp_path / "nowhere") is None
    whole = told(made.result)
    for digit, utc in (("1", "2030-01-03T00:00:00Z"), ("2", "2030-01-02T00:00:00Z")):
        folder = tmp_path / f"replay-{digit * 16}"
        folder.mkdir()
        whole["replay"] |= {"id": folder.name, "created_utc": utc}
        (folder / "report.json").write_text(json.dumps(whole))
        (folder / "report.html").write_text("white")
    torn = tmp_path / f"replay-{'3' * 16}"
    torn.mkdir()
    (torn / "report.json").write_text('{"replay": ')
    found = newest_replay(tmp_path)
    assert found is not None
    assert found.report == tmp_path / f"replay-{'1' * 16}" / "report.html"
    assert (found.simulated, found.snapshot, set(found.verdicts)) == (True, made.snapshot.name, {"ER", "FER"})


def test_the_night_tells_of_it_in_one_line(made: Made, tmp_path: Path) -> None:
    reports = made.lab.root / "reports"
    line = replay_section(made.lab.runs, reports)
    assert f'href="../runs/{made.result.id}/report.html"' in line
    assert (reports / "../runs" / made.result.id / "report.html").resolve() == made.result.report
    for words in (made.snapshot.name, "simulated", "ER: <b>too few people to say</b>"):
        assert words in line
    assert replay_section(tmp_path, reports) == ""


def test_the_walk_has_no_clock_of_its_own() -> None:
    assert not {"time", "random", "datetime"} & set(vars(walk))

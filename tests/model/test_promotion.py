"""Who serves: the rule, the budget, the ledger, and the night's decision on models in real folders."""

import itertools
import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result

from annotate.media_store import MediaStore
from annotate.scales import EMOTIONS, Instrument
from annotate.snapshot.store import read_header
from duchenne import stages
from duchenne.cli import duchenne
from duchenne.night import shift
from duchenne.night.champion_section import champion_section
from duchenne.night.logbook import Logbook
from duchenne.night.people_section import people_section
from duchenne.settings import Values
from model.errors import ModelFolderError
from model.evaluation.evaluate import Evaluation
from model.features.dataset import TrialSet, load_trials
from model.promotion import by_person as by_person_module
from model.promotion import deciding
from model.promotion import ledger as on_disk
from model.promotion.budget import LIFETIME, level_of, people_needed, spent_by
from model.promotion.by_person import people_compared
from model.promotion.deciding import decide
from model.promotion.entry import Entry
from model.promotion.errors import LedgerError, LedgerMovedError, RollbackError
from model.promotion.evidence import Evidence, gather
from model.promotion.in_words import outcome
from model.promotion.judged import right_by_model
from model.promotion.ledger import LEDGER_FILE, append, read_ledger
from model.promotion.rollback import roll_back
from model.promotion.rule import MIN_TRIALS, compare, promotes
from model.promotion.sign_flip import chance_of
from model.training.run_folder import LoadedModel, load_model
from model.training.train import RunResult, train
from server.db.upgrade import upgrade
from server.models.champion import Champion, read_champion
from tests.bench.promotion_lives import false_promotions, power
from tests.duchenne.command_line import CommandLine
from tests.model.conftest import UTC, Lab, know_tiny_recipes

# --- the rule -------------------------------------------------------------------------------------------------------


def evidence(challenger: float | np.ndarray, champion: float | np.ndarray, people: int = 40) -> Evidence:
    """Two trials of each class and instrument a person; recalls (2, 7), or one for all, are kept to in each person."""
    rng = np.random.default_rng(0)
    truth = np.tile(np.repeat(np.arange(7), 2), people)
    answers = [
        rng.random((len(truth), 2)) < np.broadcast_to(recall, (2, 7))[:, truth].T for recall in (challenger, champion)
    ]
    persons = np.repeat([f"P{number:03d}" for number in range(people)], 14)
    return gather(persons, np.stack([truth, truth], axis=1), *(each.astype(float) for each in answers))


def test_the_same_model_never_promotes_itself() -> None:
    one = evidence(0.6, 0.4)
    comparison = compare(replace(one, other=one.challenger), "m", seed=0)
    assert (comparison.difference, comparison.p) == (0, 1)
    assert not promotes(comparison, level_of(1))


def test_a_much_better_one_promotes_and_the_seed_only_draws_the_interval() -> None:
    comparisons = [compare(evidence(0.7, 0.4), "m1", seed) for seed in (0, 1)]
    assert all(promotes(one, level_of(30)) for one in comparisons)
    assert comparisons[0].p == comparisons[1].p
    assert comparisons[0].low != comparisons[1].low
    assert 0.2 < comparisons[0].low < comparisons[0].difference < comparisons[0].high < 0.4
    assert "m2 is better than m1: +" in outcome("m2", comparisons[0], level_of(30))


def test_a_better_one_that_loses_a_class_does_not_and_the_class_is_named() -> None:
    recall = np.full((2, 7), 0.8)
    recall[1, 2] = 0.1
    comparison = compare(evidence(recall, 0.4), "m1", seed=0)
    assert comparison.p < level_of(365)
    assert not promotes(comparison, level_of(1))
    assert [(one.instrument, one.emotion) for one in comparison.worse] == [("FER", "fear")]
    assert "fear under FER" in outcome("m2", comparison, level_of(1))
    assert "does not take over" in outcome("m2", comparison, level_of(1))


def test_a_class_of_few_trials_is_told_and_not_judged() -> None:
    one = evidence(0.8, 0.4)
    shown, ours = one.shown.copy(), one.challenger.copy()
    shown[MIN_TRIALS // 2 :, 0, 3] = 0  # two trials each of ten people less one: too few to be judged
    shown[MIN_TRIALS // 2 - 1, 0, 3] = 0
    ours[:, 0, 3] = 0
    other = np.minimum(one.other, shown)
    comparison = compare(replace(one, shown=shown, challenger=ours, other=other), "m1", seed=0)
    assert [(each.instrument, each.emotion) for each in comparison.unjudged] == [("ER", "surprise")]
    assert promotes(comparison, level_of(1))
    assert "1 class had too few trials" in outcome("m2", comparison, level_of(1))


def test_whom_one_of_the_two_saw_does_not_count_and_is_counted() -> None:
    participant = np.array(["a", "a", "b", "b", "c"])
    truth = np.array([[0, 0], [1, 1], [0, -1], [1, 1], [-1, -1]])
    right, unseen = np.ones((5, 2)), np.zeros((5, 2))
    unseen[:2] = np.nan
    found = gather(participant, truth, right, unseen)
    assert found.participant.tolist() == ["b"]
    assert found.left_out == ("a",)  # c has no label at all, so that nobody misses it
    assert found.shown.sum() == found.challenger.sum() == 3
    comparison = compare(found, "m1", 0)
    assert comparison.left_out == 1
    assert "on 1 participant whom neither had seen (1 left out" in outcome("m2", comparison, level_of(1))


def test_the_test_is_what_all_ways_to_flip_the_signs_say() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        differences = np.append(rng.integers(-200, 201, 9), 200).astype(float)  # whole steps: nothing is rounded
        flipped = np.array(list(itertools.product((1, -1), repeat=10))) @ np.abs(differences)
        assert chance_of(differences) == (flipped >= differences.sum()).mean()
    assert chance_of(np.full(40, 0.01)) == 2.0**-40
    assert chance_of(np.zeros(5)) == 1


# --- the budget -----------------------------------------------------------------------------------------------------


def test_all_nights_together_stay_within_the_budget() -> None:
    assert spent_by(1) < spent_by(10) < spent_by(100_000) < LIFETIME
    # What is left after t tests is about the integral: the row does add up to 5 %, and not to less.
    rest = level_of(1) * 4 * 100_000.5**-0.25
    assert spent_by(100_000) + rest == pytest.approx(LIFETIME, rel=1e-6)
    assert 2.0 ** -people_needed(level_of(30)) <= level_of(30) < 2.0 ** (1 - people_needed(level_of(30)))


def test_lives_of_nights_are_fooled_within_the_budget_and_a_difference_is_seen() -> None:
    """Quick; `python -m tests.bench promotion` does a thousand lives, and other tests beside this one."""
    assert false_promotions(100, 30, 0.0, seed=2).lives <= LIFETIME
    assert false_promotions(200, 30, 0.01, seed=2).lives <= LIFETIME  # ahead by just the margin: the hardest case
    assert false_promotions(30, 30, 0.01, seed=2, level=lambda _test: 0.05).lives > 0.3  # without the budget
    assert power(40, 0.10, test_number=1, runs=30, seed=2) > 0.7


# --- the ledger -----------------------------------------------------------------------------------------------------

A, B, C = (f"m{number:016x}" for number in (1, 2, 3))
SNAPSHOT = "s0123456789abcdef"


def entry(serves: str, served: str | None, test: int | None = None, spent: float = 0.0) -> Entry:
    return Entry(
        at_utc=UTC, decision="promoted", serves=serves, served=served, proven=True, challenger=serves,
        snapshot=SNAPSHOT, seed=0, test=test, level=level_of(test) if test else None, spent=spent, comparison=None,
        reason="because",
    )  # fmt: skip


def test_what_was_appended_is_read_and_only_added_to(tmp_path: Path) -> None:
    append(tmp_path, entry(A, None, 1, spent_by(1)), after=0)
    first = (tmp_path / LEDGER_FILE).read_bytes()
    append(tmp_path, entry(B, A, 2, spent_by(2)), after=1)
    assert (tmp_path / LEDGER_FILE).read_bytes().startswith(first)
    ledger = read_ledger(tmp_path)
    assert [one.serves for one in ledger.entries] == [A, B]
    assert (ledger.tests, ledger.torn) == (2, None)


def test_a_torn_last_line_is_dropped_and_told(tmp_path: Path) -> None:
    append(tmp_path, entry(A, None), after=0)
    append(tmp_path, entry(B, A), after=1)
    path = tmp_path / LEDGER_FILE
    for cut in (1, 10, len(entry(B, A).model_dump_json())):
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut])
        ledger = read_ledger(tmp_path)
        assert [one.serves for one in ledger.entries] == [A]
        assert ledger.torn is not None
        assert ledger.torn.startswith("{")
        append(tmp_path, entry(B, A), after=1)
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: [lines[0], "nonsense", lines[2]], "line 2, field the whole line"),
        (lambda lines: [lines[0], lines[1].replace(A, "m1"), lines[2]], "line 2, field served"),
        (lambda lines: [lines[0], lines[1].replace('"version":1', '"version":2'), lines[2]], "line 2, field version"),
        (lambda lines: [lines[0], lines[2]], "line 2, field served"),
        (lambda lines: lines[1:], "line 1, field served"),
        (lambda lines: [lines[0], lines[1].replace('"test":2', '"test":1'), lines[2]], "line 2, field test"),
        (lambda lines: [lines[0], lines[1].replace('"spent":0.0', '"spent":0.1'), lines[2]], "line 2, field spent"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, spoil: Callable[[list[str]], list[str]], told: str) -> None:
    append(tmp_path, entry(A, None, 1, spent_by(1)), after=0)
    append(tmp_path, entry(B, A, 2, spent_by(2)), after=1)
    append(tmp_path, entry(C, B, None, spent_by(2)), after=2)
    path = tmp_path / LEDGER_FILE
    path.write_text("\n".join(spoil(path.read_text().splitlines())) + "\n")
    with pytest.raises(LedgerError, match=f"{path}, {told}"):
        read_ledger(tmp_path)


def test_a_decision_on_what_has_moved_since_is_not_written(tmp_path: Path) -> None:
    append(tmp_path, entry(A, None), after=0)
    with pytest.raises(LedgerMovedError, match="another decision"):
        append(tmp_path, entry(B, None), after=0)
    assert [one.serves for one in read_ledger(tmp_path).entries] == [A]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path, entry(A, None), after=0)
    before = (tmp_path / LEDGER_FILE).read_bytes()
    write = os.write
    monkeypatch.setattr(on_disk.os, "write", lambda handle, data: write(handle, data[:20]))
    with pytest.raises(LedgerError, match="the disk is full"):
        append(tmp_path, entry(B, A), after=1)
    assert (tmp_path / LEDGER_FILE).read_bytes() == before


# --- the night's decision -------------------------------------------------------------------------------------------


@dataclass
class House:
    """One lab with a model that was really trained; `model` copies its folder, `right` plants how good a copy is."""

    lab: Lab
    snapshot: Path
    trained: Path
    right: dict[str, float]
    nights: int = 0

    @property
    def models(self) -> Path:
        return self.trained.parent

    def model(self, name: str, right: float, simulated: bool = False) -> str:
        """A copy of the trained folder by the name; it is right about this share of each person's trials."""
        shutil.copytree(self.trained, self.models / name)
        path = self.models / name / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"id": name, "simulated": simulated}))
        self.right[name] = right
        return name

    def decide(self, challenger: str) -> Entry:
        self.nights += 1
        now = f"2030-01-{self.nights:02d}T03:00:00Z"
        return decide(self.models, challenger, self.snapshot, self.lab.store(), now_utc=now, seed=0)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    lab = Lab(tmp_path_factory.mktemp("lab"), participants=10)
    snapshot = lab.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        result = train(
            snapshot, deciding_media(lab), lab.features, lab.root, lab.runs, "tiny",
            created_utc=UTC, workers=1, store=lab.store(),
        )  # fmt: skip
    return lab.root, snapshot.name, result.model


def deciding_media(lab: Lab) -> MediaStore:
    return MediaStore(lab.media)


@pytest.fixture
def house(trained_once: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    root, snapshot, model = trained_once
    lab = Lab(tmp_path / "lab")
    lab.root.mkdir()
    for part in ("features", "snapshots"):
        (lab.root / part).symlink_to(root / part)
    shutil.copytree(root / "runs", lab.runs)
    made = House(lab, lab.root / "snapshots" / snapshot, lab.runs / model, {})

    def planted(loaded: LoadedModel, trials: TrialSet, *_: object) -> np.ndarray:
        return np.full((len(trials), 2), made.right[loaded.record.id])

    monkeypatch.setattr(deciding, "right_by_model", planted)
    return made


def test_the_first_serves_unproven_until_one_beats_the_majority(house: House) -> None:
    first = house.decide(house.model(A, right=0.5))  # as right as naming one of the two classes
    assert (first.decision, first.serves, first.proven, first.test) == ("unproven", A, False, 1)
    assert "serves all the same, unproven" in first.reason
    second = house.decide(house.model(B, right=0.5))
    assert (second.decision, second.serves, second.served, second.proven) == ("unproven", B, A, False)
    third = house.decide(house.model(C, right=0.9))
    assert (third.decision, third.serves, third.proven, third.test) == ("promoted", C, True, 3)
    assert third.comparison is not None
    assert third.comparison.against == "majority"


def test_the_budget_is_spent_by_nights_that_promote_nobody_and_not_by_a_repeated_one(house: House) -> None:
    house.decide(house.model(A, right=0.8))
    kept = [house.decide(house.model(name, right=0.8)) for name in (B, C)]
    assert [(one.decision, one.serves, one.test) for one in kept] == [("kept", A, 2), ("kept", A, 3)]
    assert [one.spent for one in kept] == pytest.approx([spent_by(2), spent_by(3)])
    again = house.decide(C)
    assert (again.decision, again.test, again.spent) == ("kept", None, kept[-1].spent)
    assert "Compared before" in again.reason
    assert "serves already" in house.decide(A).reason
    ledger = read_ledger(house.models)
    assert (len(ledger.entries), ledger.tests) == (5, 3)


def test_a_better_one_takes_over_and_the_page_says_so(house: House) -> None:
    house.decide(house.model(A, right=0.7))
    decision = house.decide(house.model(B, right=0.95))
    assert (decision.decision, decision.serves, decision.served) == ("promoted", B, A)
    assert f"{B} is better than {A}: +25.0 points" in decision.reason
    page = champion_section(decision, read_ledger(house.models))
    for told in (
        B,
        "takes over",
        "+25.0 points of UAR",
        "Error budget: 1.5",
        "happiness",
        "duchenne champion rollback",
    ):
        assert told in page
    assert str(EMOTIONS[6]) in page
    assert "surely worse</span>" not in page


def test_the_page_says_for_whom_it_is_worse_and_names_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.decide(house.model(A, right=0.7))
    decision = house.decide(house.model(B, right=0.9))
    trials = load_trials(house.snapshot, house.lab.store())

    def by_person(model: LoadedModel, trials: TrialSet, *_: object) -> np.ndarray:
        """Tonight's is worse for two of them, as good for one, and better for the rest."""
        share = {"P03": 0.0, "P05": 0.25, "P06": 0.7} if model.record.id == B else {}
        return np.array([[share.get(who, house.right[model.record.id])] * 2 for who in trials.participant])

    monkeypatch.setattr(by_person_module, "right_by_model", by_person)
    people = people_compared(house.models, decision, house.snapshot, house.lab.store())
    assert [round(person.gained, 2) for person in people] == pytest.approx([-2.8, -1.8, 0.0] + [0.8] * 7)
    assert [person.answers for person in people] == [4] * 10
    assert people[0].trial == trials.trial[trials.participant == "P03"][0]
    section = people_section(decision, people)
    for told in (
        "Of 10 participants",
        f"<code>{A}</code> for 7, as often for 1",
        "less often for 2",
        "there is no interval",
    ):
        assert told in section
    assert section.count("<tr><td>") == 2
    assert f"<td><code>{people[0].trial[:8]}</code></td><td>4</td><td>3 → <b>0</b></td>" in section
    assert "P03" not in section  # whoever withdraws is then on no page
    assert "No class of feeling or showing is surely worse." in section
    nothing = decision.model_copy(update={"comparison": None})
    assert people_compared(house.models, nothing, house.snapshot, house.lab.store()) == ()
    assert "Nothing was compared" in people_section(nothing, ())


def test_too_few_people_spend_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    trials = load_trials(house.snapshot, house.lab.store())
    few = trials.take(np.isin(trials.participant, np.unique(trials.participant)[:6]))
    monkeypatch.setattr(deciding, "load_trials", lambda *_: few)
    decision = house.decide(house.model(A, right=1.0))
    assert (decision.decision, decision.test, decision.spent) == ("unproven", None, 0)
    assert "6 participants can be judged, at least 7 are needed" in decision.reason
    assert "Record and rate at least 1 more" in champion_section(decision, read_ledger(house.models))


def test_a_model_whose_folder_is_not_whole_is_not_decided_on(house: House) -> None:
    house.decide(house.model(A, right=0.8))
    (house.models / house.model(B, right=1.0) / "fold-1.safetensors").unlink()
    with pytest.raises(ModelFolderError, match="fold-1"):
        house.decide(B)
    assert [one.serves for one in read_ledger(house.models).entries] == [A]


def test_a_champion_whose_folder_is_gone_is_told_and_followed(house: House) -> None:
    house.decide(house.model(A, right=0.9))
    shutil.rmtree(house.models / A)
    decision = house.decide(house.model(B, right=0.9))
    assert (decision.decision, decision.serves, decision.proven) == ("promoted", B, True)
    assert f"{A} served, but cannot any more" in decision.reason


def test_simulated_recordings_never_take_over_from_people(house: House) -> None:
    house.decide(house.model(A, right=0.7))
    decision = house.decide(house.model(B, right=1.0, simulated=True))
    assert (decision.decision, decision.serves, decision.test) == ("kept", A, None)
    assert "simulated" in decision.reason


def test_a_real_model_follows_a_simulated_one(house: House) -> None:
    house.decide(house.model(A, right=1.0, simulated=True))
    decision = house.decide(house.model(B, right=0.5))
    assert (decision.decision, decision.serves, decision.proven) == ("unproven", B, False)


def test_the_queue_is_ordered_by_the_champion_and_not_by_the_newest(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night's own order of steps; training, database and predictions, which other tests are about, are told."""
    header = read_header(house.snapshot)
    values = Values(home=tmp_path / "home", models=house.models).below_home()
    empty = Evaluation({instrument: {} for instrument in Instrument}, {}, {})
    record = load_model(house.trained).record
    spoken: list[str] = []

    def say(_values: Values, model: str, _snapshot: str) -> Path:
        spoken.append(model)
        return tmp_path

    monkeypatch.setattr(shift, "list_snapshots", lambda _root: [])
    monkeypatch.setattr(shift, "open_database", lambda _url: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(shift, "queue_head", lambda *_: [])
    monkeypatch.setattr(stages, "freeze", lambda *_, **__: header)
    monkeypatch.setattr(stages, "elect", lambda _values, model, _snapshot, seed: house.decide(model))
    monkeypatch.setattr(stages, "people_compared", lambda *_: ())
    monkeypatch.setattr(stages, "say", say)
    monkeypatch.setattr(stages, "reorder", lambda *_: None)
    pages = []
    for name, right in ((A, 0.8), (B, 0.8), (C, 1.0)):
        house.model(name, right)
        run = RunResult(name, house.models / name, house.models / name / "report.html", empty, (), record)
        monkeypatch.setattr(stages, "learn", lambda *_, run=run, **__: run)
        _, page = shift.work_through(values, ["simulated"], "tiny", 2, 0)
        pages.append(page.read_text())
    assert spoken == [A, A, C]
    assert f"<code>{A}</code> goes on serving" in pages[1]
    assert f"<code>{C}</code> takes over" in pages[2]
    assert "<code>duchenne champion rollback</code>" in pages[2]


def test_a_rollback_while_the_champion_speaks_has_the_last_word(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.decide(house.model(A, right=0.7))
    serves = house.decide(house.model(B, right=0.95)).serves
    heard: list[str] = []

    def say(_values: Values, model: str, _snapshot: str) -> Path:
        if not heard:
            roll_back(house.models, None, now_utc=UTC)
        return Path(model)

    monkeypatch.setattr(stages, "say", say)
    monkeypatch.setattr(stages, "reorder", lambda _values, path: heard.append(path.name))
    values = Values(models=house.models)
    assert shift._order_by_who_serves(values, Logbook(house.models / "logbook"), serves, "s1") == Path(A)
    assert heard == [B, A]


# --- rollback -------------------------------------------------------------------------------------------------------


def test_rollback_lets_the_former_serve_and_the_other_not_come_back(house: House) -> None:
    with pytest.raises(RollbackError, match="no model serves yet"):
        roll_back(house.models, None, now_utc=UTC)
    house.decide(house.model(A, right=0.7))
    with pytest.raises(RollbackError, match="no former champion"):
        roll_back(house.models, None, now_utc=UTC)
    house.decide(house.model(B, right=0.95))
    back = roll_back(house.models, None, now_utc=UTC)
    assert (back.decision, back.serves, back.served, back.proven) == ("rolled back", A, B, True)
    assert back.spent == read_ledger(house.models).entries[1].spent
    with pytest.raises(RollbackError, match="no former champion"):
        roll_back(house.models, None, now_utc=UTC)
    assert "taken out of service by hand" in house.decide(B).reason
    assert house.decide(house.model(C, right=0.95)).serves == C
    assert roll_back(house.models, B[:17], now_utc=UTC).serves == B  # by name it may come back


def test_the_server_says_who_serves_as_the_ledger_does(house: House) -> None:
    assert read_champion(house.models) is None
    house.decide(house.model(A, right=0.5))
    for challenger, right in ((B, 0.5), (C, 0.9), ("m" + "d" * 16, 0.5)):
        house.decide(house.model(challenger, right))
        _same_champion(house)
    roll_back(house.models, B, now_utc=UTC)
    found = _same_champion(house)
    assert (found.model, found.proven, found.instead_of, found.since.decision) == (B, False, C, "rolled back")


def _same_champion(house: House) -> Champion:
    ledger, found = read_ledger(house.models), read_champion(house.models)
    assert found is not None
    assert ledger.last is not None
    assert ledger.since is not None
    assert (found.model, found.proven) == (ledger.last.serves, ledger.last.proven)
    assert (found.since.at_utc, found.since.reason) == (ledger.since.at_utc, ledger.since.reason)
    assert found.last.at_utc == ledger.last.at_utc
    return found


def test_rollback_refuses_who_never_served_and_who_is_gone(house: House) -> None:
    house.decide(house.model(A, right=0.7))
    house.decide(house.model(B, right=0.95))
    house.model(C, right=1.0)
    with pytest.raises(RollbackError, match="none of this name ever served"):
        roll_back(house.models, C, now_utc=UTC)
    with pytest.raises(RollbackError, match="serves already"):
        roll_back(house.models, B, now_utc=UTC)
    shutil.rmtree(house.models / A)
    with pytest.raises(RollbackError, match=f"{A} cannot serve again"):
        roll_back(house.models, None, now_utc=UTC)
    assert read_ledger(house.models).entries[-1].serves == B


def test_a_rollback_in_the_middle_of_a_decision_is_heard(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.decide(house.model(A, right=0.6))
    house.decide(house.model(B, right=0.8))
    house.model(C, right=0.95)
    compared, asked = deciding._compared, []

    def interrupted(question: deciding.Question, *given: object) -> object:
        asked.append(question.against)
        if len(asked) == 1:
            roll_back(house.models, None, now_utc=UTC)
        return compared(question, *given)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(deciding, "_compared", interrupted)
    assert house.decide(C).served == A
    assert asked == [B, A]


# --- networks and processes that are real ---------------------------------------------------------------------------


def test_networks_judge_only_whom_they_never_saw(trained_once: tuple[Path, str, str]) -> None:
    root, snapshot, name = trained_once
    lab = Lab(root)
    model = load_model(lab.runs / name)
    trials = load_trials(root / "snapshots" / snapshot, lab.store())
    both, first = right_by_model(model, trials), model.record.model_copy(update={"folds": model.record.folds[:1]})
    assert np.isfinite(both).all()
    assert set(np.unique(both)) <= {0.0, 1.0}  # each person was tested by one network
    one = right_by_model(LoadedModel(first, model.networks[:1]), trials)
    seen = np.isin(trials.participant, [*first.folds[0].train, *first.folds[0].validation])
    assert (np.isnan(one).all(axis=1) == seen).all()
    assert np.array_equal(one[~seen], both[~seen])


def killed(work: Callable[[], object]) -> None:
    """Do it in a process of its own that does not survive it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_night_killed_between_training_and_decision_promotes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.decide(house.model(A, right=0.7))
    house.model(B, right=0.95)
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "compare", die)
        killed(lambda: house.decide(B))
    assert [one.serves for one in read_ledger(house.models).entries] == [A]
    assert house.decide(B).test == 2


def test_a_night_killed_while_it_writes_its_decision_promotes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.decide(house.model(A, right=0.7))
    house.model(B, right=0.95)
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(on_disk.os, "write", lambda handle, line: die(write(handle, line[: len(line) // 2])))
        killed(lambda: house.decide(B))
    ledger = read_ledger(house.models)
    assert [one.serves for one in ledger.entries] == [A]
    assert ledger.torn is not None
    assert house.decide(B).serves == B
    assert read_ledger(house.models).torn is None


def test_the_command_line_tells_who_serves_and_rolls_back(house: House, tmp_path: Path) -> None:
    home = tmp_path / "home"

    def said(*words: str) -> Result:
        return CliRunner().invoke(duchenne, ["champion", *words], env={"DUCHENNE_HOME": str(home)})

    assert "No model serves yet" in said("show").stdout
    house.decide(house.model(A, right=0.7))
    house.decide(house.model(B, right=0.95))
    shutil.copytree(house.models, home / "models")
    assert "there is no database yet" in str(said("rollback").exception)
    assert said("show").stdout.startswith(f"serves  {B}\n")  # a queue that cannot be ordered: nothing was decided
    upgrade(f"sqlite:///{home / 'duchenne.sqlite3'}")
    assert said("show").stdout.startswith(f"serves  {B}\n")
    assert f"{B} is better than {A}" in said("show").stdout
    assert f"serves  {A}\n" in said("rollback").stdout
    history = CommandLine(home).done("champion", "history")  # in a process of its own, whose window is wide enough
    assert [word for word in ("promoted", "rolled back", "+25.0") if word not in history] == []
    with (home / "models" / LEDGER_FILE).open("a") as file:
        file.write('{"torn')
    assert "line 4: was cut off" in said("show").stderr
    assert "no former champion" in CommandLine(home).refused("champion", "rollback")

"""Whole evaluations of made-up answers: protocols, differences, robustness, and the page as a browser shows it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser

from annotate.media_store import MediaStore
from annotate.scales import EMOTIONS, Instrument
from model import recipes
from model.evaluation import intervals, robustness
from model.evaluation.evaluate import Evaluation, evaluate
from model.evaluation.protocols import PROTOCOLS
from model.evaluation.report import report_as_json, report_as_page, write_report
from model.evaluation.sections import classes_section, confusion_section, instrument_section
from model.evaluation.trust_sections import calibration_section
from model.features.dataset import Targets, TrialSet
from model.predicted import Predictions, Temperatures, tempered
from model.recipe import Recipe
from model.training.train import train
from server.models.reports import read_report
from tests.model.conftest import UTC, Lab
from tests.model.made_up_evaluation import (
    constant_answers,
    made_up_answers,
    made_up_models,
    made_up_record,
    made_up_trials,
)

SEVEN_PROTOCOLS = ["ER-3", "ER-7", "ER-VA", "FER-3", "FER-7", "FER-VA", "FER-intensity"]


@pytest.fixture(scope="module", autouse=True)
def _fewer_resamples() -> Iterator[None]:
    """What is tested here holds with any number of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "RESAMPLES", 200)
        yield


@pytest.fixture(scope="module")
def trials() -> TrialSet:
    return made_up_trials(people=12, each=8)


@pytest.fixture(scope="module")
def evaluation(trials: TrialSet) -> Evaluation:
    return evaluate(trials, made_up_models(trials), seed=0)


def without_labels(targets: Targets) -> Targets:
    nothing = {name: np.full_like(each, np.nan) for name, each in vars(targets).items() if not name.startswith("hard")}
    unknown = np.full_like(targets.hard_seven, -1)
    return replace(targets, **nothing, hard_seven=unknown, hard_three=unknown)


# --- scores ---------------------------------------------------------------------------------------------------------


def test_the_seven_protocols_stand_in_the_json_by_name_with_their_figures(
    trials: TrialSet, evaluation: Evaluation
) -> None:
    told = json.loads(json.dumps(report_as_json(made_up_record(trials), evaluation), allow_nan=False))
    assert list(told["protocols"]) == SEVEN_PROTOCOLS
    assert set(told["protocols"]["FER-intensity"]["models"]["emert"]) == {
        "intensity_ccc", "intensity_pcc", "intensity_rmse", "intensity_mae",
    }  # fmt: skip
    for protocol in PROTOCOLS:
        for model, scores in evaluation.scores[protocol.instrument]["all"].items():
            figures = told["protocols"][protocol.name]["models"][model]
            assert list(figures) == list(protocol.measures)
            for measure, figure in figures.items():
                found = scores.measures[measure]
                assert figure["value"] is None if np.isnan(found.value) else figure == asdict(found)
    assert told["protocols"]["ER-VA"]["models"]["majority"]["valence_pcc"]["value"] is None
    assert told["scores"]["ER"]["all"]["majority"]["calibration"]["seven"]["nll"]["value"] is None


def test_numbers_against_the_trials_one_by_one(trials: TrialSet, evaluation: Evaluation) -> None:
    said = made_up_models(trials)["emert"][Instrument.FER]
    scores = evaluation.scores["FER"]["all"]["emert"]
    decided = trials.fer.hard_seven >= 0
    right = said.seven.argmax(axis=1) == trials.fer.hard_seven
    assert scores.measures["seven_war"].value == pytest.approx(right[decided].mean())
    assert np.sum(scores.confusion) == scores.calibration["seven"].trials == decided.sum()
    assert np.sum(scores.confusion_three) == len(trials)
    wrong_by = said.valence_arousal[:, 1] - trials.fer.valence_arousal[:, 1]
    assert scores.measures["arousal_rmse"].value == pytest.approx(np.sqrt((wrong_by**2).mean()))
    for place, emotion in enumerate(EMOTIONS):
        mine = trials.fer.hard_seven == place
        found = scores.classes["seven"][emotion]
        assert (found.trials, found.recall.value) == (mine.sum(), pytest.approx(right[mine].mean()))
        assert found.recall.low <= found.recall.value <= found.recall.high


def test_differences_are_those_of_the_scores_and_ours_is_nowhere_ahead_of_itself(trials: TrialSet) -> None:
    ours, theirs = (made_up_answers(trials, right=right, boldness=1.0, seed=3) for right in (3.0, 1.0))
    found = evaluate(trials, {"ours": ours, "theirs": theirs, "twin": ours}, seed=0)
    ahead, scores = found.ahead["ER"]["all"], found.scores["ER"]["all"]
    assert set(ahead) == {f"{name} {measure}" for name in ("theirs", "twin")
                          for measure in ("war", "uar", "valence_ccc", "arousal_ccc")}  # fmt: skip
    for short, measure in (("war", "seven_war"), ("uar", "seven_uar"), ("valence_ccc", "valence_ccc")):
        gap = scores["ours"].measures[measure].value - scores["theirs"].measures[measure].value
        assert ahead[f"theirs {short}"].value == pytest.approx(gap)
        assert 0 < ahead[f"theirs {short}"].low < gap < ahead[f"theirs {short}"].high
        assert (ahead[f"twin {short}"].low, ahead[f"twin {short}"].high) == (0, 0)


def test_a_class_that_raters_never_gave_is_left_out_and_one_instrument_is_enough(trials: TrialSet) -> None:
    calm = trials.take(trials.fer.hard_seven == EMOTIONS.index("neutral"))
    calm = replace(calm, er=without_labels(calm.er))
    found = evaluate(calm, made_up_models(calm), seed=0)
    assert found.scores["ER"] == {}
    assert list(found.scores["FER"]["all"]["emert"].classes["seven"]) == ["neutral"]
    page = report_as_page(made_up_record(calm), found)
    assert "FER: what the face shows" in page
    assert "ER: what the person feels" not in page


def test_what_temperatures_did_is_told_on_people_who_did_not_set_them(trials: TrialSet) -> None:
    bold = made_up_answers(trials, right=1.0, boldness=3.0, seed=3)
    settings = Temperatures(er_seven=3.0)
    cooled = tempered(bold, settings)
    assert tempered(cooled, settings.inverse())[Instrument.ER].seven == pytest.approx(bold[Instrument.ER].seven)
    found = evaluate(trials, {"ours": cooled, "majority": constant_answers(trials)}, seed=0, untempered=bold)
    before, after = found.untempered["ER"]["seven"], found.scores["ER"]["all"]["ours"].calibration["seven"]
    assert before.nll.value > after.nll.value
    assert before.overconfidence.value > after.overconfidence.value
    told = calibration_section(Instrument.ER, found)
    assert f"would be {before.nll.value:.2f} in place of {after.nll.value:.2f}" in told
    assert "Without the temperatures" not in calibration_section(Instrument.ER, replace(found, untempered={}))


def test_trials_on_which_all_raters_tie_are_told_without_classes(trials: TrialSet) -> None:
    unknown = np.full(len(trials), -1)
    tied = replace(trials, er=replace(trials.er, hard_seven=unknown, hard_three=unknown))
    found = evaluate(tied, made_up_models(tied), seed=0)
    assert found.scores["ER"]["all"]["emert"].calibration == {}
    assert calibration_section(Instrument.ER, found) == classes_section(Instrument.ER, found) == ""
    assert "0 without a tie" in instrument_section(Instrument.ER, found)
    assert "none was ever taken for another" in confusion_section(Instrument.ER, found)


# --- robustness -----------------------------------------------------------------------------------------------------


def test_who_loses_eyes_or_faces_is_the_same_person_at_every_share(trials: TrialSet) -> None:
    eyes_alone, faces_alone = 3, 4
    copied = {name: getattr(trials, name).copy() for name in ("faces", "eye", "gaze")}
    trials = replace(trials, **copied)
    trials.faces[eyes_alone] = -1
    trials.eye[faces_alone], trials.gaze[faces_alone] = np.nan, np.nan
    blind = [np.isnan(robustness.without_eyes(trials, share, 7).eye).all(axis=(1, 2)) for share in (0, 0.25, 0.5, 1)]
    assert [mask.sum() for mask in blind] == [1, 1 + 24, 1 + 47, len(trials) - 1]
    assert all((less <= more).all() for less, more in pairwise(blind))
    assert not blind[-1][eyes_alone]
    assert (np.isnan(robustness.without_eyes(trials, 0.5, 8).eye).all(axis=(1, 2)) != blind[2]).any()
    hidden = robustness.without_faces(trials, 1.0, 7)
    assert np.flatnonzero((hidden.faces >= 0).any(axis=1)).tolist() == [faces_alone]
    assert (trials.faces >= 0).sum() == 2 * (len(trials) - 1)


def test_noise_is_in_the_eyes_own_deviations_and_measures_nothing_that_was_not(trials: TrialSet) -> None:
    eye = trials.eye.copy()
    eye[:, :, 1] = 500 + 40 * eye[:, :, 1]
    eye[0, :5] = np.nan
    trials = replace(trials, eye=eye)
    half, whole = (robustness.noisy_eyes(trials, strength, 7) for strength in (0.5, 1.0))
    added = whole.eye - eye
    assert np.nanstd(added[:, :, 1]) == pytest.approx(np.nanstd(eye[:, :, 1]), rel=0.05)
    assert half.eye - eye == pytest.approx(added / 2, abs=1e-3, nan_ok=True)
    assert (np.isnan(whole.eye) == np.isnan(eye)).all()
    assert (robustness.noisy_eyes(trials, 0.0, 7).gaze == trials.gaze).all()


def test_eyes_that_come_late_are_those_of_a_moment_before(trials: TrialSet) -> None:
    """Clips of 16 s in 32 steps: a step is half a second."""
    ramp = np.broadcast_to(np.arange(32.0)[None, :, None], trials.eye.shape).astype(np.float32)
    moved = robustness.eyes_late(np.full(len(trials), 16.0))(replace(trials, eye=ramp), 0.75, 7).eye[:, :, 0]
    late = moved[:, 10] < 10
    assert late.sum() == len(trials) / 2
    assert moved[late][:, 2:] == pytest.approx(ramp[late][:, 2:, 0] - 1.5)
    assert np.isnan(moved[late][:, :2]).all()
    assert moved[~late][:, :-2] == pytest.approx(ramp[~late][:, :-2, 0] + 1.5)
    assert np.isnan(moved[~late][:, -2:]).all()
    by_whole_steps = robustness.eyes_late(np.full(len(trials), 16.0))(replace(trials, eye=ramp), 1.0, 7).eye[:, :, 0]
    assert np.isnan(by_whole_steps).sum() == 2 * len(trials)


def test_every_model_meets_the_same_disturbed_trials_and_one_without_eyes_does_not_mind(trials: TrialSet) -> None:
    met: dict[str, list[bytes]] = {"eyes": [], "face": []}

    def says(name: str, seen: np.ndarray) -> Predictions:
        answer = constant_answers(trials)
        seven = np.eye(7)[np.clip(np.nan_to_num(seen).round().astype(int), 0, 6)]
        return {i: replace(each, seven=seven) for i, each in answer.items()}

    def eyes(given: TrialSet) -> Predictions:
        met["eyes"].append(given.eye.tobytes() + given.faces.tobytes())
        return says("eyes", given.eye[:, 0, 0])

    def face(given: TrialSet) -> Predictions:
        met["face"].append(given.eye.tobytes() + given.faces.tobytes())
        return says("face", given.pictures[given.faces[:, 0], 0, 0, 0] / 30)

    first = robustness.disturbances(np.full(len(trials), 10.0))[0]
    curve = robustness.curve(trials, {"eyes": eyes, "face": face}, first, seed=7)
    assert met["eyes"] == met["face"]
    assert len(set(met["eyes"])) == len(curve.strengths) == 5
    felt = [each.value for each in curve.scores["eyes"]["ER"]["seven_war"]]
    assert felt[0] == 1.0
    assert felt == sorted(felt, reverse=True)
    assert felt[-1] < 0.5
    assert len({each.value for each in curve.scores["face"]["FER"]["seven_war"]}) == 1
    assert robustness.curve(trials, {"eyes": eyes, "face": face}, first, seed=7) == curve


def test_a_run_may_offer_the_curves_and_they_begin_at_its_own_scores(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = replace(tiny, schedule=replace(tiny.schedule, epochs=1, refit=False))
    monkeypatch.setitem(recipes.RECIPES, "tiny", lambda: brief)
    result = train(
        lab.snapshot(), MediaStore(lab.media), lab.features, lab.root / "no-networks", lab.runs, "tiny",
        created_utc=UTC, folds=1, workers=1, disturb=True, store=lab.store(),
    )  # fmt: skip
    told = json.loads((result.folder / "report.json").read_text())
    assert [curve["name"] for curve in told["robustness"]] == [
        "no eyes", "no face", "noise on the eyes", "eyes early or late",
    ]  # fmt: skip
    for curve in told["robustness"]:
        assert list(curve["scores"]) == ["tiny", "tiny_face_only"]
        for model, instruments in curve["scores"].items():
            for instrument, measures in instruments.items():
                pooled = told["scores"][instrument]["all"][model]["measures"]
                for measure, estimates in measures.items():
                    assert estimates[0]["value"] == pytest.approx(pooled[measure]["value"])
                if model == "tiny_face_only" and curve["name"] != "no face":
                    assert len({each["value"] for each in measures["valence_ccc"]}) == 1
    assert "When less reaches it" in result.report.read_text()


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(trials: TrialSet, evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = {"emert": lambda given: made_up_models(given)["emert"]}
    curves = robustness.curves(trials, models, robustness.disturbances(np.full(len(trials), 10.0))[:1], seed=0)
    return write_report(tmp_path_factory.mktemp("report"), made_up_record(trials), evaluation, curves)


def test_the_page_needs_nothing_from_elsewhere_and_says_something_beside_each_picture(page: Path) -> None:
    text = page.read_text()
    assert "SIMULATED" in text
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert all(f"<b>{name}</b>" in text for name in SEVEN_PROTOCOLS)
    reader = _Reader()
    reader.feed(text)
    assert reader.pictures >= 16
    assert reader.bare == []
    scores = json.loads((page.parent / "report.json").read_text())
    assert [curve["name"] for curve in scores["robustness"]] == ["no eyes"]


def test_the_servers_page_reads_the_scores_though_some_figures_are_none(page: Path) -> None:
    told = json.loads((page.parent / "report.json").read_text())
    assert None in told["scores"]["FER"]["all"]["majority"]["measures"]["intensity_pcc"].values()
    read = read_report(page.parent.parent, page.parent.name)
    assert read is not None
    ours = read.scores["ER"]["all"]["emert"].measures["seven_uar"]
    assert ours is not None
    assert ours.value == told["scores"]["ER"]["all"]["emert"]["measures"]["seven_uar"]["value"]


class _Reader(HTMLParser):
    """Counts pictures, and those without words before them (in their own part of the page) or without a label."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures, self.bare, self._words = 0, list[int](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._words = 0
        if tag == "svg":
            self.pictures += 1
            if self._words < 40 or not dict(attrs).get("aria-label"):
                self.bare.append(self.pictures)

    def handle_data(self, data: str) -> None:
        self._words += len(data.strip())


@pytest.mark.parametrize(("width", "scheme"), [(600, "dark"), (1366, "light")])
def test_the_page_fits_and_can_be_read_in_either_brightness(
    chromium: Browser, page: Path, width: int, scheme: Literal["dark", "light"]
) -> None:
    shown = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown.goto(page.as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = shown.evaluate(
        "[getComputedStyle(document.querySelector('svg text')).fill,"
        " getComputedStyle(document.querySelector('section')).backgroundColor]"
    )
    light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 7
    assert (_luminance(paper) > 0.5) == (scheme == "light")
    shown.close()


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2) of 'rgb(r, g, b)'."""
    parts = np.array([int(part) for part in colour[4:-1].split(",")]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])

"""The way through a session: roles, rests, aiming the tracker, and what the experimenter asks for on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.tracker_faults import TrackerFaults
from collect.bundle.verify import verify_bundle
from collect.devices.errors import SoundUnavailableError
from collect.devices.protocols import StopRequested
from collect.operator.protocol import OperatorStatus
from collect.session.errors import StoppedInSetupError
from collect.session.run import SessionResult, run_session
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.session.scripted_operator import ScriptedOperator
from tests.collect.session.small_study import load, virtual_devices, write_study


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies")


class Pages:
    """Presses the first key of each page unless `keys` says otherwise; keeps the headings."""

    def __init__(self, **keys: str) -> None:
        self._keys = {heading.replace("_", " "): key for heading, key in keys.items()}
        self.headings: list[str] = []

    def __call__(self, text: str, keys: Sequence[str]) -> str:
        heading = text.split("\n")[0].removeprefix("# ")
        self.headings.append(heading)
        wanted = next((key for words, key in self._keys.items() if heading.startswith(words)), keys[0])
        return wanted if wanted in keys else keys[0]


def record(
    study_path: Path, destination: Path, *, pages: Any = None, operator: ScriptedOperator | None = None,
    faults: TrackerFaults | None = None, has_sound: bool = True,
) -> SessionResult:  # fmt: skip
    study, person = load(study_path)
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, pressed=pages or Pages(), has_sound=has_sound)
    devices = virtual_devices(person, screen=screen, clock=clock, tracker_faults=faults or TrackerFaults())
    return run_session(
        study, "P01", 1, devices, destination, "simulated", person.truth(), operator=operator
    )  # fmt: skip


def told(bundle: Bundle) -> list[str]:
    """The journal in short: event, with the trial's role or the reason of a warning."""
    return [event.event for event in bundle.journal if event.event not in ("self_report_shown", "clip_started")]


# --- roles, rests ---


def test_only_practice_and_trials_are_asked_about(studies: Path, tmp_path: Path) -> None:
    study = write_study(
        studies / "roles", practice=["happiness"], baseline="sadness", clips_of_trials=["fear"],
        mood_repair="happiness", self_report=["seven", "familiarity", "liking", "text"],
    )  # fmt: skip
    pages = Pages()
    result = record(study, tmp_path, pages=pages)
    bundle = read_bundle(result.bundle)
    assert [trial.role for trial in bundle.trials] == ["practice", "baseline", "trial", "repair"]
    assert [planned.role for planned in bundle.header.plan] == ["practice", "baseline", "trial", "repair"]
    assert [trial.self_report is not None for trial in bundle.trials] == [True, False, True, False]
    assert [trial.number for trial in bundle.main_trials] == [3]
    answered = bundle.main_trials[0].self_report
    assert answered is not None
    assert 1 <= (answered.familiarity_step or 0) <= 9
    assert 1 <= (answered.liking_step or 0) <= 9
    assert "simulated" in (answered.text or "")
    assert answered.valence is None
    assert pages.headings.index("First, a trial run") < pages.headings.index("The trial run is over")
    messages = bundle.gaze_messages()["text"].tolist()
    assert [text for text in messages if "role" in text] == [
        f"!V TRIAL_VAR role {role}" for role in ("practice", "baseline", "trial", "repair")
    ]
    assert verify_bundle(result.bundle).ok


def test_the_participant_rests_where_the_study_says(studies: Path, tmp_path: Path) -> None:
    pages = Pages()
    result = record(write_study(studies / "breaks", break_every=2, rest_s=3.0), tmp_path, pages=pages)
    bundle = read_bundle(result.bundle)
    short = [event for event in told(bundle) if event in ("trial_started", "paused", "continued")]
    assert short == ["trial_started", "trial_started", "paused", "continued", "trial_started"]
    assert [event.by for event in bundle.journal if event.event == "paused"] == ["study"]
    assert "A short break" in pages.headings
    gap_s = (bundle.trials[1].started_ns - (bundle.trials[0].ended_ns or 0)) / 1e9
    assert gap_s >= 3.0


def test_the_words_are_in_the_studys_language(studies: Path, tmp_path: Path) -> None:
    pages = Pages()
    record(write_study(studies / "german", language="de"), tmp_path, pages=pages)
    assert "Bevor es losgeht" in pages.headings


# --- aiming ---


def test_the_drift_is_checked_before_every_nth_trial(studies: Path, tmp_path: Path) -> None:
    study = write_study(
        studies / "drift", drift_check_every=2, baseline="sadness", clips_of_trials=["happiness", "fear"]
    )
    bundle = read_bundle(record(study, tmp_path).bundle)
    checks = [event for event in bundle.journal if event.event == "drift_checked"]
    assert [(check.before_trial, check.accepted) for check in checks] == [(2, True)]


@pytest.mark.parametrize(("key", "calibrations"), [("r", 2), ("c", 1)])
def test_a_poor_drift_check_offers_a_calibration(studies: Path, tmp_path: Path, key: str, calibrations: int) -> None:
    study = write_study(studies / "poor-drift", drift_check_every=1)
    pages = Pages(The_eye_tracker_needs=key)
    result = record(study, tmp_path, pages=pages, faults=TrackerFaults(bad_drift_checks=1))
    bundle = read_bundle(result.bundle)
    assert [event.accepted for event in bundle.journal if event.event == "drift_checked"] == [False, True, True]
    assert told(bundle).count("calibrated") == calibrations
    warned = [event.text for event in bundle.journal if event.event == "warned"]
    assert ["begins although the gaze was" in text for text in warned] == [True] * (key == "c")


def test_poor_calibrations_are_repeated_as_often_as_the_study_says(studies: Path, tmp_path: Path) -> None:
    study = write_study(studies / "limits", limits={"calibration": {"attempts": 2}})
    pages = Pages(The_calibration_is_not="c")
    result = record(study, tmp_path, pages=pages, faults=TrackerFaults(bad_calibrations=9))
    bundle = read_bundle(result.bundle)
    calibrated = [event for event in bundle.journal if event.event == "calibrated"]
    assert [event.accepted for event in calibrated] == [False, False]
    assert len(calibrated[0].points) > 4
    assert [heading for heading in pages.headings if "alibration" in heading or "Once more" in heading] == [
        "Once more, please", "The calibration is not accurate enough"
    ]  # fmt: skip
    assert result.outcome == "completed"


def test_a_session_can_be_stopped_at_a_poor_calibration(studies: Path, tmp_path: Path) -> None:
    study = write_study(studies / "limits-stop", limits={"calibration": {"attempts": 1}})
    result = record(study, tmp_path, pages=Pages(The_calibration_is_not="s"), faults=TrackerFaults(bad_calibrations=9))
    assert (result.outcome, result.trials) == ("stopped by experimenter", ())
    assert verify_bundle(result.bundle).state == "sealed"


# --- the setup page ---


def test_the_setup_is_in_the_journal(studies: Path, tmp_path: Path) -> None:
    study = write_study(studies / "setup", camera={"kind": "simulated", "width": 320, "height": 240, "fps": 10})
    bundle = read_bundle(record(study, tmp_path, has_sound=False).bundle)
    checked = next(event for event in bundle.journal if event.event == "setup_checked")
    assert (checked.sound, checked.encoder, checked.camera_fps > 5) == (False, "h264", True)
    assert "no_sound" in checked.advice
    assert told(bundle).index("setup_checked") < told(bundle).index("calibrated")


def test_missing_sound_ends_a_session_that_needs_it_before_it_begins(studies: Path, tmp_path: Path) -> None:
    study = write_study(studies / "loud", needs_sound=True)
    pages = Pages()
    with pytest.raises(SoundUnavailableError, match=r"no sound output.*Nothing was recorded"):
        record(study, tmp_path / "out", pages=pages, has_sound=False)
    assert pages.headings[-1] == "There is no sound"
    assert not (tmp_path / "out").exists()


def test_a_stop_in_setup_records_nothing(studies: Path, tmp_path: Path) -> None:
    operator = ScriptedOperator({"stop": lambda status: status.state == "setup"})
    with pytest.raises(StoppedInSetupError, match="Nothing was recorded"):
        record(write_study(studies / "setup-stop"), tmp_path / "out", operator=operator)
    assert not (tmp_path / "out").exists()


# --- the experimenter ---


def in_clip(number: int) -> Any:
    return lambda status: status.trial == number and (status.clip_left_s or 9) < 0.6


def test_a_skipped_clip_is_not_valid_and_the_next_one_follows(studies: Path, tmp_path: Path) -> None:
    operator = ScriptedOperator({"skip": in_clip(2)})
    result = record(write_study(studies / "skip"), tmp_path, operator=operator)
    bundle = read_bundle(result.bundle)
    assert [(trial.valid, trial.reason) for trial in bundle.trials] == [
        (True, ""), (False, "skipped by the experimenter"), (True, "")
    ]  # fmt: skip
    assert 0 < len(bundle.flips_of(bundle.trials[1])) < 20
    assert [trial.self_report is not None for trial in bundle.trials] == [True, False, True]
    answered = bundle.trials[2].self_report
    _, person = load(studies / "skip" / "study.yaml")
    assert answered is not None
    assert answered.seven == person.answer(3, "seven").choice
    assert (result.outcome, verify_bundle(result.bundle).problems) == ("completed", ())


def test_a_pause_begins_after_the_trial_and_ends_when_the_experimenter_says_so(studies: Path, tmp_path: Path) -> None:
    operator = ScriptedOperator({"pause": in_clip(1), "calibrate": in_clip(1)})
    bundle = read_bundle(record(write_study(studies / "pause"), tmp_path, operator=operator).bundle)
    short = [event for event in told(bundle) if event not in ("warned", "clip_ended", "self_report", "setup_checked")]
    assert short == [
        "session_started", "calibrated", "trial_started", "trial_ended", "paused", "continued", "calibrated",
        "trial_started", "trial_ended", "trial_started", "trial_ended", "session_ended",
    ]  # fmt: skip
    assert [event.by for event in bundle.journal if event.event == "paused"] == ["experimenter"]
    assert bundle.trials[0].valid
    assert ("pause", "calibrate") in [status.waiting for status in operator.shown]


def test_a_pause_is_ended_by_the_experimenter_too(studies: Path, tmp_path: Path) -> None:
    class Asleep(VirtualScreen):
        """The participant presses nothing while the session is paused."""

        def show_text(self, text: str, keys: Sequence[str], poll: Any = None) -> str:
            while text.startswith("# A short pause"):
                self._pass(1.0, poll)
            return super().show_text(text, keys, poll)

    paused: list[OperatorStatus] = []

    class Patient(ScriptedOperator):
        def show(self, status: OperatorStatus) -> None:
            super().show(status)
            if status.state == "pause":
                paused.append(status)
                if len(paused) == 20:
                    self._asked.append("pause")

    study, person = load(write_study(studies / "pause-2"))
    clock = VirtualClock()
    devices = virtual_devices(person, screen=Asleep(person, clock), clock=clock)
    operator = Patient({"pause": in_clip(1)})
    result = run_session(study, "P01", 1, devices, tmp_path, "simulated", person.truth(), operator=operator)
    assert result.outcome == "completed"
    assert len(paused) >= 20


@pytest.mark.parametrize("moment", ["clip", "question", "pause", "instruction"])
def test_the_experimenters_stop_is_an_end_in_order(studies: Path, tmp_path: Path, moment: str) -> None:
    moments = {
        "clip": in_clip(2),
        "question": lambda status: status.state == "trial" and status.trial == 1 and status.clip_left_s == 0.0,
        "pause": lambda status: status.state == "pause",
        "instruction": lambda status: status.state == "setup" and status.camera_frames > 0,
    }
    operator = ScriptedOperator({"stop": moments[moment]})
    result = record(write_study(studies / f"stop-{moment}", break_every=1), tmp_path, operator=operator)
    assert result.outcome == "stopped by experimenter"
    report = verify_bundle(result.bundle)
    assert (report.problems, report.state) == ((), "sealed")
    assert read_bundle(result.bundle).outcome == "stopped by experimenter"


def test_what_the_experimenter_sees(studies: Path, tmp_path: Path) -> None:
    operator = ScriptedOperator()
    faults = TrackerFaults.model_validate({"losses": [{"trial": 2, "from_s": 0.0, "to_s": 60.0}]})
    record(write_study(studies / "seen", seconds=4.0, drift_check_every=1), tmp_path, operator=operator, faults=faults)
    assert operator.states[:5] == ["consent", "setup", "calibration", "drift check", "trial"]
    assert operator.states[-1] == "closing"
    trials = [status for status in operator.shown if status.state == "trial"]
    assert {(status.trial, status.trials, status.clip) for status in trials if status.role} == {
        (1, 3, "happiness"), (2, 3, "sadness"), (3, 3, "fear")
    }  # fmt: skip
    lost = [status for status in trials if status.trial == 2 and status.clip_left_s and status.clip_left_s < 0.6]
    seen = [status for status in trials if status.trial == 1 and status.clip_left_s and status.clip_left_s < 0.6]
    assert all(status.gaze_valid is not None and status.gaze_valid < 0.1 for status in lost)
    assert all(status.gaze_valid is not None and status.gaze_valid > 0.5 for status in seen)
    lefts = [status.session_left_s for status in trials if status.session_left_s is not None]
    assert lefts[0] > lefts[-1]
    assert trials[-1].camera_fps == 10
    assert (trials[-1].disk_free_gb or 0) > 0


# --- stopping and withdrawing ---


@pytest.mark.parametrize("wish", ["keep", "withdraw", "thought better of it"])
def test_who_stops_may_keep_or_withdraw(studies: Path, tmp_path: Path, wish: str) -> None:
    study, person = load(write_study(studies / "withdraw"))
    clock = VirtualClock()
    first = iter("w")

    def thinks_better(text: str, keys: Sequence[str]) -> str:
        return next(first, "k") if text.startswith("# You have stopped") else keys[0]

    wishes: dict[str, Callable[[str, Sequence[str]], str]] = {
        "keep": Pages(You_have_stopped="k"),
        "withdraw": Pages(You_have_stopped="w", Delete_everything="y"),
        "thought better of it": thinks_better,
    }
    screen = VirtualScreen(person, clock, stop_in_trial=(2, "participant"), pressed=wishes[wish])
    devices = virtual_devices(person, screen=screen, clock=clock)
    result = run_session(study, "P01", 1, devices, tmp_path, "simulated", person.truth())
    report = verify_bundle(result.bundle)
    if wish == "withdraw":
        assert (result.outcome, report.state, report.ok) == ("withdrawn", "withdrawn", True)
        assert [path.name for path in result.bundle.rglob("*")] == ["tombstone.json"]
    else:
        assert (result.outcome, report.state, report.ok) == ("stopped by participant", "sealed", True)
        assert read_bundle(result.bundle).trials[1].reason == "stopped by the participant"


def test_who_saw_all_may_withdraw_on_the_last_page(studies: Path, tmp_path: Path) -> None:
    pages = Pages(Thank_you="w", Delete_everything="y")
    result = record(write_study(studies / "late"), tmp_path, pages=pages)
    assert result.outcome == "withdrawn"
    assert pages.headings[-2:] == ["Delete everything?", "Everything has been deleted"]
    assert [path.name for path in result.bundle.rglob("*")] == ["tombstone.json"]


def test_a_stop_while_confirming_deletes_nothing(studies: Path, tmp_path: Path) -> None:
    def pages(text: str, keys: Sequence[str]) -> str:
        if text.startswith("# Delete everything?"):
            raise StopRequested("participant")
        return "w" if "w" in keys else keys[0]

    result = record(write_study(studies / "unsure"), tmp_path, pages=pages)
    assert (result.outcome, verify_bundle(result.bundle).state) == ("completed", "sealed")

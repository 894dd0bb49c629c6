"""Whole sessions on a virtual clock, through the same code and into the same files as real ones."""

import csv
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest

from collect.bundle.errors import BundleExistsError
from collect.bundle.format import SimulationTruth
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.verify import verify_bundle
from collect.devices.camera.simulated_camera import CameraFaults, CameraSettings
from collect.devices.protocols import Flip, GazeBatch, Playback, StopRequested
from collect.devices.tracker.simulated_tracker import SimulatedTracker, TrackerFaults
from collect.session import pages
from collect.session.devices import Devices
from collect.session.errors import ConsentDeclinedError, DeviceFailedError, ResumeRefusedError
from collect.session.resume import finish_session, resume_session, trials_left
from collect.session.run import SessionResult, run_session
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import LoadedStudy
from tests.collect.session.small_study import CAMERA, load, virtual_devices, write_study


@pytest.fixture(scope="module")
def study_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


def run(study: LoadedStudy, devices: Devices, destination: Path, truth: SimulationTruth) -> SessionResult:
    return run_session(study, "P01", 1, devices, destination, "simulated", truth)


def events(bundle: Bundle) -> list[str]:
    return [event.event for event in bundle.journal]


def test_a_completed_session_is_sealed_whole_and_valid(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    done: list[tuple[int, int]] = []
    result = run_session(
        study, "P01", 1, virtual_devices(person), tmp_path, "simulated", person.truth(),
        progress=lambda *now: done.append(now),
    )  # fmt: skip
    report = verify_bundle(result.bundle)
    assert (report.problems, report.state, report.trials_valid) == ((), "sealed", 3)
    assert result.outcome == "completed"
    assert done == [(0, 3), (1, 3), (2, 3), (3, 3)]
    bundle = read_bundle(result.bundle)
    assert bundle.header.consent.scopes == ("recording", "rating", "training", "publication")
    assert bundle.header.consent.text_sha256 == study.study.consent.text_sha256
    assert events(bundle)[:4] == ["session_started", "setup_checked", "calibrated", "trial_started"]
    for trial in bundle.trials:
        report_of = trial.self_report
        assert trial.devices == ("screen", "tracker", "camera")
        assert trial.frames_shown == trial.frames_in_clip == len(bundle.flips_of(trial)) == 20
        assert report_of is not None
        assert report_of.seven == person.answer(trial.number, "seven").choice
        assert report_of.valence_step == person.answer(trial.number, "valence").step
        assert report_of.valence == ((report_of.valence_step or 0) - 5) / 4
        # A second of gaze at 250 Hz, and the camera's ten frames, belong to the clip.
        assert 240 <= len(bundle.samples_of(trial)) <= 260
        assert 9 <= len(bundle.camera_frames_of(trial)) <= 12


def test_the_trackers_record_tells_trials_and_flipped_frames(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    devices = virtual_devices(person)
    bundle = run(study, devices, tmp_path, person.truth()).bundle
    with (bundle / "gaze/messages.csv").open(newline="") as file:
        said = [row["text"] for row in csv.DictReader(file)]
    assert isinstance(devices.tracker, SimulatedTracker)
    assert [text for _, _, text in devices.tracker.messages] == said
    assert said[:3] == ["TRIALID 1", "!V IAREA RECTANGLE 1 0 0 1920 1080 clip", "0 !V VFRAME 1 0 0 happiness.mp4"]
    assert said[22:27] == [
        "!V TRIAL_VAR clip happiness", "!V TRIAL_VAR emotion happiness", "!V TRIAL_VAR role trial", "TRIAL_RESULT 0",
        "TRIALID 2",
    ]  # fmt: skip
    told = read_bundle(bundle)
    assert [row["device_ms"] for row in told.gaze_messages()] == [
        device_ms for _, device_ms, _ in devices.tracker.messages
    ]
    assert len(told.clock_readings()) > 3


def test_gaze_is_polled_at_least_every_100_ms_of_a_trial(
    study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, person = load(study_path)
    devices = virtual_devices(person)
    polled: list[int] = []
    poll, stop = devices.tracker.poll, devices.tracker.stop

    def spied() -> GazeBatch:
        polled.append(devices.clock.now_ns())
        return poll()

    def stopped() -> None:
        polled.append(-1)
        stop()

    monkeypatch.setattr(devices.tracker, "poll", spied)
    monkeypatch.setattr(devices.tracker, "stop", stopped)
    run(study, devices, tmp_path, person.truth())
    gaps = [b - a for a, b in pairwise(polled) if a > 0 and b > 0]
    during_trials = [gap for gap in gaps if gap < 1_500_000_000]  # the longer ones are self-reports, between trials
    assert len(during_trials) > 30
    assert max(during_trials) <= 100_000_000


@pytest.mark.parametrize("by", ["participant", "experimenter"])
def test_a_stop_in_a_clip_ends_in_a_sealed_bundle(
    study_path: Path, tmp_path: Path, by: Literal["participant", "experimenter"]
) -> None:
    study, person = load(study_path)
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, stop_in_trial=(2, by))
    result = run(study, virtual_devices(person, screen=screen, clock=clock), tmp_path, person.truth())
    assert result.outcome == f"stopped by {by}"
    report = verify_bundle(result.bundle)
    assert (report.problems, report.state, report.trials, report.trials_valid) == ((), "sealed", 2, 1)
    broken = read_bundle(result.bundle).trials[1]
    assert broken.reason == f"stopped by the {by}"
    assert broken.clip_started_ns is not None
    assert broken.clip_ended_ns is None


def test_ctrl_c_is_the_experimenters_stop(study_path: Path, tmp_path: Path) -> None:
    class Interrupted(VirtualScreen):
        def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
            if clip.name == "sadness.mp4":
                raise KeyboardInterrupt
            return super().play(clip, on_flip, poll)

    study, person = load(study_path)
    clock = VirtualClock()
    devices = virtual_devices(person, screen=Interrupted(person, clock), clock=clock)
    result = run(study, devices, tmp_path, person.truth())
    assert result.outcome == "stopped by experimenter"
    assert verify_bundle(result.bundle).state == "sealed"


def test_a_stop_before_the_first_clip_is_sealed_too(study_path: Path, tmp_path: Path) -> None:
    def pressed(text: str, keys: object) -> str:
        if text.startswith("# Before we begin"):
            raise StopRequested("participant")
        return pages.YES

    study, person = load(study_path)
    clock = VirtualClock()
    devices = virtual_devices(person, screen=VirtualScreen(person, clock, pressed=pressed), clock=clock)
    result = run(study, devices, tmp_path, person.truth())
    assert (result.outcome, result.trials) == ("stopped by participant", ())
    assert verify_bundle(result.bundle).problems == ()


def test_without_consent_nothing_is_written(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, pressed=lambda text, keys: pages.NO)
    with pytest.raises(ConsentDeclinedError, match="Nothing was recorded"):
        run(study, virtual_devices(person, screen=screen, clock=clock), tmp_path / "out", person.truth())
    assert not (tmp_path / "out").exists()


def test_what_is_declined_is_not_in_the_consent(study_path: Path, tmp_path: Path) -> None:
    def pressed(text: str, keys: object) -> str:
        return pages.NO if text.startswith(("# Publication", "# Training")) else pages.YES

    study, person = load(study_path)
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, pressed=pressed)
    result = run(study, virtual_devices(person, screen=screen, clock=clock), tmp_path, person.truth())
    assert read_bundle(result.bundle).header.consent.scopes == ("recording", "rating")


def test_a_recording_is_never_overwritten(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    first = run(study, virtual_devices(person), tmp_path, person.truth())
    before = (first.bundle / "seal.json").read_bytes()
    with pytest.raises(BundleExistsError, match="P01's session 1 already"):
        run(study, virtual_devices(person), tmp_path, person.truth())
    assert (first.bundle / "seal.json").read_bytes() == before


def test_a_poor_calibration_is_repeated_until_accepted(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    devices = virtual_devices(person, tracker_faults=TrackerFaults(bad_calibrations=2))
    bundle = read_bundle(run(study, devices, tmp_path, person.truth()).bundle)
    assert [event.accepted for event in bundle.journal if event.event == "calibrated"] == [False, False, True]


def test_a_camera_without_a_frame_makes_the_trial_invalid(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    slow = CameraSettings(CAMERA.width, CAMERA.height, fps=0.3)  # one frame in three seconds, and no complaint
    bundle = read_bundle(run(study, virtual_devices(person, camera=slow), tmp_path, person.truth()).bundle)
    invalid = [trial for trial in bundle.trials if not trial.valid]
    assert invalid
    for trial in invalid:
        assert trial.reason == "no data from the camera while the clip played"
        assert trial.devices == ("screen", "tracker")


def test_a_clip_of_which_too_little_was_shown_does_not_count(study_path: Path, tmp_path: Path) -> None:
    class Slow(VirtualScreen):
        def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
            return replace(super().play(clip, on_flip, poll), frames_shown=18)

    study, person = load(study_path)
    clock = VirtualClock()
    result = run(study, virtual_devices(person, screen=Slow(person, clock), clock=clock), tmp_path, person.truth())
    assert [end.valid for end in result.trials] == [False] * 3
    assert result.trials[0].reason.startswith("only 18 of the clip's 20 frames were shown")


def test_a_camera_that_fails_stops_the_session_and_the_rest_can_be_recorded_later(
    study_path: Path, tmp_path: Path
) -> None:
    study, person = load(study_path)
    failing = CameraSettings(CAMERA.width, CAMERA.height, CAMERA.fps, CameraFaults(silent_after_frames=90))
    with pytest.raises(DeviceFailedError, match=r"no more pictures after 90 frames.*duchenne collect resume"):
        run(study, virtual_devices(person, camera=failing), tmp_path, person.truth())
    folder = tmp_path / "small_P01_01"
    broken = read_bundle(folder)
    assert broken.state == "unsealed"
    assert not broken.trials[-1].valid
    left = trials_left(broken)
    assert 0 < len(left.clips) < 3
    clock = VirtualClock(start_ns=900_000_000_000)
    screen = VirtualScreen(person, clock, first_trial=left.first)
    result = resume_session(folder, virtual_devices(person, screen=screen, clock=clock))
    report = verify_bundle(folder)
    assert (report.problems, report.state, report.trials) == ((), "sealed", 3)
    assert [trial.trial for trial in result.trials] == list(range(left.first, 4))
    assert [trial.clip for trial in read_bundle(folder).trials] == list(broken.header.planned_clips)


def test_a_tracker_that_is_gone_stops_the_session_within_the_trial(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    devices = virtual_devices(person, tracker_faults=TrackerFaults(disconnect=(2, 0.5)))
    with pytest.raises(DeviceFailedError, match=r"tracker was disconnected.*What was recorded until now is kept"):
        run(study, devices, tmp_path, person.truth())
    bundle = read_bundle(tmp_path / "small_P01_01")
    assert bundle.state == "unsealed"
    assert [trial.valid for trial in bundle.trials] == [True, False]
    assert "disconnected" in bundle.trials[1].reason
    # The camera's files were closed in order although the tracker failed first.
    assert len(bundle.camera_frames()) > 0
    assert verify_bundle(bundle.folder).problems == ()


def test_a_crash_within_a_trial_is_resumed_after_it(study_path: Path, tmp_path: Path) -> None:
    """As after a power cut: the journal ends in the middle of a trial."""
    study, person = load(study_path)
    devices = virtual_devices(person, tracker_faults=TrackerFaults(disconnect=(2, 0.5)))
    with pytest.raises(DeviceFailedError):
        run(study, devices, tmp_path, person.truth())
    folder = tmp_path / "small_P01_01"
    journal = (folder / "journal.jsonl").read_text()
    (folder / "journal.jsonl").write_text(journal[: journal.index('"trial_ended","trial":2') - 20])
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, first_trial=3)
    resume_session(folder, virtual_devices(person, screen=screen, clock=clock))
    bundle = read_bundle(folder)
    assert [trial.valid for trial in bundle.trials] == [True, False, True]
    assert bundle.trials[1].reason == "the session broke off within this trial"
    assert verify_bundle(folder).problems == ()


def test_a_session_whose_last_clip_broke_off_is_sealed_without_devices(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    devices = virtual_devices(person, tracker_faults=TrackerFaults(disconnect=(3, 0.5)))
    with pytest.raises(DeviceFailedError):
        run(study, devices, tmp_path, person.truth())
    finish_session(tmp_path / "small_P01_01", VirtualClock())
    report = verify_bundle(tmp_path / "small_P01_01")
    assert (report.problems, report.state, report.trials_valid) == ((), "sealed", 2)


def test_a_sealed_session_is_not_gone_on_with(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    result = run(study, virtual_devices(person), tmp_path, person.truth())
    with pytest.raises(ResumeRefusedError, match=r"is sealed\. Start the participant's next session"):
        resume_session(result.bundle, virtual_devices(person))

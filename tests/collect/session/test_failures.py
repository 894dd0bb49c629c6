"""What breaks is told at once to everybody in the room, and leaves a session that can be gone on with."""

import itertools
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from collect.bundle.errors import BundleWriteError
from collect.bundle.reader import read_bundle
from collect.bundle.tracker_faults import TrackerFaults
from collect.bundle.verify import verify_bundle
from collect.devices.camera.simulated_camera import CameraFaults, CameraSettings
from collect.session.devices import Devices
from collect.session.errors import DeviceFailedError
from collect.session.resume import finish_session, needs_no_device, readable_for_resume, resume_session
from collect.session.run import SessionResult, run_session
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import LoadedStudy
from tests.collect.session.scripted_operator import ScriptedOperator
from tests.collect.session.small_study import CAMERA, load, virtual_devices, write_study


@pytest.fixture(scope="module")
def study_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


class Room:
    """A session in a virtual room, with what its pages said."""

    def __init__(
        self,
        study_path: Path,
        *,
        tracker_faults: TrackerFaults | None = None,
        camera_faults: CameraFaults | None = None,
    ) -> None:
        self.study: LoadedStudy
        self.study, self.person = load(study_path)
        self.operator = ScriptedOperator()
        self.headings: list[str] = []
        self._tracker_faults = tracker_faults or TrackerFaults()
        self._camera = CameraSettings(CAMERA.width, CAMERA.height, CAMERA.fps, camera_faults or CameraFaults())

    def devices(self, first_trial: int = 1) -> Devices:
        clock = VirtualClock()
        screen = VirtualScreen(self.person, clock, first_trial=first_trial, pressed=self._pressed)
        return virtual_devices(
            self.person, screen=screen, clock=clock, camera=self._camera, tracker_faults=self._tracker_faults
        )

    def run(self, destination: Path) -> SessionResult:
        return run_session(
            self.study, "P01", 1, self.devices(), destination, "simulated", self.person.truth(), operator=self.operator
        )

    def _pressed(self, text: str, keys: Sequence[str]) -> str:
        self.headings.append(text.split("\n")[0])
        return keys[0]


def resumed(study_path: Path, folder: Path) -> None:
    """With devices that work; the session comes to its end and is whole."""
    bundle = readable_for_resume(folder)
    begun = max((trial.number for trial in bundle.trials), default=0)
    if needs_no_device(bundle):
        finish_session(folder, VirtualClock())
    else:
        resume_session(folder, Room(study_path).devices(begun + 1))
    report = verify_bundle(folder)
    assert (report.problems, report.state) == ((), "sealed")
    assert [trial.clip for trial in read_bundle(folder).trials] == list(bundle.header.planned_clips)


def test_an_unplugged_camera_is_told_within_the_clip(study_path: Path, tmp_path: Path) -> None:
    room = Room(study_path, camera_faults=CameraFaults(silent_after_frames=100))
    with pytest.raises(DeviceFailedError, match=r"no more pictures after 100 frames.*duchenne collect resume"):
        room.run(tmp_path)
    folder = tmp_path / "small_P01_01"
    bundle = read_bundle(folder)
    broken = bundle.trials[-1]
    flips = bundle.flips_of(broken)
    # Not after the clip, and not after the questions: four looks a second see it.
    assert broken.self_report is None
    assert len(flips) == 0 or flips["flip_ns"][-1] <= bundle.camera_frames()["host_ns"][-1] + 500_000_000
    assert room.headings[-1] == "# Please wait a moment"
    assert room.operator.shown[-1].state == "failed"
    assert "no more pictures" in room.operator.shown[-1].warning
    assert verify_bundle(folder).problems == ()
    resumed(study_path, folder)


def test_a_camera_that_limps_is_told_once_and_filmed_on(
    study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(study_path)
    devices, looks = room.devices(), itertools.count(1)
    plain = devices.camera.status
    monkeypatch.setattr(
        devices.camera, "status", lambda: replace(plain(), warning=f"only {next(looks) / 10} pictures a second")
    )
    run_session(room.study, "P01", 1, devices, tmp_path, "simulated", room.person.truth(), operator=room.operator)
    bundle = read_bundle(tmp_path / "small_P01_01")
    told = [event.text for event in bundle.journal if event.event == "warned" and "pictures a second" in event.text]
    assert len(told) == 1
    assert told[0] in {status.warning for status in room.operator.shown}
    assert all(trial.valid for trial in bundle.trials)


def test_a_tracker_that_is_gone_is_told_to_both(study_path: Path, tmp_path: Path) -> None:
    room = Room(study_path, tracker_faults=TrackerFaults(disconnect=(2, 0.5)))
    with pytest.raises(DeviceFailedError, match=r"tracker was disconnected.*duchenne collect resume"):
        room.run(tmp_path)
    assert room.headings[-1] == "# Please wait a moment"
    assert "disconnected" in room.operator.shown[-1].warning
    resumed(study_path, tmp_path / "small_P01_01")


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system refuses to let any file grow beyond so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_what_was_written_is_gone_on_with(study_path: Path, tmp_path: Path) -> None:
    room = Room(study_path)
    refused = pytest.raises((BundleWriteError, DeviceFailedError), match=r"did not take.*collect resume")
    with files_up_to(60_000), refused:
        room.run(tmp_path)
    folder = tmp_path / "small_P01_01"
    assert room.headings[-1] == "# Please wait a moment"
    assert room.operator.shown[-1].state == "failed"
    assert "did not take" in room.operator.shown[-1].warning
    report = verify_bundle(folder)
    assert (report.problems, report.state) == ((), "unsealed")
    resumed(study_path, folder)


def test_a_file_that_stayed_on_the_trackers_host_can_be_brought_before_sealing(
    study_path: Path, tmp_path: Path
) -> None:
    room = Room(study_path, tracker_faults=TrackerFaults(failing_transfer=True))
    with pytest.raises(DeviceFailedError, match=r"SIMULATE\.EDF.*Then seal it"):
        room.run(tmp_path)
    folder = tmp_path / "small_P01_01"
    bundle = readable_for_resume(folder)
    assert (bundle.outcome, needs_no_device(bundle)) == ("completed", True)
    (folder / "gaze" / "original.edf").write_bytes(b"brought by hand")
    result = finish_session(folder, VirtualClock())
    report = verify_bundle(folder)
    assert (result.outcome, report.problems, report.state, report.trials_valid) == ("completed", (), "sealed", 3)
    assert [event.event for event in read_bundle(folder).journal].count("session_ended") == 1


def test_a_file_that_stayed_on_the_host_when_the_camera_failed_is_named_in_the_journal(
    study_path: Path, tmp_path: Path
) -> None:
    room = Room(
        study_path,
        camera_faults=CameraFaults(silent_after_frames=100),
        tracker_faults=TrackerFaults(failing_transfer=True),
    )
    with pytest.raises(DeviceFailedError, match=r"no more pictures.*Besides: .*SIMULATE\.EDF"):
        room.run(tmp_path)
    told = [event.text for event in read_bundle(tmp_path / "small_P01_01").journal if event.event == "warned"]
    assert ["SIMULATE.EDF" in text for text in told] == [False, True]
    assert "no more pictures" in room.operator.shown[-1].warning


def test_a_session_that_was_stopped_but_not_sealed_is_only_sealed(study_path: Path, tmp_path: Path) -> None:
    """Killed between its last line and its seal: whoever stopped it does not see more clips."""
    room = Room(study_path)
    result = room.run(tmp_path)
    (result.bundle / "seal.json").unlink()
    journal = result.bundle / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"completed"', '"stopped by participant"'))
    bundle = readable_for_resume(result.bundle)
    assert needs_no_device(bundle)
    assert finish_session(result.bundle, VirtualClock()).outcome == "stopped by participant"

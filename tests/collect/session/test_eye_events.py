"""A session whose tracker tells no eye events has them all the same when it is sealed, or says why not."""

import gzip
import json
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from collect.bids.export import write_bids
from collect.bundle.format import EyeEventsFound, Warned
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.rows import event_line
from collect.bundle.tracker_faults import TrackerFaults
from collect.bundle.verify import verify_bundle
from collect.bundle.writer import _put_behind
from collect.devices.protocols import EyeEvent, GazeBatch
from collect.devices.tracker.simulated_tracker import SimulatedTracker
from collect.gaze.events.search import EventSearch
from collect.report.writing import write_report
from collect.session.devices import Devices
from collect.session.errors import DeviceFailedError
from collect.session.resume import finish_session, needs_no_device, resume_session
from collect.session.run import SessionResult, run_session
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import LoadedStudy
from tests.collect.session.scripted_operator import ScriptedOperator
from tests.collect.session.small_study import NO_FAULTS, load, virtual_devices, write_study
from tests.collect.session.test_failures import files_up_to

SEALED_WITHOUT = "The recording is whole, but it was sealed without fixations, saccades and blinks."


class Silent(SimulatedTracker):
    """Gives samples and no eye events, as a stream does."""

    def poll(self) -> GazeBatch:
        batch = super().poll()
        return GazeBatch(batch.samples, (), batch.clock)


class Lab:
    """Virtual devices around a silent tracker, with what everybody saw."""

    def __init__(self, study_path: Path, *, rate_hz: int = 250, operator: ScriptedOperator | None = None) -> None:
        self.study: LoadedStudy
        self.person: SimulatedParticipant
        self.study, self.person = load(study_path)
        self.operator = operator or ScriptedOperator()
        self.headings: list[str] = []
        self._rate_hz = rate_hz

    def devices(self, first_trial: int = 1, faults: TrackerFaults = NO_FAULTS) -> Devices:
        clock = VirtualClock()
        screen = VirtualScreen(self.person, clock, first_trial=first_trial, pressed=self._pressed)
        devices = virtual_devices(self.person, screen=screen, clock=clock)
        return replace(devices, tracker=Silent(self.person, clock, rate_hz=self._rate_hz, faults=faults))

    def _pressed(self, text: str, keys: Sequence[str]) -> str:
        self.headings.append(text.split("\n")[0])
        return keys[0]

    def run(self, destination: Path, faults: TrackerFaults = NO_FAULTS) -> SessionResult:
        return run_session(
            self.study, "P01", 1, self.devices(faults=faults), destination, "simulated", self.person.truth(),
            operator=self.operator,
        )  # fmt: skip


@pytest.fixture(scope="module")
def study_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), seconds=2.0)


@pytest.fixture(scope="module")
def recorded(study_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path]:
    lab = Lab(study_path)
    result = lab.run(tmp_path_factory.mktemp("recorded"))
    assert result.notes == ()
    return lab, result.bundle


def marks(bundle: Bundle) -> list[EyeEventsFound]:
    return [event for event in bundle.journal if isinstance(event, EyeEventsFound)]


def each_fixation_lies_on_its_samples(bundle: Bundle) -> None:
    """The events of a trial are where its own samples are: nothing was taken from another part of the session."""
    for trial in bundle.trials:
        if not trial.valid:
            continue
        samples, events = bundle.samples_of(trial), bundle.eye_events_of(trial)
        fixations = events[(events["kind"] == "fixation") & (events["eye"] == "L")]
        assert len(fixations)
        for one in fixations:
            around = (samples["host_ns"] >= one["start_host_ns"]) & (samples["host_ns"] <= one["end_host_ns"])
            assert abs(np.nanmedian(samples["left_x"][around]) - one["x"]) < 25


def test_events_are_found_before_the_seal_and_say_by_whom(recorded: tuple[Lab, Path]) -> None:
    lab, folder = recorded
    assert verify_bundle(folder).problems == ()
    bundle = read_bundle(folder)
    events = bundle.eye_events()
    (mark,) = marks(bundle)
    assert mark.source.startswith("REMoDNaV 1.")
    assert set(events["source"]) == {mark.source}
    assert mark.lines == (len(events),)
    assert set(events["eye"]) == {"L", "R"}
    assert [event.event for event in bundle.journal][-2:] == ["session_ended", "eye_events_found"]
    each_fixation_lies_on_its_samples(bundle)
    assert lab.headings.count("# One moment, please") >= 1
    assert [state for state in lab.operator.states if state.startswith("looking for eye events in the gaze, ")]


def test_report_and_data_set_name_who_found_them(recorded: tuple[Lab, Path], tmp_path: Path) -> None:
    _, folder = recorded
    bundle = read_bundle(folder)
    source, count = marks(bundle)[0].source, len(bundle.eye_events())
    report = write_report(folder)
    assert report.quality.eye_events == {source: count}
    assert {one.gaze.blinks_from for one in report.quality.presentations if one.gaze} == {"samples"}
    assert f"Fixations, saccades and blinks: {count} found in the samples by {source}." in report.page.read_text()
    write_bids(tmp_path / "set", [folder])
    (sidecar,) = (tmp_path / "set").rglob("*_recording-eye1_physioevents.json")
    said = json.loads(sidecar.read_text())["source"]["Levels"]
    assert "The algorithm" in said[source]
    assert "tracker" not in said
    table = gzip.decompress(sidecar.with_suffix(".tsv.gz").read_bytes()).decode("utf-8")
    assert table.count(source) == (bundle.eye_events()["eye"] == "L").sum()


def test_a_tracker_that_tells_them_is_never_mixed_with_others(study_path: Path, tmp_path: Path) -> None:
    study, person = load(study_path)
    result = run_session(study, "P01", 1, virtual_devices(person), tmp_path, "simulated", person.truth())
    bundle = read_bundle(result.bundle)
    assert set(bundle.eye_events()["source"]) == {"tracker"}
    assert marks(bundle) == []


def test_after_a_crash_and_a_restart_each_part_has_its_own(study_path: Path, tmp_path: Path) -> None:
    """The machine's clock begins anew, so that both parts have the same times."""
    lab = Lab(study_path)
    with pytest.raises(DeviceFailedError):
        lab.run(tmp_path, TrackerFaults(disconnect=(2, 1.0)))
    folder = tmp_path / "small_P01_01"
    assert len(read_bundle(folder).eye_events()) == 0
    resume_session(folder, lab.devices(first_trial=3))
    assert verify_bundle(folder).problems == ()
    bundle = read_bundle(folder)
    assert [trial.part for trial in bundle.trials] == [0, 0, 1]
    assert [trial.valid for trial in bundle.trials] == [True, False, True]
    (mark,) = marks(bundle)
    assert len(mark.lines) == 2
    assert min(mark.lines) > 0
    each_fixation_lies_on_its_samples(bundle)


def test_a_search_that_broke_off_is_done_again_and_a_done_one_is_not(
    recorded: tuple[Lab, Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(recorded[1], tmp_path / "bundle"))
    whole = read_bundle(folder).eye_events()
    events, journal = folder / "gaze/events.csv", folder / "journal.jsonl"
    # The power went while the lines were being written: some are there, and the journal does not know of them.
    (folder / "seal.json").unlink()
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if "eye_events_found" not in line))
    events.write_text("".join(events.read_text().splitlines(keepends=True)[:4]) + "fixation,L,12")
    assert needs_no_device(read_bundle(folder))
    operator = ScriptedOperator()
    assert finish_session(folder, VirtualClock(), operator=operator).notes == ()
    assert verify_bundle(folder).problems == ()
    assert operator.states[0].startswith("looking for eye events in the gaze, ")
    bundle = read_bundle(folder)
    assert bundle.eye_events().tobytes() == whole.tobytes()
    each_fixation_lies_on_its_samples(bundle)
    # The power went between the search and the seal.
    (folder / "seal.json").unlink()
    finish_session(folder, VirtualClock())
    bundle = read_bundle(folder)
    assert len(marks(bundle)) == 1
    assert bundle.eye_events().tobytes() == whole.tobytes()
    each_fixation_lies_on_its_samples(bundle)


def killed(_pipe: Connection, _folder: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def endless(pipe: Connection, _folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.recv_bytes()


def told_without_events(lab: Lab, result: SessionResult) -> str:
    """Sealed, whole, and told to everybody; returns what was told."""
    assert verify_bundle(result.bundle).problems == ()
    bundle = read_bundle(result.bundle)
    assert (bundle.state, bundle.outcome, len(bundle.eye_events())) == ("sealed", "completed", 0)
    assert all(trial.valid for trial in bundle.trials)
    (note,) = result.notes
    assert note.endswith(SEALED_WITHOUT)
    assert [event.text for event in bundle.journal if isinstance(event, Warned)] == [note]
    assert lab.operator.shown[-1].warning == note
    assert lab.headings[-1] == "# Thank you"
    return note


def test_a_tracker_that_is_too_slow_is_told(study_path: Path, tmp_path: Path) -> None:
    lab = Lab(study_path, rate_hz=40)
    assert "cannot be found at 40 samples a second" in told_without_events(lab, lab.run(tmp_path))


def test_a_search_that_dies_costs_no_session(study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collect.gaze.events.search.search", killed)
    lab = Lab(study_path)
    result = lab.run(tmp_path)
    assert "died (exit code -9)" in told_without_events(lab, result)


def test_the_experimenter_need_not_wait(study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collect.gaze.events.search.search", endless)
    lab = Lab(study_path, operator=ScriptedOperator({"stop": lambda status: status.state.startswith("looking for")}))
    assert "was left off, as you asked" in told_without_events(lab, lab.run(tmp_path))


def test_ctrl_c_ends_the_waiting_and_not_the_session(
    study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_finished(_search: EventSearch, _wait_s: float) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return False

    monkeypatch.setattr("collect.gaze.events.search.search", endless)
    monkeypatch.setattr("collect.session.eye_events.EventSearch.finished", not_finished)
    lab = Lab(study_path)
    assert "was left off, as you asked" in told_without_events(lab, lab.run(tmp_path))


def test_a_disk_that_refuses_the_events_costs_no_session(
    study_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _head: int, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("collect.bundle.writer._put_behind", full)
    lab = Lab(study_path)
    assert "No space left on device" in told_without_events(lab, lab.run(tmp_path))


def test_half_the_events_are_none(tmp_path: Path) -> None:
    """The real refusal of a real file: what was there before is there, and nothing else."""
    path = tmp_path / "events.csv"
    path.write_bytes(b"head\n")
    nan = float("nan")
    line = event_line(EyeEvent("blink", "L", 1, 2, nan, nan, nan, nan, nan, nan, nan, "tracker"))
    with files_up_to(4096), pytest.raises(OSError, match="too large"):
        _put_behind(path, 5, 1000 * line.encode())
    assert path.read_bytes() == b"head\n"

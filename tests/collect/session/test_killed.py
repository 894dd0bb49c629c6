"""A session whose process is killed at any moment leaves a bundle that verifies, and goes on with the next clip."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.session.resume import needs_no_device, readable_for_resume, resume_session, trials_left
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.session.small_study import load, virtual_devices, write_study

ROOT = Path(__file__).parents[3]


def killed_at(place: Path, moment: str, number: int = signal.SIGKILL) -> subprocess.Popen[str]:
    """Starts a session in real time and sends it the signal as soon as it tells that the moment has come."""
    command = [sys.executable, "-m", "tests.collect.session.real_time_session", "run", str(place), moment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == moment
        os.kill(process.pid, number)
        process.stdout.read()  # ends with the last process that writes there
    return process


@pytest.mark.parametrize("moment", ["clip", "question"])
def test_a_killed_session_verifies_and_goes_on(tmp_path: Path, moment: str) -> None:
    study_path = write_study(tmp_path / "study", self_report=["seven"])
    process = killed_at(tmp_path, moment)
    assert process.returncode == -signal.SIGKILL
    folder = tmp_path / "small_P01_01"
    report = verify_bundle(folder)
    assert (report.problems, report.state) == ((), "unsealed")
    bundle = readable_for_resume(folder)
    left = trials_left(bundle)
    assert left.first == 3
    if moment == "question":
        clip = bundle.trials[1]
        assert len(bundle.flips_of(clip)) == clip.frames_shown == 20
        assert len(bundle.samples_of(clip)) > 200
    assert not needs_no_device(bundle)
    _, person = load(study_path)
    clock = VirtualClock(bundle.header.created_ns + 600_000_000_000)
    screen = VirtualScreen(person, clock, first_trial=left.first)
    resume_session(folder, virtual_devices(person, screen=screen, clock=clock))
    report = verify_bundle(folder)
    assert (report.problems, report.state, report.trials) == ((), "sealed", 3)
    trials = read_bundle(folder).trials
    assert [trial.clip for trial in trials] == list(bundle.header.planned_clips)
    assert [trial.valid for trial in trials] == [True, False, True]


def test_a_closed_terminal_seals_what_there_is(tmp_path: Path) -> None:
    write_study(tmp_path / "study", self_report=["seven"])
    process = killed_at(tmp_path, "clip", signal.SIGHUP)
    assert process.returncode == 0
    report = verify_bundle(tmp_path / "small_P01_01")
    assert (report.problems, report.state, report.trials) == ((), "sealed", 2)
    bundle = read_bundle(tmp_path / "small_P01_01")
    assert bundle.outcome == "stopped by experimenter"
    assert bundle.trials[1].reason == "stopped by the experimenter"

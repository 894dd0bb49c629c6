"""A session through a real PsychoPy window under Xvfb, answered by real keys from another process."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.devices.errors import ScreenUnavailableError, SoundUnavailableError
from collect.devices.host_clock import HostClock
from collect.devices.screen.clip_sound import sound_device_exists
from collect.devices.screen.psychopy_screen import PsychopyScreen
from collect.session.open_devices import resume_study, run_study
from collect.session.trial import LEAST_SHOWN
from tests.collect.session.small_study import load, write_study

# A window, its renderer and PsychoPy's own state are one a process: each session runs in a fresh one.
RUN = """
import sys
from pathlib import Path
from collect.session.open_devices import run_study
study, destination, pictures = map(Path, sys.argv[1:4])
run_study(study, "P01", 1, destination, simulate=True, picture_folder=pictures, seed=7)
"""


@pytest.fixture
def without_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)


@pytest.mark.display
def test_a_simulated_session_is_shown_answered_and_sealed(tmp_path: Path) -> None:
    study_path = write_study(tmp_path / "study", clips=1, seconds=2.0)
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(study_path), str(tmp_path), str(tmp_path / "pictures")],
        env={**environment, "HOME": str(home)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""  # nothing of PsychoPy's talk reaches the experimenter
    report = verify_bundle(tmp_path / "small_P01_01")
    assert (report.problems, report.state, report.trials) == ((), "sealed", 1)
    bundle = read_bundle(tmp_path / "small_P01_01")
    _, person = load(study_path)
    trial = bundle.trials[0]
    assert bundle.header.origin == "simulated"
    assert bundle.header.screen.vsync is False
    assert trial.frames_in_clip == 40
    assert trial.frames_shown == len(bundle.flips_of(trial)) > 0
    assert trial.devices == ("screen", "tracker", "camera")
    assert trial.valid == (trial.frames_shown >= LEAST_SHOWN * 40)  # how many it can show is the machine's affair
    assert trial.self_report is not None
    assert trial.self_report.seven == person.answer(1, "seven").choice
    assert trial.self_report.three == person.answer(1, "three").choice
    assert trial.self_report.valence_step == person.answer(1, "valence").step
    assert trial.self_report.arousal_step == person.answer(1, "arousal").step
    mute = "The clips have sound, but this machine has no sound output: they were played mute."
    warned = [event.text for event in bundle.journal if event.event == "warned"]
    assert warned == ([] if sound_device_exists() else [mute])
    pictures = {path.stem: Image.open(path).convert("L") for path in (tmp_path / "pictures").iterdir()}
    assert {"text-1", "fixation", "clip", "seven", "three", "valence", "arousal"} <= set(pictures)
    for name, picture in pictures.items():
        assert picture.size == (640, 360)
        shades = np.asarray(picture)
        assert shades.min() < shades.max() or name == "clip"


@pytest.mark.usefixtures("without_display")
def test_without_a_display_a_real_session_says_what_to_do(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", clips=1, tracker={"kind": "eyelink", "address": "tracker.invalid"})
    with pytest.raises(ScreenUnavailableError, match=r"DISPLAY is not set.*--simulate"):
        run_study(study, "P01", 1, tmp_path)
    assert not (tmp_path / "small_P01_01").exists()


def test_a_study_that_needs_sound_is_refused_on_a_mute_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collect.devices.screen.psychopy_screen.sound_device_exists", lambda: False)
    with pytest.raises(SoundUnavailableError, match=r"no sound output.*say in the study"):
        PsychopyScreen(640, 360, HostClock(), needs_sound=True).open()


def test_resuming_what_is_no_bundle_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"there is no such folder"):
        resume_study(tmp_path / "nothing")

"""From a study to its devices, without opening any of them."""

from pathlib import Path
from typing import Any

import pytest

from collect.bundle.reader import read_bundle
from collect.bundle.tracker_faults import TrackerFaults
from collect.devices.host_clock import HostClock
from collect.devices.screen.psychopy_screen import PsychopyScreen
from collect.devices.tracker.eyelink_tracker import EyeLink1000
from collect.devices.tracker.lsl_tracker import LSLEyeTracker
from collect.devices.tracker.mouse_tracker import MouseGaze
from collect.session import open_devices
from collect.session.errors import DeviceFailedError
from collect.session.open_devices import record_virtually
from tests.collect.session.small_study import load, write_study

SCREEN = {"width_px": 640, "height_px": 360, "fullscreen": False, "width_cm": 50, "distance_cm": 60}


@pytest.mark.parametrize(
    ("tracker", "kind", "origin"),
    [
        ({"kind": "eyelink", "address": "tracker.invalid"}, EyeLink1000, "real"),
        ({"kind": "lsl", "stream": "Gaze", "rate_hz": 120}, LSLEyeTracker, "real"),
        ({"kind": "mouse"}, MouseGaze, "simulated"),
    ],
)
def test_a_study_gets_the_tracker_it_names(tmp_path: Path, tracker: dict[str, Any], kind: type, origin: str) -> None:
    study, _ = load(write_study(tmp_path, tracker=tracker, camera={"kind": "opencv"}, screen=SCREEN))
    clock = HostClock()
    screen = PsychopyScreen(640, 360, clock)
    chosen = open_devices._tracker(study.study, None, clock, screen)
    assert isinstance(chosen, kind)
    assert open_devices._origin(study.study) == origin
    truth = open_devices._truth(study.study, None)
    assert (truth is None) == (origin == "real")
    assert truth is None or "mouse" in truth.note


@pytest.mark.parametrize("tracker", [{"kind": "mouse"}, {"kind": "lsl", "stream": "Gaze", "rate_hz": 119.7}])
def test_any_study_can_be_simulated(tmp_path: Path, tracker: dict[str, Any]) -> None:
    study = write_study(tmp_path / "study", clips=1, tracker=tracker, screen=SCREEN, self_report=["seven"])
    bundle = read_bundle(record_virtually(study, "P01", tmp_path).bundle)
    assert (bundle.header.origin, bundle.header.tracker.kind, len(bundle.trials)) == ("simulated", "simulated", 1)


def test_the_faults_that_a_study_names_come_true(tmp_path: Path) -> None:
    faults = {"disconnect": [1, 0.5]}
    study = write_study(tmp_path / "study", clips=1, tracker={"kind": "simulated", "faults": faults})
    with pytest.raises(DeviceFailedError, match="disconnected"):
        record_virtually(study, "P01", tmp_path)
    result = record_virtually(study, "P02", tmp_path, tracker_faults=TrackerFaults())
    assert result.outcome == "completed"

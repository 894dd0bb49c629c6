"""A whole session in real time with a tracker that streams: what a lab without an EyeLink gets."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.reader import read_bundle
from collect.bundle.study_devices import LSLTracker
from collect.bundle.verify import verify_bundle
from collect.clock_mapping.mapping import clock_mapping
from collect.devices.camera.simulated_camera import SimulatedCamera
from collect.devices.host_clock import HostClock
from collect.devices.tracker.lsl_tracker import LSLEyeTracker
from collect.session.devices import Devices
from collect.session.run import run_session
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.session.small_study import CAMERA, load, write_study

SCREEN = ScreenInfo(width_px=640, height_px=360, width_cm=50.0, distance_cm=60.0)
RATE_HZ = 120.0
pytestmark = pytest.mark.usefixtures("loopback_streams")


class LookedAt:
    """The participant's screen, as far as targets go: the eye on loopback follows them."""

    def __init__(self, eye: "subprocess.Popen[str]") -> None:
        self._eye = eye

    def show_target(self, x_px: float, y_px: float) -> None:
        assert self._eye.stdin is not None
        self._eye.stdin.write(f"{x_px} {y_px}\n")
        self._eye.stdin.flush()

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]:
        return []


@pytest.fixture
def eye() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, str(Path(__file__).with_name("looking_outlet.py")), "eyes", str(RATE_HZ)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate()


def test_a_session_with_a_streaming_tracker(eye: "subprocess.Popen[str]", tmp_path: Path) -> None:
    stream = {"kind": "lsl", "stream": "eyes", "rate_hz": RATE_HZ}
    consent = {"text": "We film your face.", "offered": []}
    study, person = load(
        write_study(tmp_path / "study", clips=1, tracker=stream, consent=consent, self_report=["valence"])
    )
    clock = HostClock()
    settings = LSLTracker(kind="lsl", stream="eyes", rate_hz=RATE_HZ)
    tracker = LSLEyeTracker(settings, SCREEN, clock, LookedAt(eye), CalibrationLimits())
    devices = Devices(VirtualScreen(person, clock), tracker, SimulatedCamera(person, CAMERA), clock)
    result = run_session(study, "P01", 1, devices, tmp_path, "simulated", person.truth())

    assert verify_bundle(result.bundle).problems == ()
    bundle = read_bundle(result.bundle)
    (trial,) = bundle.trials
    assert trial.valid, trial.reason
    assert set(trial.devices) == {"screen", "tracker", "camera"}
    (calibrated,) = [event for event in bundle.journal if event.event == "calibrated"]
    assert calibrated.accepted
    # The right eye looks 4 px beside: 4 px of 640 over 50 cm at 60 cm.
    assert calibrated.max_error_deg == pytest.approx(0.30, abs=0.03)
    assert len(calibrated.points) == 18
    samples = bundle.samples_of(trial)
    assert abs(len(samples) - RATE_HZ * 1.0) <= 0.1 * RATE_HZ  # the clip lasts a second
    assert np.all(np.diff(samples["host_ns"]) > 0)
    readings = bundle.clock_readings()
    mapping = clock_mapping(readings["host_ns"], readings["device_ms"], readings["uncertainty_ns"])
    assert mapping is not None
    assert mapping.residual_median_ms < 5
    # The stream told no eye events: they were found in its samples, and the eye that never moved has rested.
    assert result.notes == ()
    events = bundle.eye_events_of(trial)
    assert set(events["kind"]) == {"fixation"}
    assert set(events["eye"]) == {"L", "R"}
    assert all(source.startswith("REMoDNaV ") for source in events["source"])

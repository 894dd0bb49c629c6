"""A live stream from another process, on loopback: every sample once, in order, at its time; what is said if not."""

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import LSLTracker
from collect.devices.errors import ScreenSizeUnknownError, TrackerUnavailableError
from collect.devices.host_clock import HostClock
from collect.devices.protocols import ClockReading, GazeSample, Tracker
from collect.devices.tracker.lsl_channels import GAZE_FIELDS, gaze_channels
from collect.devices.tracker.lsl_tracker import LSLEyeTracker

SCREEN = ScreenInfo(width_px=1000, height_px=500, width_cm=50.0, distance_cm=60.0)
CHANNELS: dict[str, int | str] = {"right_x": "rx", "right_y": 4, "right_pupil": "RP"}
OUTLET = Path(__file__).with_name("lsl_outlet.py")
Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.usefixtures("loopback_streams")


class Graphics:
    def __init__(self) -> None:
        self.targets: list[tuple[float, float]] = []

    def show_target(self, x_px: float, y_px: float) -> None:
        self.targets.append((x_px, y_px))

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]:
        return []


@pytest.fixture
def outlet() -> Iterator[Start]:
    """Starts streams, and ends them."""
    running: list[subprocess.Popen[str]] = []

    def start(
        name: str = "eyes", source: str = "one", rate_hz: float = 200, samples: int = 200
    ) -> "subprocess.Popen[str]":
        command = [sys.executable, str(OUTLET), name, source, str(rate_hz), str(samples)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def tracker(find_s: float = 10.0, screen: ScreenInfo = SCREEN, **changes: object) -> LSLEyeTracker:
    said = {"kind": "lsl", "stream": "eyes", "rate_hz": 200, "channels": CHANNELS, **changes}
    settings = LSLTracker.model_validate(said)
    return LSLEyeTracker(settings, screen, HostClock(), Graphics(), CalibrationLimits(), find_s)


def poll_for_ever(device: LSLEyeTracker) -> None:
    while True:
        device.poll()


def test_every_sample_of_a_live_stream_arrives_once_in_order_at_its_time(outlet: Start) -> None:
    sender = outlet(samples=200)
    device = tracker()
    protocol: Tracker = device
    protocol.open()
    assert device.info.model == "eyes (one)"
    assert not device.info.simulated
    device.start(1, "fear")
    before_ns = HostClock().now_ns()
    go(sender)
    samples: list[GazeSample] = []
    readings: list[ClockReading] = []
    while len(samples) < 150:
        HostClock().wait_until(HostClock().now_ns() + 10_000_000)
        batch = device.poll()
        samples += batch.samples
        readings += batch.clock
        assert not batch.events
    assert sender.stdout is not None
    assert sender.stdout.readline() == "sent\n"
    device.stop()
    samples += device.poll().samples
    assert not device.poll().samples
    assert protocol.close(None) is None

    assert [sample.left_x for sample in samples] == [float(n) for n in range(200)]
    assert [sample.left_y for sample in samples] == [n / 2 for n in range(200)]
    assert {sample.left_pupil for sample in samples} == {3.0}
    assert [n for n, sample in enumerate(samples) if math.isnan(sample.right_x)] == list(range(0, 200, 5))
    assert samples[7].right_x == 17.0
    assert all(before_ns < sample.host_ns for sample in samples)
    # The sender stamps with this machine's own clock, so that the true host time of each sample is known.
    wrong_ms = np.array([sample.host_ns / 1e6 - sample.device_ms for sample in samples])
    assert np.abs(wrong_ms).max() < 2
    assert readings
    assert all(reading.uncertainty_ns > 0 for reading in readings)
    assert all(abs(reading.host_ns / 1e6 - reading.device_ms) < 2 for reading in readings)


def test_a_stream_that_breaks_off_is_told_in_words(outlet: Start) -> None:
    sender = outlet(samples=10_000)
    device = tracker()
    device.open()
    device.start(1, "fear")
    go(sender)
    while not device.poll().samples:
        pass
    sender.kill()
    with pytest.raises(TrackerUnavailableError, match=r"The stream 'eyes' broke off.*Start the program again.*resume"):
        poll_for_ever(device)
    device.close(None)
    device.close(None)


def test_a_stream_that_is_not_there_is_told_with_those_that_are(outlet: Start) -> None:
    outlet(name="other eyes", source="two")
    with pytest.raises(
        TrackerUnavailableError, match=r"no stream named 'eyes'.*'other eyes' \(source 'two'\).*'tracker"
    ):
        tracker(find_s=0.3).open()


def test_of_two_streams_with_one_name_the_study_must_choose(outlet: Start) -> None:
    outlet(source="one")
    outlet(source="two")
    with pytest.raises(TrackerUnavailableError, match=r"2 streams named 'eyes' .*'tracker\.source_id'"):
        tracker().open()
    chosen = tracker(source_id="two")
    chosen.open()
    assert chosen.info.model == "eyes (two)"
    chosen.close(None)


def test_another_rate_than_the_studys_is_told(outlet: Start) -> None:
    outlet(rate_hz=60)
    with pytest.raises(TrackerUnavailableError, match=r"gives 60 samples a second; the study says 200"):
        tracker().open()


def test_a_study_without_the_screens_size_is_told_before_anything_is_looked_for() -> None:
    with pytest.raises(ScreenSizeUnknownError, match=r"'screen\.width_cm' and 'screen\.distance_cm'"):
        tracker(screen=ScreenInfo(width_px=1000, height_px=500)).open()


def test_channels_are_named_by_label_or_number_and_brought_to_pixels() -> None:
    settings = LSLTracker.model_validate(
        {
            "kind": "lsl", "stream": "eyes", "rate_hz": 60, "eyes": "L", "unit": "normalised",
            "channels": {"left_x": 2, "left_y": "gaze y"},
        }
    )  # fmt: skip
    chunk = np.array([[7, 0.5, 0.25, 4.0], [7, np.inf, np.nan, 4.0]], np.float32)
    gaze = gaze_channels(settings, SCREEN, ["t", "Gaze Y", "gaze x", "left_pupil"], 4).gaze(chunk)
    assert gaze.shape == (2, len(GAZE_FIELDS))
    assert gaze[0, :3].tolist() == [250.0, 250.0, 4.0]
    assert np.isnan(gaze[0, 3:]).all()
    assert np.isnan(gaze[1, :2]).all()


@pytest.mark.parametrize(
    ("channels", "complaint"),
    [
        ({"left_x": "eye x"}, r"'tracker\.channels\.left_x' names channel 'eye x'.*0 'a', 1 'b'"),
        ({"left_x": 2}, r"'tracker\.channels\.left_x' names channel 2"),
        ({"left_x": 0}, r"does not say which channel of the stream 'eyes' is left_y"),
    ],
)
def test_channels_that_are_not_there_are_told_with_those_that_are(channels: dict[str, object], complaint: str) -> None:
    settings = LSLTracker.model_validate({"kind": "lsl", "stream": "eyes", "rate_hz": 60, "channels": channels})
    with pytest.raises(TrackerUnavailableError, match=complaint):
        gaze_channels(settings, SCREEN, ["a", "b"], 2)

"""Lab Streaming Layer on loopback: how far host times of samples are from the truth, ours against the library's own.

Sender and reader are two processes of one machine. The sender stamps each sample with the machine's monotonic clock,
which the reader has as well, so that the true host time of each sample is known. The library's own way is its time
stamp plus the time correction that it tells when the sample is read.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import LSLTracker
from collect.clock_mapping.mapping import mapping_of_readings
from collect.devices.host_clock import HostClock
from collect.devices.protocols import ClockReading, GazeSample
from collect.devices.tracker.lsl_tracker import LSLEyeTracker
from tests.bench.figure import Figure
from tests.bench.skipped import Skipped
from tests.collect.conftest import LOOPBACK_ONLY

TITLE = "clock of a gaze stream on loopback"
RATE_HZ, SAMPLES = 250, 7500
_OUTLET = Path(__file__).parents[1] / "collect" / "devices" / "tracker" / "lsl_outlet.py"
#: As good as the library itself, or too good to matter: a tenth of a frame at 1000 Hz.
_ALLOWED, _SMALL_MS = 1.2, 0.1


class _NoScreen:
    """Nothing is validated here."""

    def show_target(self, x_px: float, y_px: float) -> None: ...

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]:
        return []


def run() -> list[Figure]:
    try:
        import pylsl  # noqa: F401 -- only whether it is there
    except (ImportError, RuntimeError) as error:
        raise Skipped(f"pylsl is not installed here ({error})") from error
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "lsl_api.cfg"
        settings.write_text(LOOPBACK_ONLY.format(session=f"bench-{os.getpid()}"), encoding="utf-8")
        os.environ["LSLAPICFG"] = str(settings)  # for the sender, too; the library reads it once
        sender = subprocess.Popen(
            [sys.executable, str(_OUTLET), "bench", "bench", str(RATE_HZ), str(SAMPLES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            ours, theirs, readings = _recorded(sender)
        finally:
            sender.kill()
            sender.communicate()
    mapping = mapping_of_readings(readings)
    assert mapping is not None
    note = f"{len(ours)} samples at {RATE_HZ} Hz"
    return [
        _compared("wrong by, median", np.median(ours), np.median(theirs), note),
        _compared("wrong by, 95th percentile", np.quantile(ours, 0.95), np.quantile(theirs, 0.95), note),
        Figure("samples that did not arrive", SAMPLES - len(ours), "samples", most=0),
        Figure("readings off the line, median", mapping.residual_median_ms, "ms", note=f"{mapping.n} readings"),
        Figure("readings off the line, 95th percentile", mapping.residual_p95_ms, "ms"),
    ]


def _compared(what: str, ours: Any, theirs: Any, note: str) -> Figure:
    peer = float(theirs)
    return Figure(what, float(ours), "ms", peer, "pylsl", most=max(peer * _ALLOWED, _SMALL_MS), note=note)


def _recorded(sender: "subprocess.Popen[str]") -> tuple[Any, Any, list[ClockReading]]:
    """Absolute errors in ms, of ours and of the library's own, and our readings of the sender's clock."""
    import pylsl

    assert sender.stdin is not None
    assert sender.stdout is not None
    sender.stdout.readline()
    clock = HostClock()
    study = LSLTracker(
        kind="lsl", stream="bench", rate_hz=RATE_HZ, channels={"right_x": "RX", "right_y": "RY"}
    )  # fmt: skip
    screen = ScreenInfo(width_px=1920, height_px=1080, width_cm=53.0, distance_cm=60.0)
    tracker = LSLEyeTracker(study, screen, clock, _NoScreen(), CalibrationLimits())
    tracker.open()
    peer = pylsl.StreamInlet(pylsl.resolve_byprop("name", "bench", 1, 10)[0], recover=False)
    peer.open_stream(10)
    peer.time_correction(10)
    tracker.start(1, "clip")
    sender.stdin.write("go\n")
    sender.stdin.flush()
    samples: list[GazeSample] = []
    readings: list[ClockReading] = []
    theirs: list[float] = []
    while len(theirs) < SAMPLES:
        clock.wait_until(clock.now_ns() + 20_000_000)
        batch = tracker.poll()
        samples += batch.samples
        readings += batch.clock
        _, stamps = peer.pull_chunk(timeout=0.0, max_samples=SAMPLES)
        # pylsl's local clock is the one that perf_counter reads, on Linux: nothing is added to be fair to it.
        theirs += [peer.time_correction() * 1000] * len(stamps)
    tracker.stop()
    samples += tracker.poll().samples
    tracker.close(None)
    peer.close_stream()
    ours = np.array([sample.host_ns / 1e6 - sample.device_ms for sample in samples])
    return np.abs(ours), np.abs(np.array(theirs)), readings

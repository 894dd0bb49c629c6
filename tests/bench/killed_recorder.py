"""A whole session in real time, without a window, in a process that may be killed: the recorder of the kill benchmark.

    python -m tests.bench.killed_recorder FOLDER TALLY [hoarding]

TALLY is a file of two int64: the host time of the newest gaze sample and of the newest flip that the bundle's writer
has taken. It is mapped into memory, so what it says survives us. `hoarding` is the control: a writer that keeps rows to
itself for long, as buffered files do, and so must be caught losing them.
"""

import mmap
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from collect.bundle.writer import BundleWriter
from collect.devices.camera.simulated_camera import CameraSettings, SimulatedCamera
from collect.devices.host_clock import HostClock
from collect.devices.protocols import EyeEvent, Flip, GazeSample
from collect.devices.tracker.simulated_tracker import SimulatedTracker
from collect.session.run import run_session
from collect.session.trial import Devices
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.session.small_study import load

CAMERA = CameraSettings(width=320, height=240, fps=30.0)
RATE_HZ = 500


def watch_writer(tally: Path) -> None:
    """From now on every writer notes in the tally what it has taken, after it has taken it."""
    with tally.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 16)
    take_gaze, take_flip = BundleWriter.gaze, BundleWriter.flip

    def gaze(self: BundleWriter, samples: Iterable[GazeSample], events: Iterable[EyeEvent]) -> None:
        samples = list(samples)
        take_gaze(self, samples, events)
        if samples:
            shared[:8] = struct.pack("<q", samples[-1].host_ns)

    def flip(self: BundleWriter, trial: int, flip: Flip) -> None:
        take_flip(self, trial, flip)
        shared[8:] = struct.pack("<q", flip.flip_ns)

    BundleWriter.gaze, BundleWriter.flip = gaze, flip  # type: ignore[method-assign] # watched, not changed


def hoard() -> None:
    """The control: rows stay in this process until its buffers are full, and nobody asks the disk."""

    def hand_over(file: IO[bytes], data: bytes) -> None:
        file.write(data)

    BundleWriter._hand_over = staticmethod(hand_over)  # type: ignore[method-assign]  # made to lose rows
    BundleWriter._sync_when_due = lambda self: None  # type: ignore[method-assign]  # made to lose rows


def main(folder: Path, tally: Path, *, hoarding: bool) -> None:
    watch_writer(tally)
    if hoarding:
        hoard()
    study, person = load(folder / "study" / "study.yaml")
    clock = HostClock()
    screen = VirtualScreen(person, clock)
    tracker = SimulatedTracker(person, clock, rate_hz=RATE_HZ)
    devices = Devices(screen, tracker, SimulatedCamera(person, CAMERA), clock)
    run_session(study, "P01", 1, devices, folder, "simulated", person.truth())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), hoarding="hoarding" in sys.argv[3:])

"""A camera that films a simulated participant in real time, in a process like a real one's. Can fail by script."""

import contextlib
import queue
import signal
import time
from dataclasses import dataclass

from collect.devices.camera.camera_settings import DEVICE_CLOCK_OFFSET_NS, CameraFaults, CameraSettings
from collect.devices.camera.camera_source import Captured, Happening, RecordingBegan, TrialBegan, TrialEnded
from collect.devices.camera.process_camera import ProcessCamera
from collect.devices.camera.virtual_camera import USUAL_SETTINGS, VirtualTimeCamera
from collect.simulation.filmed_face import FilmedFace
from collect.simulation.participant import SimulatedParticipant

__all__ = ["CameraFaults", "CameraSettings", "SimulatedCamera", "VirtualTimeCamera"]

_NS = 1_000_000_000


class SimulatedCamera(ProcessCamera):
    """Satisfies Camera. Its process renders and encodes, so that the screen's process never waits."""

    def __init__(self, participant: SimulatedParticipant, settings: CameraSettings = USUAL_SETTINGS) -> None:
        super().__init__(
            "The simulated camera", settings.info, SimulatedPictures(participant, settings),
            "Look at what else runs on this machine, then try again.",
        )  # fmt: skip


@dataclass(frozen=True)
class SimulatedPictures:
    """Makes the source in the camera's process."""

    participant: SimulatedParticipant
    settings: CameraSettings

    def __call__(self) -> "SimulatedSource":
        return SimulatedSource(self.participant, self.settings)


class SimulatedSource:
    """A CameraSource (collect.devices.camera.camera_source): a face that moves, at the camera's rate, in real time."""

    def __init__(self, participant: SimulatedParticipant, settings: CameraSettings) -> None:
        self._participant, self._settings = participant, settings
        self._happened: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self._tick = 0
        #: Pictures since the recording began; None before.
        self._recorded: int | None = None

    def open(self) -> str:
        settings = self._settings
        self._face = FilmedFace(self._participant, settings.width, settings.height, time.perf_counter_ns())
        self._start_ns = time.perf_counter_ns()
        return ""

    def capture(self) -> Captured | None:
        settings = self._settings
        wait_ns = settings.due_ns(self._start_ns, self._tick) - time.perf_counter_ns()
        time.sleep(max(0, wait_ns) / _NS)
        host_ns = time.perf_counter_ns()
        self._listen()
        # What fell due while the last picture took too long is lost, as with a real camera.
        self._tick = max(self._tick, int((host_ns - self._start_ns) * settings.fps / _NS))
        device_ns = settings.due_ns(self._start_ns, self._tick) + DEVICE_CLOCK_OFFSET_NS
        self._tick += 1
        if self._fails():
            return None
        return Captured(self._face.picture(host_ns), device_ns, host_ns)

    def told(self, what: Happening) -> None:
        self._happened.put(what)

    def close(self) -> None:
        """There is nothing to let go."""

    def _fails(self) -> bool:
        """Is the camera silent, as its script says? It may also die here."""
        if self._recorded is None:
            return False
        faults = self._settings.faults
        if faults.dies_after_frames is not None and self._recorded >= faults.dies_after_frames:
            signal.raise_signal(signal.SIGKILL)
        self._recorded += 1
        return faults.silent_after_frames is not None and self._recorded > faults.silent_after_frames

    def _listen(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                match self._happened.get_nowait():
                    case RecordingBegan():
                        self._recorded = 0
                    case TrialBegan(trial, at_ns):
                        self._face.begin_trial(trial, at_ns)
                    case TrialEnded(at_ns):
                        self._face.end_trial(at_ns)

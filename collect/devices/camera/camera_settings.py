"""What a simulated camera is to be like, and what shall go wrong with it."""

from dataclasses import dataclass

from collect.bundle.format import CameraInfo
from collect.devices.camera.face_video import CODEC

_NS = 1_000_000_000
#: A simulated camera's own clock began at another time than the host's.
DEVICE_CLOCK_OFFSET_NS = 7_130_000_000


@dataclass(frozen=True)
class CameraFaults:
    """What shall go wrong, after so many frames of the recording.

    `silent_after_frames`: no more picture comes. `dies_after_frames`: the camera's process ends.
    """

    silent_after_frames: int | None = None
    dies_after_frames: int | None = None


NO_FAULTS = CameraFaults()


@dataclass(frozen=True)
class CameraSettings:
    width: int = 640
    height: int = 480
    fps: float = 30.0
    faults: CameraFaults = NO_FAULTS

    @property
    def info(self) -> CameraInfo:
        return CameraInfo(
            kind="simulated", model="simulated camera (warped public-domain portrait)", width_px=self.width,
            height_px=self.height, nominal_fps=self.fps, codec=CODEC, simulated=True,
        )  # fmt: skip

    def due_ns(self, start_ns: int, tick: int) -> int:
        """Time of the n-th frame: computed from the start, so that rounding never adds up."""
        return start_ns + round(tick * _NS / self.fps)

"""What the session's process and the camera's say to each other, and the counts that both see."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from collect.devices.camera.camera_source import SourceFactory
from collect.devices.camera.encoder_choice import EncoderChoice

#: Places in the shared counts: frames written, pictures that never came, pictures that came and found no room, a
#: thousand times the pictures a second, lately, and when the session last looked at the preview (host ns).
FRAMES, LOST, OVERFLOWN, MILLI_FPS, LOOKED_NS = range(5)
COUNTS = 5


@dataclass(frozen=True)
class CameraTask:
    """All that the camera's process needs to know. Sizes in pixels, `fps` as the study wants it."""

    source: SourceFactory
    width: int
    height: int
    fps: float


class Record(NamedTuple):
    """To the camera: write from now on into this bundle."""

    bundle: Path


class Close(NamedTuple):
    """To the camera: finish the files and end."""


class Prepared(NamedTuple):
    """From the camera: it runs. `what` it says of itself; `fps` as measured; whether it tells times of its own."""

    what: str
    fps: float
    has_device_time: bool
    encoder: EncoderChoice


class Recording(NamedTuple):
    """From the camera: the files are open, and the next picture is the first in them."""


class Failed(NamedTuple):
    """From the camera, its last word."""

    reason: str
    too_slow: bool = False

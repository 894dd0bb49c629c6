"""Where a camera process takes its pictures from: a real camera, a simulated face, or a test's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Captured:
    """One picture: (height, width, 3) BGR or (height * 3 / 2, width) I420, uint8; never changed once it was given.

    `device_ns`: the camera's own time of it, None where it tells none. `host_ns`: as near to the exposure as we get.
    """

    image: NDArray[np.uint8]
    device_ns: int | None
    host_ns: int


class RecordingBegan(NamedTuple):
    at_ns: int


class TrialBegan(NamedTuple):
    trial: int
    at_ns: int


class TrialEnded(NamedTuple):
    at_ns: int


Happening = RecordingBegan | TrialBegan | TrialEnded


class CameraSource(Protocol):
    """Lives in the camera's process. `capture` is called in a thread of its own, all else in another."""

    def open(self) -> str:
        """Start the camera and return what it is, in a few words. Raises CameraUnavailableError with the reason."""

    def capture(self) -> Captured | None:
        """Wait for the next picture; None where none came. May raise CameraUnavailableError with the reason."""

    def told(self, what: Happening) -> None:
        """Something happened in the session. Only a simulated face cares."""

    def close(self) -> None:
        """Called by the thread that captures, at its end."""


#: Makes the source in the camera's process; travels there, so it must be a module's function or a dataclass of such.
SourceFactory = Callable[[], CameraSource]

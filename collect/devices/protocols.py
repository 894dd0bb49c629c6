"""What a session needs of its devices. Real and simulated devices satisfy the same Protocols and write the same files.

Life of a device: open → (start → stop for each trial) → close; a camera is prepared before. `close` may be called at
any moment, also twice, and leaves nothing behind that is not on disk. Every time is nanoseconds of the session's clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy.typing as npt

from collect.bundle.format import (
    CameraInfo,
    Emotion,
    Polarity,
    ScreenInfo,
    SelfReportItem,
    TrackerInfo,
    ValidationPoint,
)


class Clock(Protocol):
    """Host time. The real one is time.perf_counter_ns; the simulator's moves only when somebody waits on it."""

    def now_ns(self) -> int: ...

    def wait_until(self, t_ns: int) -> None:
        """Returns at or after t_ns."""


class GazeSample(NamedTuple):
    """One line of gaze/samples.csv; NaN where missing. Pixels from the screen's top left corner."""

    host_ns: int
    device_ms: float
    left_x: float
    left_y: float
    left_pupil: float
    right_x: float
    right_y: float
    right_pupil: float


class EyeEvent(NamedTuple):
    """One line of gaze/events.csv; NaN where the kind has no such field."""

    kind: Literal["fixation", "saccade", "blink"]
    eye: Literal["L", "R"]
    start_host_ns: int
    end_host_ns: int
    start_device_ms: float
    end_device_ms: float
    x: float
    y: float
    end_x: float
    end_y: float
    pupil: float
    source: str


class ClockReading(NamedTuple):
    """One line of gaze/clock.csv: at `host_ns`, give or take `uncertainty_ns`, the tracker's clock stood at this."""

    host_ns: int
    device_ms: float
    uncertainty_ns: int


@dataclass(frozen=True)
class GazeBatch:
    """What a tracker measured since the last poll, and how its clock was found to stand."""

    samples: Sequence[GazeSample]
    events: Sequence[EyeEvent]
    clock: Sequence[ClockReading] = ()


@dataclass(frozen=True)
class CalibrationResult:
    """Validation errors in degrees of visual angle. `accepted`: within the study's limits."""

    eye: Literal["L", "R", "LR"]
    mean_error_deg: float
    max_error_deg: float
    accepted: bool
    points: tuple[ValidationPoint, ...] = ()


@dataclass(frozen=True)
class DriftCheck:
    """How far the gaze was from the cross; None where the tracker does not tell. `accepted`: within the limits."""

    error_deg: float | None
    accepted: bool


class Tracker(Protocol):
    @property
    def info(self) -> TrackerInfo: ...

    def open(self) -> None: ...

    def calibrate(self) -> CalibrationResult: ...

    def drift_check(self) -> DriftCheck:
        """While nothing is recorded, between trials: does the gaze still lie on a target in the middle?"""

    def start(self, trial: int, clip: str) -> None: ...

    def message(self, text: str) -> float:
        """Put text into the tracker's own record; returns the tracker's time in ms, NaN where it is not known."""

    def poll(self) -> GazeBatch: ...

    def stop(self) -> None: ...

    def close(self, original: Path | None) -> Path | None:
        """Fetch the tracker's own file to `original` (suffix added) and return it; None where there is none."""


@dataclass(frozen=True)
class CameraStatus:
    frames: int
    dropped: int
    #: Said in words where the camera has failed; None while all is well.
    failure: str | None
    #: Frames a second, lately; 0 where it is not known.
    fps: float = 0.0
    #: Said in words where the camera goes on, but not as the study wants it.
    warning: str | None = None


class CameraPreview(NamedTuple):
    """The newest picture, made smaller where it is large: (height, width, 3) uint8 RGB, and when it was taken."""

    image: npt.NDArray[Any]
    host_ns: int


class Camera(Protocol):
    """Records from open to close into camera/face.mkv and camera/frames.csv of the bundle folder it was given."""

    @property
    def info(self) -> CameraInfo:
        """`codec` and encoder are settled once the camera was prepared."""

    def prepare(self) -> None:
        """Start the camera and find an encoder that keeps up, without recording anything. `open` does it if need be."""

    def preview(self) -> CameraPreview | None:
        """What the camera sees now, also before it records; None where it has seen nothing yet."""

    def open(self, bundle: Path) -> None: ...

    def start(self, trial: int) -> None:
        """A trial begins: the next frame is a key frame, so that the trial can be cut out without re-encoding."""

    def stop(self) -> None: ...

    def status(self) -> CameraStatus: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Flip:
    """One clip frame that was truly shown."""

    frame: int
    clip_pts_ms: float
    flip_ns: int


@dataclass(frozen=True)
class Playback:
    frames_in_clip: int
    frames_shown: int
    frames_late: int
    sound_ns: int | None


@dataclass(frozen=True)
class Answer:
    """One answered self-report item: `choice` for the classes, `step` 1 … 9 for scales, `text` for free words."""

    choice: Emotion | Polarity | None = None
    step: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class SetupCheck:
    """One line of the setup page, such as 'camera' and '30.0 frames a second'; `ok` False where advice is given."""

    name: str
    said: str
    ok: bool


@dataclass(frozen=True)
class SetupView:
    """What the setup page shows at one moment. `faces`: boxes x, y, width, height in the picture's pixels."""

    picture: npt.NDArray[Any] | None
    faces: Sequence[tuple[int, int, int, int]]
    checks: Sequence[SetupCheck]


class StopRequested(Exception):  # noqa: N818 -- a request of a person, not an error
    """The participant or the experimenter asked to stop; `by` is who."""

    def __init__(self, by: Literal["participant", "experimenter"]) -> None:
        super().__init__(by)
        self.by = by


class Screen(Protocol):
    """The participant's screen and keyboard. Any call may raise StopRequested."""

    @property
    def info(self) -> ScreenInfo: ...

    @property
    def has_sound(self) -> bool:
        """Can this machine play the clips' sound? Known once the screen is open."""

    def open(self) -> None: ...

    def show_text(self, text: str, keys: Sequence[str], poll: Callable[[], None] | None = None) -> str:
        """Show text until one of the keys is pressed; returns it. `poll`, again and again, once the text is there."""

    def show_setup(self, look: Callable[[], SetupView], keys: Sequence[str]) -> str:
        """Show what `look` gives, again and again, until one of the keys is pressed; returns it."""

    def fixation_cross(self, seconds: float, poll: Callable[[], None]) -> None: ...

    def rest(self, seconds: float, poll: Callable[[], None]) -> None:
        """A plain screen for so long."""

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        """Play to the last frame. `on_flip` is called after each true flip, `poll` between flips."""

    def ask(self, item: SelfReportItem, poll: Callable[[], None]) -> Answer: ...

    def close(self) -> None: ...

"""What the experimenter sees while a session runs, and what they may ask of it."""

from dataclasses import dataclass
from typing import Literal, Protocol

#: pause: after the running trial, and once more to go on. calibrate: before the next trial. skip: this trial ends, not
#: valid. stop: the session ends in order and its bundle is sealed.
Request = Literal["pause", "calibrate", "skip", "stop"]
REQUESTS: tuple[Request, ...] = ("pause", "calibrate", "skip", "stop")


@dataclass(frozen=True)
class OperatorStatus:
    """How the session stands at one moment. None where something is not known, or there is none."""

    #: Study, participant and session, in one line.
    title: str
    #: Such as 'calibration', 'trial' or 'pause'.
    state: str
    #: Number of the presentation that runs or ran last, and how many are planned.
    trial: int
    trials: int
    clip: str = ""
    role: str = ""
    clip_left_s: float | None = None
    session_left_s: float | None = None
    #: Share of the samples of the last seconds in which an eye was seen, 0 … 1.
    gaze_valid: float | None = None
    camera_fps: float = 0.0
    camera_frames: int = 0
    camera_dropped: int = 0
    disk_free_gb: float | None = None
    #: The last thing that went wrong, in words.
    warning: str = ""
    #: What was asked for and waits for a safe moment.
    waiting: tuple[Request, ...] = ()


class Operator(Protocol):
    """Neither method waits for anybody: the participant's screen is drawn by the same process."""

    def show(self, status: OperatorStatus) -> None: ...

    def requests(self) -> tuple[Request, ...]:
        """What was asked for since the last call, in order."""

    def close(self) -> None:
        """May be called twice."""

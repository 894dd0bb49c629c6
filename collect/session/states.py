"""Where a session and its trials may go from where they are. A step that is not drawn here raises.

    session:  setup → calibration → [drift check] → trial → … → closing, with a pause or a calibration between trials
    trial:    armed → recording → playing → self-report → done

A trial may be broken off from everywhere to done; it is valid only if it went the whole way and every registered
device stamped it, which is to say: gave data while the clip played.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal

from collect.session.errors import IllegalStepError

Device = Literal["screen", "tracker", "camera"]
DEVICES: tuple[Device, ...] = ("screen", "tracker", "camera")


class SessionState(StrEnum):
    SETUP = "setup"
    CALIBRATION = "calibration"
    DRIFT_CHECK = "drift check"
    TRIAL = "trial"
    PAUSE = "pause"
    CLOSING = "closing"


class TrialState(StrEnum):
    ARMED = "armed"
    RECORDING = "recording"
    PLAYING = "playing"
    SELF_REPORT = "self-report"
    DONE = "done"


_BETWEEN_TRIALS = frozenset(
    {SessionState.CALIBRATION, SessionState.DRIFT_CHECK, SessionState.TRIAL, SessionState.PAUSE, SessionState.CLOSING}
)
SESSION_STEPS: Mapping[SessionState, frozenset[SessionState]] = {
    SessionState.SETUP: frozenset({SessionState.CALIBRATION, SessionState.CLOSING}),
    SessionState.CALIBRATION: _BETWEEN_TRIALS,
    # What a drift check found is dealt with at once: nobody takes a rest between the check and its trial.
    SessionState.DRIFT_CHECK: frozenset({SessionState.CALIBRATION, SessionState.TRIAL, SessionState.CLOSING}),
    SessionState.TRIAL: _BETWEEN_TRIALS,
    SessionState.PAUSE: _BETWEEN_TRIALS,
    SessionState.CLOSING: frozenset(),
}
TRIAL_STEPS: Mapping[TrialState, frozenset[TrialState]] = {
    TrialState.ARMED: frozenset({TrialState.RECORDING, TrialState.DONE}),
    TrialState.RECORDING: frozenset({TrialState.PLAYING, TrialState.DONE}),
    TrialState.PLAYING: frozenset({TrialState.SELF_REPORT, TrialState.DONE}),
    TrialState.SELF_REPORT: frozenset({TrialState.DONE}),
    TrialState.DONE: frozenset(),
}


class SessionProgress:
    """The state of one session. Trials are numbered from 1 and follow each other without a gap."""

    def __init__(self, first_trial: int = 1) -> None:
        self.state = SessionState.SETUP
        self._next_trial = first_trial
        self._running: TrialProgress | None = None

    def go(self, to: SessionState) -> None:
        """Raises IllegalStepError for a step that is not drawn, or while a trial is running."""
        if to not in SESSION_STEPS[self.state]:
            raise IllegalStepError(f"A session cannot go from {self.state} to {to}.")
        if self._running is not None and self._running.state is not TrialState.DONE:
            raise IllegalStepError(f"Trial {self._running.number} is {self._running.state}; end it before {to}.")
        self.state = to

    def begin_trial(self) -> "TrialProgress":
        """The next trial, armed."""
        self.go(SessionState.TRIAL)
        self._running = TrialProgress(self._next_trial, DEVICES)
        self._next_trial += 1
        return self._running


class TrialProgress:
    """The state of one trial, and which devices have stamped it."""

    def __init__(self, number: int, devices: Iterable[Device]) -> None:
        self.number = number
        self.state = TrialState.ARMED
        self._devices = tuple(devices)
        self._stamped: set[Device] = set()
        self._steps = [TrialState.ARMED]

    def go(self, to: TrialState) -> None:
        if to not in TRIAL_STEPS[self.state]:
            raise IllegalStepError(f"Trial {self.number} cannot go from {self.state} to {to}.")
        self.state = to
        self._steps.append(to)

    def stamp(self, device: Device) -> None:
        """A device gave data of this trial. Raises IllegalStepError unless the clip is playing."""
        if self.state is not TrialState.PLAYING:
            raise IllegalStepError(f"The {device} stamped trial {self.number}, which is {self.state}, not playing.")
        if device not in self._devices:
            raise IllegalStepError(f"The {device} stamped trial {self.number}, but was never registered.")
        self._stamped.add(device)

    @property
    def stamped(self) -> tuple[Device, ...]:
        return tuple(device for device in self._devices if device in self._stamped)

    @property
    def went_the_whole_way(self) -> bool:
        return self._steps == list(TrialState)

    def fault(self) -> str:
        """Why this trial, done, is not valid; empty where it is."""
        missing = [device for device in self._devices if device not in self._stamped]
        if missing:
            return f"no data from the {' and the '.join(missing)} while the clip played"
        return "" if self.went_the_whole_way else "the trial was broken off"

"""An eye tracker that measures a simulated participant. It can fail, as real ones do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from collect.bundle.format import TrackerInfo
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import CalibrationResult, Clock, EyeEvent, GazeBatch, GazeSample
from collect.simulation.gaze import USUAL_SCREEN, EyeMovement, ScreenGeometry, TrialGaze
from collect.simulation.gaze_style import random_eyes
from collect.simulation.participant import SimulatedParticipant

Eyes = Literal["L", "R", "LR"]
#: An eye in one sample: x, y, pupil.
_LEFT, _RIGHT = slice(0, 3), slice(3, 6)
_MEAN_ERROR_DEG, _GREATEST_ACCEPTED_DEG = 0.42, 1.0


@dataclass(frozen=True)
class TrackingLoss:
    """In this trial, from and to these seconds after its start, the tracker sees no eye."""

    trial: int
    from_s: float
    to_s: float


@dataclass(frozen=True)
class TrackerFaults:
    """What shall go wrong. `disconnect`: (trial, seconds after its start) from when on the tracker is gone."""

    losses: tuple[TrackingLoss, ...] = ()
    disconnect: tuple[int, float] | None = None
    #: The first so many calibrations are bad.
    bad_calibrations: int = 0


@dataclass
class _Recording:
    """The trial being measured; `stop_ns` once it was stopped."""

    trial: int
    start_ns: int
    gaze: TrialGaze
    losses: tuple[TrackingLoss, ...]
    stop_ns: int | None = None
    samples_given: int = 0
    movements_given: int = 0


class SimulatedTracker:
    """Satisfies collect.devices.protocols.Tracker; on a real clock and on a virtual one alike.

    It has a clock of its own, in milliseconds, that began elsewhere and runs a little wrong. Host times of samples are
    exact. Nothing is measured between `stop` and the next `start`.
    """

    def __init__(
        self,
        participant: SimulatedParticipant,
        clock: Clock,
        screen: ScreenGeometry = USUAL_SCREEN,
        rate_hz: float = 500.0,
        eyes: Eyes = "LR",
        faults: TrackerFaults = TrackerFaults(),
    ) -> None:
        self._participant, self._clock, self._screen = participant, clock, screen
        self._eyes, self._faults = eyes, faults
        self._info = TrackerInfo(
            kind="simulated", model="simulated tracker", rate_hz=rate_hz, eyes=eyes, pupil_unit="arbitrary area",
            simulated=True,
        )  # fmt: skip
        random = participant.random("tracker clock")
        self._device_start_ms = float(random.uniform(1e5, 5e6))
        self._drift_ppm = float(random.uniform(-60, 60))
        self._epoch_ns: int | None = None
        self._calibrations = 0
        self._recording: _Recording | None = None
        self._gone = False
        #: The tracker's own record: (host_ns, device_ms, text).
        self.messages: list[tuple[int, float, str]] = []

    @property
    def info(self) -> TrackerInfo:
        return self._info

    def open(self) -> None:
        if self._epoch_ns is None:
            self._epoch_ns = self._clock.now_ns()

    def calibrate(self) -> CalibrationResult:
        """A plausible validation. Raises TrackerUnavailableError where the tracker is gone or not open."""
        self._require_connection()
        self._calibrations += 1
        random = self._participant.random("calibration", self._calibrations)
        bad = self._calibrations <= self._faults.bad_calibrations
        mean = (2.1 if bad else _MEAN_ERROR_DEG) * float(np.exp(random.normal(0, 0.2)))
        greatest = mean * float(random.uniform(1.5, 2.2))
        return CalibrationResult(self._eyes, round(mean, 3), round(greatest, 3), mean <= _GREATEST_ACCEPTED_DEG)

    def start(self, trial: int, clip: str) -> None:
        """Raises SimulationError for a trial or clip that the participant did not plan."""
        self._require_connection()
        plan = self._participant.plan_for(trial, clip)
        # A person's eyes stay theirs through all sessions: drawn by pseudonym, not by trial.
        eyes = random_eyes(self._participant.random("eyes"))
        random = self._participant.random("gaze", trial)
        gaze = TrialGaze(
            plan.felt, eyes, self._screen, self._info.rate_hz, random, 1000 * self._participant.clip_after_s
        )
        losses = tuple(loss for loss in self._faults.losses if loss.trial == trial)
        self._recording = _Recording(trial, self._clock.now_ns(), gaze, losses)

    def message(self, text: str) -> None:
        self._require_connection()
        now_ns = self._clock.now_ns()
        self.messages.append((now_ns, self._device_ms(now_ns), text))

    def poll(self) -> GazeBatch:
        """All that was measured since the last poll, until now or until `stop`."""
        self._require_connection()
        recording = self._recording
        if recording is None:
            return GazeBatch((), ())
        until_ns = self._clock.now_ns() if recording.stop_ns is None else recording.stop_ns
        batch = GazeBatch(self._new_samples(recording, until_ns), self._new_events(recording, until_ns))
        if recording.stop_ns is not None:
            self._recording = None
        return batch

    def stop(self) -> None:
        """The next poll gives what was measured until now."""
        if self._recording is not None and self._recording.stop_ns is None:
            self._recording.stop_ns = self._clock.now_ns()

    def close(self, original: Path | None) -> None:
        """None: this tracker keeps no file of its own."""
        self._recording, self._epoch_ns = None, None

    def _require_connection(self) -> None:
        if self._epoch_ns is None:
            raise TrackerUnavailableError("The simulated tracker is not open. Open it before the session measures.")
        fault, recording = self._faults.disconnect, self._recording
        if fault is not None and recording is not None and recording.trial == fault[0]:
            self._gone |= self._clock.now_ns() - recording.start_ns >= fault[1] * 1e9
        if self._gone:
            raise TrackerUnavailableError(
                "The simulated tracker was disconnected, as its scripted fault says. With a real tracker: look at the"
                " host PC and its cable, then resume the session."
            )

    def _device_ms(self, host_ns: int) -> float:
        assert self._epoch_ns is not None
        return self._device_start_ms + (host_ns - self._epoch_ns) / 1e6 * (1 + self._drift_ppm * 1e-6)

    def _new_samples(self, recording: _Recording, until_ns: int) -> Sequence[GazeSample]:
        period_ns = 1e9 / self._info.rate_hz
        first, last = recording.samples_given, max(0, math.floor((until_ns - recording.start_ns) / period_ns) + 1)
        if last <= first:
            return ()
        recording.samples_given = last
        values = recording.gaze.samples(first, last).copy()
        since_ns = np.round(np.arange(first, last) * period_ns).astype(np.int64)
        for loss in recording.losses:
            values[(since_ns >= loss.from_s * 1e9) & (since_ns < loss.to_s * 1e9)] = np.nan
        if self._eyes != "LR":
            values[:, _RIGHT if self._eyes == "L" else _LEFT] = np.nan
        host_ns = recording.start_ns + since_ns
        assert self._epoch_ns is not None
        device_ms = self._device_start_ms + (host_ns - self._epoch_ns) / 1e6 * (1 + self._drift_ppm * 1e-6)
        rows = zip(host_ns.tolist(), np.round(device_ms, 3).tolist(), *values.T.tolist(), strict=True)
        return [GazeSample(*row) for row in rows]

    def _new_events(self, recording: _Recording, until_ns: int) -> Sequence[EyeEvent]:
        """Events that have ended; at the trial's stop also the one that it cut off, as trackers do."""
        since_ms = (until_ns - recording.start_ns) / 1e6
        events: list[EyeEvent] = []
        movements = recording.gaze.movements
        while recording.movements_given < len(movements):
            movement = movements[recording.movements_given]
            if movement.end_ms > since_ms:
                if recording.stop_ns is None or movement.start_ms >= since_ms:
                    break
                movement = movement._replace(end_ms=since_ms)
            recording.movements_given += 1
            if not any(_within(movement, loss) for loss in recording.losses):
                events += [self._event(recording, movement, eye) for eye in get_args(Literal["L", "R"])
                           if eye in self._eyes]  # fmt: skip
        return events

    def _event(self, recording: _Recording, movement: EyeMovement, eye: Literal["L", "R"]) -> EyeEvent:
        start_ns = recording.start_ns + round(movement.start_ms * 1e6)
        end_ns = recording.start_ns + round(movement.end_ms * 1e6)
        shift_x, shift_y = recording.gaze.disparity if eye == "R" else (0.0, 0.0)
        pupil = recording.gaze.mean_pupil(movement, eye) if movement.kind == "fixation" else math.nan
        return EyeEvent(
            movement.kind, eye, start_ns, end_ns,
            round(self._device_ms(start_ns), 3), round(self._device_ms(end_ns), 3),
            round(movement.x + shift_x, 1), round(movement.y + shift_y, 1),
            round(movement.end_x + shift_x, 1), round(movement.end_y + shift_y, 1), round(pupil, 1), "tracker",
        )  # fmt: skip


def _within(movement: EyeMovement, loss: TrackingLoss) -> bool:
    return movement.start_ms < loss.to_s * 1000 and movement.end_ms > loss.from_s * 1000

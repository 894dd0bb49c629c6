"""An eye tracker that measures a simulated participant. It can fail, as real ones do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from collect.bundle.format import TrackerInfo, ValidationPoint
from collect.bundle.limits import CalibrationLimits
from collect.bundle.tracker_faults import TrackerFaults, TrackingLoss
from collect.devices.errors import RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.protocols import (
    CalibrationResult,
    Clock,
    ClockReading,
    DriftCheck,
    EyeEvent,
    GazeBatch,
    GazeSample,
)
from collect.devices.tracker.eyelink_display import CalibrationGraphics
from collect.devices.tracker.simulated_clock import DeviceClock
from collect.devices.tracker.validation_targets import Eyes, judged, target_places
from collect.simulation.gaze import USUAL_SCREEN, EyeMovement, ScreenGeometry, TrialGaze
from collect.simulation.gaze_style import random_eyes
from collect.simulation.participant import SimulatedParticipant

#: An eye in one sample: x, y, pupil.
_LEFT, _RIGHT = slice(0, 3), slice(3, 6)
_MEAN_ERROR_DEG, _BAD_ERROR_DEG = 0.42, 2.1
_DRIFT_CHECK_DEG, _BAD_DRIFT_CHECK_DEG = 0.5, 4.0
_READ_CLOCK_EVERY_NS, _TARGET_NS = 1_000_000_000, 350_000_000
_NO_FAULTS, _USUAL_LIMITS = TrackerFaults(), CalibrationLimits()


@dataclass
class _Recording:
    """The trial being measured; `stop_ns` once it was stopped."""

    trial: int
    start_ns: int
    gaze: TrialGaze
    losses: tuple[TrackingLoss, ...]
    #: By how much the gaze has drifted to the right since the last calibration.
    shift_px: float
    stop_ns: int | None = None
    samples_given: int = 0
    movements_given: int = 0


class SimulatedTracker:
    """Satisfies collect.devices.protocols.Tracker; on a real clock and on a virtual one alike.

    It has a clock of its own, in milliseconds, that began elsewhere and runs a little wrong. Host times of samples are
    exact. Nothing is measured between `stop` and the next `start`. graphics: a real screen, on which the targets of a
    calibration are then shown; without one a calibration takes no time.
    """

    def __init__(
        self,
        participant: SimulatedParticipant,
        clock: Clock,
        screen: ScreenGeometry = USUAL_SCREEN,
        rate_hz: float = 500.0,
        eyes: Eyes = "LR",
        faults: TrackerFaults = _NO_FAULTS,
        limits: CalibrationLimits = _USUAL_LIMITS,
        graphics: CalibrationGraphics | None = None,
    ) -> None:
        self._participant, self._clock, self._screen = participant, clock, screen
        self._eyes, self._faults, self._limits, self._graphics = eyes, faults, limits, graphics
        self._info = TrackerInfo(
            kind="simulated", model="simulated tracker", rate_hz=rate_hz, eyes=eyes, pupil_unit="arbitrary area",
            simulated=True,
        )  # fmt: skip
        self._device: DeviceClock | None = None
        self._last_reading_ns = 0
        self._readings: list[ClockReading] = []
        self._calibrations = self._drift_checks = self._trials_since_calibration = 0
        self._recording: _Recording | None = None
        self._gone = self._recorded = False
        #: The tracker's own record: (host_ns, device_ms, text).
        self.messages: list[tuple[int, float, str]] = []

    @property
    def info(self) -> TrackerInfo:
        return self._info

    def open(self) -> None:
        if self._device is None:
            self._device = DeviceClock(self._clock.now_ns(), self._participant.random("tracker clock"))
            self._read_clock()

    def calibrate(self) -> CalibrationResult:
        """A plausible validation. Raises TrackerUnavailableError where the tracker is gone or not open."""
        self._connected()
        self._calibrations += 1
        self._trials_since_calibration = 0
        random = self._participant.random("calibration", self._calibrations)
        bad = self._calibrations <= self._faults.bad_calibrations
        points = self._validated(_BAD_ERROR_DEG if bad else _MEAN_ERROR_DEG, random)
        result = judged(self._eyes, points, self._limits)
        assert result is not None, "every target has a gaze"
        return result

    def _validated(self, mean_deg: float, random: np.random.Generator) -> list[ValidationPoint]:
        """Each target missed in some direction, by `mean_deg` on the average."""
        points = []
        for target_x, target_y in target_places(self._screen.width_px, self._screen.height_px, 9):
            self._show_target(target_x, target_y)
            for eye in _eyes_of(self._eyes):
                error_deg = mean_deg * float(np.exp(random.normal(0, 0.3)))
                angle, far_px = float(random.uniform(0, 2 * np.pi)), error_deg * self._screen.px_per_deg
                points.append(
                    ValidationPoint(
                        eye=eye, target_x=target_x, target_y=target_y, x=round(target_x + far_px * math.cos(angle), 1),
                        y=round(target_y + far_px * math.sin(angle), 1), error_deg=round(error_deg, 3),
                    )
                )  # fmt: skip
        self._show_nothing()
        return points

    def drift_check(self) -> DriftCheck:
        """Raises TrackerUnavailableError where the tracker is gone or not open."""
        self._connected()
        self._show_target(self._screen.width_px / 2, self._screen.height_px / 2)
        self._show_nothing()
        self._drift_checks += 1
        random = self._participant.random("drift check", self._drift_checks)
        bad = self._drift_checks <= self._faults.bad_drift_checks
        usual_deg = (_BAD_DRIFT_CHECK_DEG if bad else _DRIFT_CHECK_DEG) * float(np.exp(random.normal(0, 0.3)))
        error_deg = round(math.hypot(usual_deg, self._drifted_deg()), 3)
        return DriftCheck(error_deg, error_deg <= self._limits.drift_deg)

    def _show_target(self, x_px: float, y_px: float) -> None:
        """As long as it takes to look at it, where there is a screen to look at."""
        if self._graphics is not None:
            self._graphics.show_target(x_px, y_px)
            self._clock.wait_until(self._clock.now_ns() + _TARGET_NS)
            self._graphics.pressed_keys()  # a stop is heard here

    def _show_nothing(self) -> None:
        if self._graphics is not None:
            self._graphics.show_nothing()

    def _drifted_deg(self) -> float:
        return self._faults.drift_deg_per_trial * self._trials_since_calibration

    def start(self, trial: int, clip: str) -> None:
        """Raises SimulationError for a trial or clip that the participant did not plan."""
        self._connected()
        plan = self._participant.plan_for(trial, clip)
        # A person's eyes stay theirs through all sessions: drawn by pseudonym, not by trial.
        eyes = random_eyes(self._participant.random("eyes"))
        random = self._participant.random("gaze", trial)
        gaze = TrialGaze(
            plan.felt, eyes, self._screen, self._info.rate_hz, random, 1000 * self._participant.clip_after_s
        )
        losses = tuple(loss for loss in self._faults.losses if loss.trial == trial)
        shift_px = self._drifted_deg() * self._screen.px_per_deg
        self._trials_since_calibration += 1
        self._recorded = True
        self._recording = _Recording(trial, self._clock.now_ns(), gaze, losses, shift_px)
        self._read_clock()

    def message(self, text: str) -> float:
        device = self._connected()
        now_ns = self._clock.now_ns()
        device_ms = round(device.ms(now_ns), 3)
        self.messages.append((now_ns, device_ms, text))
        return device_ms

    def poll(self) -> GazeBatch:
        """All that was measured since the last poll, until now or until `stop`; the clock's readings at any time."""
        self._connected()
        if self._clock.now_ns() - self._last_reading_ns >= _READ_CLOCK_EVERY_NS:
            self._read_clock()
        readings, self._readings = self._readings, []
        recording = self._recording
        if recording is None:
            return GazeBatch((), (), readings)
        late_ns = round(self._faults.late_s * 1e9)
        until_ns = self._clock.now_ns() - late_ns if recording.stop_ns is None else recording.stop_ns
        batch = GazeBatch(self._new_samples(recording, until_ns), self._new_events(recording, until_ns), readings)
        if recording.stop_ns is not None:
            self._recording = None
        return batch

    def stop(self) -> None:
        """The next poll gives what was measured until now."""
        if self._recording is not None and self._recording.stop_ns is None:
            self._recording.stop_ns = self._clock.now_ns()

    def close(self, original: Path | None) -> Path | None:
        """None: this tracker keeps no file of its own, unless its fault is to lose one: RecordingNotFetchedError."""
        lost = self._faults.failing_transfer and self._recorded and original is not None
        self._recording, self._device, self._recorded = None, None, False
        if lost and original is not None:
            raise RecordingNotFetchedError(
                "Simulated tracker", "SIMULATE.EDF", original.with_suffix(".edf"),
                "0 of 1048576 bytes arrived, as its scripted fault says",
            )  # fmt: skip
        return None

    def _connected(self) -> DeviceClock:
        if self._device is None:
            raise TrackerUnavailableError("The simulated tracker is not open. Open it before the session measures.")
        fault, recording = self._faults.disconnect, self._recording
        if fault is not None and recording is not None and recording.trial == fault[0]:
            self._gone |= self._clock.now_ns() - recording.start_ns >= fault[1] * 1e9
        if self._gone:
            raise TrackerUnavailableError(
                "The simulated tracker was disconnected, as its scripted fault says. With a real tracker: look at the"
                " host PC and its cable, then resume the session."
            )
        return self._device

    def _read_clock(self) -> None:
        assert self._device is not None
        self._last_reading_ns = self._clock.now_ns()
        self._readings.append(self._device.reading(self._last_reading_ns))

    def _device_ms(self, host_ns: int) -> float:
        assert self._device is not None
        return round(self._device.ms(host_ns), 3)

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
        values[:, [_LEFT.start, _RIGHT.start]] += recording.shift_px
        if self._eyes != "LR":
            values[:, _RIGHT if self._eyes == "L" else _LEFT] = np.nan
        host_ns = recording.start_ns + since_ns
        assert self._device is not None
        device_ms = self._device.ms_of_many(host_ns)
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
                events += [self._event(recording, movement, eye) for eye in _eyes_of(self._eyes)]
        return events

    def _event(self, recording: _Recording, movement: EyeMovement, eye: Literal["L", "R"]) -> EyeEvent:
        start_ns = recording.start_ns + round(movement.start_ms * 1e6)
        end_ns = recording.start_ns + round(movement.end_ms * 1e6)
        shift_x, shift_y = recording.gaze.disparity if eye == "R" else (0.0, 0.0)
        shift_x += recording.shift_px
        pupil = recording.gaze.mean_pupil(movement, eye) if movement.kind == "fixation" else math.nan
        return EyeEvent(
            movement.kind, eye, start_ns, end_ns,
            self._device_ms(start_ns), self._device_ms(end_ns),
            round(movement.x + shift_x, 1), round(movement.y + shift_y, 1),
            round(movement.end_x + shift_x, 1), round(movement.end_y + shift_y, 1), round(pupil, 1), "tracker",
        )  # fmt: skip


def _eyes_of(eyes: Eyes) -> tuple[Literal["L", "R"], ...]:
    return ("L", "R") if eyes == "LR" else (eyes,)


def _within(movement: EyeMovement, loss: TrackingLoss) -> bool:
    return movement.start_ms < loss.to_s * 1000 and movement.end_ms > loss.from_s * 1000

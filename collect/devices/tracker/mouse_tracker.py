"""The mouse in the place of the eyes, for piloting a study without a tracker. What it records counts as simulated."""

import math
from collections.abc import Callable
from pathlib import Path

from collect.bundle.format import ScreenInfo, TrackerInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import MouseTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import CalibrationResult, Clock, ClockReading, DriftCheck, GazeBatch, GazeSample
from collect.devices.tracker.eyelink_display import CalibrationGraphics
from collect.devices.tracker.target_validation import TargetValidation
from collect.devices.tracker.validation_targets import ViewingGeometry

_NS_PER_S, _NS_PER_MS = 1_000_000_000, 1_000_000
#: Where the pointer was while nobody looked is known for so long; before that it is missing.
_HELD_NS = 250_000_000
#: A usual screen at a usual distance, for pilot studies that do not say theirs.
_USUAL_WIDTH_CM, _USUAL_DISTANCE_CM = 53.0, 60.0
#: A hand is slower than an eye.
_SETTLE_S = 1.6
_USUAL_LIMITS = CalibrationLimits()


class MouseGaze:
    """Satisfies collect.devices.protocols.Tracker. One eye, the left, stands for both; there is no pupil.

    pointer: place of the mouse pointer in pixels from the screen's top left corner, None where it is elsewhere. It is
    asked at each poll, and its place holds for the samples since the poll before.
    """

    def __init__(
        self, settings: MouseTracker, screen: ScreenInfo, clock: Clock,
        pointer: Callable[[], tuple[float, float] | None], graphics: CalibrationGraphics,
        limits: CalibrationLimits = _USUAL_LIMITS,
    ) -> None:  # fmt: skip
        self._settings, self._clock, self._pointer = settings, clock, pointer
        usual = {
            "width_cm": screen.width_cm or _USUAL_WIDTH_CM,
            "distance_cm": screen.distance_cm or _USUAL_DISTANCE_CM,
        }
        geometry = ViewingGeometry.of(screen.model_copy(update=usual))
        assert geometry is not None, "both sizes were just given"
        self._validation = TargetValidation(geometry, clock, graphics, limits, self._looked, 5, _SETTLE_S)
        self._period_ns = round(_NS_PER_S / settings.rate_hz)
        self._open = False
        self._trial_from_ns: int | None = None
        self._next_ns = 0
        self._waiting: list[GazeSample] = []
        self._last_reading_ns: int | None = None

    @property
    def info(self) -> TrackerInfo:
        return TrackerInfo(
            kind="mouse", model="mouse pointer", rate_hz=self._settings.rate_hz, eyes="L",
            pupil_unit="arbitrary diameter", simulated=True,
        )  # fmt: skip

    def open(self) -> None:
        self._open = True
        self._last_reading_ns = None

    def calibrate(self) -> CalibrationResult:
        """How well the pointer is put onto targets. Raises TrackerUnavailableError, StopRequested."""
        self._require_open()
        return self._validation.calibrate("L")

    def drift_check(self) -> DriftCheck:
        self._require_open()
        return self._validation.drift_check("L")

    def start(self, trial: int, clip: str) -> None:
        self._require_open()
        self._waiting = []
        self._trial_from_ns = self._next_ns = self._clock.now_ns()

    def message(self, text: str) -> float:
        """The mouse has no record of its own, and its clock is the host's."""
        self._require_open()
        return self._clock.now_ns() / _NS_PER_MS

    def poll(self) -> GazeBatch:
        self._require_open()
        samples, self._waiting = self._waiting, []
        if self._trial_from_ns is not None:
            samples += self._since_last_poll()
        return GazeBatch(samples, (), self._readings())

    def stop(self) -> None:
        """The next poll gives what was measured until now."""
        if self._trial_from_ns is not None:
            self._waiting += self._since_last_poll()
            self._trial_from_ns = None

    def close(self, original: Path | None) -> None:
        """None: a mouse keeps no file."""
        self._open, self._trial_from_ns, self._waiting = False, None, []

    def _since_last_poll(self) -> list[GazeSample]:
        now_ns, here = self._clock.now_ns(), self._pointer()
        samples = []
        while self._next_ns <= now_ns:
            samples.append(_sample(self._next_ns, here if now_ns - self._next_ns <= _HELD_NS else None))
            self._next_ns += self._period_ns
        return samples

    def _looked(self) -> list[GazeSample]:
        return [_sample(self._clock.now_ns(), self._pointer())]

    def _readings(self) -> list[ClockReading]:
        now_ns = self._clock.now_ns()
        if self._last_reading_ns is not None and now_ns - self._last_reading_ns < _NS_PER_S:
            return []
        self._last_reading_ns = now_ns
        return [ClockReading(now_ns, now_ns / _NS_PER_MS, 0)]

    def _require_open(self) -> None:
        if not self._open:
            raise TrackerUnavailableError("The mouse is not open as a tracker. Open it before the session measures.")


def _sample(host_ns: int, place: tuple[float, float] | None) -> GazeSample:
    x, y = (math.nan, math.nan) if place is None else place
    return GazeSample(host_ns, host_ns / _NS_PER_MS, x, y, math.nan, math.nan, math.nan, math.nan)

"""Calibration, validation and drift check of an EyeLink, on the participant's own screen."""

import re
from collections.abc import Callable
from typing import Any

from collect.bundle.format import ScreenInfo
from collect.bundle.limits import CalibrationLimits
from collect.devices.protocols import CalibrationResult, DriftCheck
from collect.devices.tracker.eyelink_display import CalibrationGraphics, calibration_display
from collect.devices.tracker.eyelink_host import EyeLinkHost
from collect.devices.tracker.validation_targets import Eyes

#: Reported by the tracker after a validation, once an eye.
_VALIDATION = re.compile(r"ERROR\s+(\d+(?:\.\d+)?)\s+avg\.?\s+(\d+(?:\.\d+)?)\s+max", re.IGNORECASE)
#: And after a drift check, once an eye.
_OFFSET = re.compile(r"OFFSET\s+(\d+(?:\.\d+)?)\s+deg", re.IGNORECASE)
_DONE = 0
_DRAW_TARGET, _NO_SETUP = 1, 0


class EyeLinkCalibration:
    """Led by the experimenter at the Host PC, or with the keys C, V, Return and Esc here."""

    def __init__(
        self, host: EyeLinkHost, graphics: CalibrationGraphics, screen: ScreenInfo, limits: CalibrationLimits
    ) -> None:
        self._host, self._graphics, self._screen, self._limits = host, graphics, screen, limits

    def calibrate(self, eyes: Eyes) -> CalibrationResult:
        """Camera setup, calibration and validation; of two eyes the worse one counts.

        Raises TrackerUnavailableError where the experimenter left it without a validation, StopRequested.
        """
        self._with_display("calibrating", self._host.link.doTrackerSetup)
        said = self._last_result()
        errors = [(float(mean), float(greatest)) for mean, greatest in _VALIDATION.findall(said)]
        if not errors:
            raise self._host.error(
                f"the calibration was left without a validation (it says '{said}'). Calibrate again, and press V to "
                "validate before Esc"
            )
        mean, greatest = max(mean for mean, _ in errors), max(greatest for _, greatest in errors)
        accepted = mean <= self._limits.mean_deg and greatest <= self._limits.max_deg
        return CalibrationResult(eyes, mean, greatest, accepted)

    def drift_check(self) -> DriftCheck:
        """Return or space confirms that the participant looks at the target; Esc asks for a new calibration.

        Esc leads not into the library's own setup: a calibration that the session does not know would not be in the
        journal. Raises TrackerUnavailableError, StopRequested.
        """
        x, y = self._screen.width_px // 2, self._screen.height_px // 2
        self._host.go_offline()
        ended = self._with_display(
            "checking for drift", lambda: self._host.link.doDriftCorrect(x, y, _DRAW_TARGET, _NO_SETUP)
        )
        if ended != _DONE:
            return DriftCheck(None, accepted=False)
        offsets = [float(offset) for offset in _OFFSET.findall(self._last_result())]
        error_deg = max(offsets, default=None)
        return DriftCheck(error_deg, error_deg is None or error_deg <= self._limits.drift_deg)

    def _last_result(self) -> str:
        return self._host.asked("asking for the result", self._host.link.getCalibrationMessage) or ""

    def _with_display(self, doing: str, call: Callable[[], Any]) -> Any:
        library = self._host.library
        display = calibration_display(library, self._graphics)
        self._host.asked("opening the calibration display", lambda: library.openGraphicsEx(display))
        try:
            ended = self._host.asked(doing, call)
        finally:
            library.closeGraphics()
            self._graphics.show_nothing()
        if display.stop is not None:
            raise display.stop
        return ended

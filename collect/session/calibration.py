"""Calibration with its repeat rule, and the drift check before a trial."""

from collect.bundle.format import Calibrated, DriftChecked
from collect.bundle.limits import CalibrationLimits
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import CalibrationResult, StopRequested
from collect.language.words import Words
from collect.session import pages
from collect.session.desk import Desk
from collect.session.devices import Devices
from collect.session.states import SessionProgress, SessionState


class CalibrationRule:
    """How the eye tracker is calibrated in one session. Both methods let StopRequested through."""

    def __init__(
        self, devices: Devices, writer: BundleWriter, desk: Desk, states: SessionProgress, words: Words,
        limits: CalibrationLimits,
    ) -> None:  # fmt: skip
        self._devices, self._writer, self._desk = devices, writer, desk
        self._states, self._words, self._limits = states, words, limits

    def calibrate(self) -> None:
        """Until the calibration is accepted; after so many poor ones, until somebody decides what to do."""
        self._states.go(SessionState.CALIBRATION)
        self._desk.now(SessionState.CALIBRATION)
        attempts = 0
        while True:
            result = self._devices.tracker.calibrate()
            attempts += 1
            self._writer.journal(
                Calibrated(
                    t_ns=self._devices.clock.now_ns(), eye=result.eye, mean_error_deg=result.mean_error_deg,
                    max_error_deg=result.max_error_deg, accepted=result.accepted, points=result.points,
                )
            )  # fmt: skip
            if result.accepted:
                return
            if attempts < self._limits.attempts:
                self._show(self._words.pages.calibration_repeat, result, pages.ON)
                continue
            key = self._show(self._words.pages.calibration_poor, result, pages.AGAIN, pages.ANYWAY, pages.STOP)
            if key == pages.STOP:
                raise StopRequested("experimenter")
            if key == pages.ANYWAY:
                self._desk.warn("The session goes on with a calibration that was not accepted.")
                return

    def drift_check(self, before_trial: int) -> None:
        """One look at a target. Where the gaze is too far from it, a new calibration is offered."""
        self._states.go(SessionState.DRIFT_CHECK)
        self._desk.now(SessionState.DRIFT_CHECK)
        check = self._devices.tracker.drift_check()
        self._writer.journal(
            DriftChecked(
                t_ns=self._devices.clock.now_ns(), before_trial=before_trial, error_deg=check.error_deg,
                accepted=check.accepted,
            )
        )  # fmt: skip
        if check.accepted:
            return
        page = pages.drift_page(self._words, check.error_deg)
        if self._devices.screen.show_text(page, (pages.AGAIN, pages.ANYWAY), self._desk.poll) == pages.AGAIN:
            self.calibrate()
            return
        far = "an unknown distance" if check.error_deg is None else f"{check.error_deg:.2f}°"
        self._desk.warn(f"Trial {before_trial} begins although the gaze was {far} away from the target.")

    def _show(self, page: str, result: CalibrationResult, *keys: str) -> str:
        text = page.format(mean=result.mean_error_deg, greatest=result.max_error_deg)
        return self._devices.screen.show_text(text, keys, self._desk.poll)

"""An EyeLink 1000 Plus through SR Research's own library: the only file that imports pylink, and not before `open`.

Nothing here knows an address: the study names the Host PC, and no other is ever asked. Checked against the library's
signatures and scripted replies; not yet against a tracker.
"""

import contextlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from collect.bundle.format import ScreenInfo, TrackerInfo
from collect.bundle.study import EyeLinkTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.eyelink_display import CalibrationGraphics, calibration_display
from collect.devices.protocols import CalibrationResult, Clock, DriftCheck, EyeEvent, GazeBatch, GazeSample

_NS_PER_MS = 1_000_000
_EVENTS = "LEFT,RIGHT,FIXATION,SACCADE,BLINK,MESSAGE,BUTTON,INPUT"
_FILE_SAMPLES = "LEFT,RIGHT,GAZE,HREF,AREA,GAZERES,BUTTON,STATUS,INPUT"
_LINK_SAMPLES = "LEFT,RIGHT,GAZE,GAZERES,AREA,STATUS,INPUT"
#: Reported by the tracker after a validation, once an eye.
_VALIDATION = re.compile(r"ERROR\s+(\d+(?:\.\d+)?)\s+avg\.?\s+(\d+(?:\.\d+)?)\s+max", re.IGNORECASE)
_GREATEST_MEAN_DEG, _GREATEST_MAX_DEG = 1.0, 2.0
#: More than two seconds at 2000 Hz; a poll never turns into an endless loop.
_LARGEST_POLL = 5000
_CLOCK_READINGS = 7
#: The library documents the number, but gives it no name.
_LEFT_EYE = 0
_FETCH_ATTEMPTS = 3


class EyeLink1000:
    """Satisfies collect.devices.protocols.Tracker.

    screen: size in pixels, and in cm where the study says so. graphics: draws calibration targets and reads keys.
    library: the module pylink, unless a test brings another. file_name: of the recording on the Host PC, at most 8 of
    A–Z, 0–9 and _; random if not said, so that no earlier recording is overwritten there.
    """

    def __init__(
        self,
        settings: EyeLinkTracker,
        screen: ScreenInfo,
        clock: Clock,
        graphics: CalibrationGraphics,
        library: Any = None,
        file_name: str | None = None,
    ) -> None:
        self._settings, self._screen, self._clock, self._graphics = settings, screen, clock, graphics
        self._library = library
        self._file = f"{file_name or 'D' + uuid4().hex[:7].upper()}.EDF"
        self._model = "EyeLink 1000 Plus"
        self._link: Any = None
        self._file_open = self._recording = False
        self._offset_ns = 0
        self._waiting = GazeBatch((), ())

    @property
    def info(self) -> TrackerInfo:
        return TrackerInfo(
            kind="eyelink", model=self._model, rate_hz=self._settings.rate_hz, eyes=self._settings.eyes,
            pupil_unit="arbitrary area", simulated=False,
        )  # fmt: skip

    # --- life ---

    def open(self) -> None:
        if self._library is None:
            with contextlib.redirect_stdout(None):  # it prints its version when it is imported
                import pylink

            self._library = pylink
        self._link = self._told("connecting", lambda: self._library.EyeLink(self._settings.address))
        self._model = self._told("asking its version", self._link.getTrackerVersionString) or self._model
        if self._told("opening a data file", lambda: self._link.openDataFile(self._file)) not in (0, None):
            raise self._error(f"the Host PC did not open the data file {self._file} (is its disk full?)")
        self._file_open = True
        self._told("going off line", self._link.setOfflineMode)
        for command in self._configuration():
            self._command(command)
        self._send(f"DISPLAY_COORDS 0 0 {self._screen.width_px - 1} {self._screen.height_px - 1}")
        self._synchronise()

    def _configuration(self) -> list[str]:
        screen, eyes = self._screen, self._settings.eyes
        commands = [
            "add_file_preamble_text 'RECORDED BY DUCHENNE'",
            f"screen_pixel_coords = 0 0 {screen.width_px - 1} {screen.height_px - 1}",
            f"sample_rate = {self._settings.rate_hz}",
            f"binocular_enabled = {'YES' if eyes == 'LR' else 'NO'}",
            "pupil_size_diameter = NO",
            "recording_parse_type = GAZE",
            f"file_event_filter = {_EVENTS}",
            f"file_sample_data = {_FILE_SAMPLES}",
            f"link_event_filter = {_EVENTS}",
            f"link_sample_data = {_LINK_SAMPLES}",
            "calibration_type = HV9",
        ]
        if eyes != "LR":
            commands.insert(4, f"active_eye = {'LEFT' if eyes == 'L' else 'RIGHT'}")
        if screen.width_cm is not None and screen.distance_cm is not None:
            half_mm = screen.width_cm * 5
            tall_mm = half_mm * screen.height_px / screen.width_px
            commands.append(f"screen_phys_coords = {-half_mm:.0f} {tall_mm:.0f} {half_mm:.0f} {-tall_mm:.0f}")
            commands.append(f"simulation_screen_distance = {screen.distance_cm * 10:.0f}")
        return commands

    def close(self, original: Path | None) -> Path | None:
        """Fetches the EDF file once; raises TrackerUnavailableError, which names the file that stays on the Host PC."""
        if self._link is None:
            return None
        try:
            if self._recording:
                self.stop()
            if not self._file_open:
                return None
            self._told("going off line", self._link.setOfflineMode)
            self._library.msecDelay(500)  # the Host PC writes what it still holds
            self._told("closing the data file", self._link.closeDataFile)
            self._file_open = False
            return None if original is None else self._fetched(original.with_suffix(".edf"))
        finally:
            link, self._link = self._link, None
            link.close()

    def _fetched(self, target: Path) -> Path:
        """To a temporary name first: a file that is only half here must not look like the whole."""
        partial = target.with_name(target.name + ".partial")
        trouble = ""
        try:
            for _ in range(_FETCH_ATTEMPTS):
                try:
                    promised = self._link.receiveDataFile(self._file, str(partial))
                except RuntimeError as error:
                    trouble = str(error)
                    continue
                arrived = partial.stat().st_size if partial.exists() else 0
                if arrived > 0 and arrived == promised:
                    partial.replace(target)
                    return target
                trouble = f"{arrived} of {promised} bytes arrived"
        finally:
            partial.unlink(missing_ok=True)
        raise self._error(
            f"the recording could not be fetched ({trouble}). It is still on the Host PC as {self._file}: "
            f"copy it from there by hand and keep it with the bundle as gaze/{target.name}"
        )

    # --- calibration ---

    def calibrate(self) -> CalibrationResult:
        """Camera setup, calibration and validation, led by the experimenter at the Host PC or with the keys C, V, Esc.

        Raises TrackerUnavailableError where the experimenter left it without a validation.
        """
        display = calibration_display(self._library, self._graphics)
        self._told("opening the calibration display", lambda: self._library.openGraphicsEx(display))
        try:
            self._told("calibrating", self._link.doTrackerSetup)
        finally:
            self._library.closeGraphics()
        if display.stop is not None:
            raise display.stop
        said = self._told("asking for the validation", self._link.getCalibrationMessage) or ""
        errors = [(float(mean), float(greatest)) for mean, greatest in _VALIDATION.findall(said)]
        if not errors:
            raise self._error(
                f"the calibration was left without a validation (it says '{said}'). Calibrate again, and press V to "
                "validate before Esc"
            )
        mean, greatest = max(mean for mean, _ in errors), max(greatest for _, greatest in errors)
        accepted = mean <= _GREATEST_MEAN_DEG and greatest <= _GREATEST_MAX_DEG
        return CalibrationResult(self._settings.eyes, mean, greatest, accepted)

    # --- trials ---

    def start(self, trial: int, clip: str) -> None:
        self._told("going off line", self._link.setOfflineMode)
        self._command(f"record_status_message 'trial {trial}: {clip[:60]}'")
        self._synchronise()
        if self._told("starting to record", lambda: self._link.startRecording(1, 1, 1, 1)) != 0:
            raise self._error("it did not start to record. See what the Host PC says")
        self._recording = True
        if not self._told("waiting for data", lambda: self._link.waitForBlockStart(1000, 1, 1)):
            raise self._error("it records, but sends no data over the link")

    def message(self, text: str) -> float:
        self._send(text[:130])  # longer ones are cut off by the library, and it does not say so
        return (self._clock.now_ns() - self._offset_ns) / _NS_PER_MS

    def drift_check(self) -> DriftCheck:
        raise NotImplementedError

    def poll(self) -> GazeBatch:
        waiting, self._waiting = self._waiting, GazeBatch((), ())
        if not self._recording:
            return waiting
        new = self._read_link()
        return GazeBatch((*waiting.samples, *new.samples), (*waiting.events, *new.events))

    def stop(self) -> None:
        """What the link still holds is given by the next poll."""
        if not self._recording:
            return
        self._waiting = self.poll()
        self._recording = False
        self._told("stopping to record", self._link.stopRecording)

    def _read_link(self) -> GazeBatch:
        if self._told("looking at the link", self._link.isConnected) == 0:
            raise self._error("the link broke. Look at its cable and at the Host PC")
        samples: list[GazeSample] = []
        events: list[EyeEvent] = []
        for _ in range(_LARGEST_POLL):
            kind = self._told("reading the link", self._link.getNextData)
            if kind == 0:
                break
            if kind == self._library.SAMPLE_TYPE:
                samples.append(self._sample(self._link.getFloatData()))
            elif kind in (self._library.ENDFIX, self._library.ENDSACC, self._library.ENDBLINK):
                events.append(self._event(kind, self._link.getFloatData()))
        return GazeBatch(samples, events)

    def _sample(self, raw: Any) -> GazeSample:
        left = self._eye(raw.getLeftEye()) if raw.isLeftSample() else (math.nan,) * 3
        right = self._eye(raw.getRightEye()) if raw.isRightSample() else (math.nan,) * 3
        time_ms = float(raw.getTime())
        return GazeSample(self._host_ns(time_ms), time_ms, *left, *right)

    def _eye(self, raw: Any) -> tuple[float, float, float]:
        x, y = raw.getGaze()
        pupil = float(raw.getPupilSize())
        # In a blink the tracker gives no gaze, and a pupil of 0, which is no measurement either.
        return self._present(x), self._present(y), self._present(pupil) if pupil > 0 else math.nan

    def _present(self, value: float) -> float:
        return math.nan if value == self._library.MISSING_DATA else float(value)

    def _event(self, kind: int, raw: Any) -> EyeEvent:
        start_ms, end_ms = float(raw.getStartTime()), float(raw.getEndTime())
        x = y = end_x = end_y = pupil = math.nan
        if kind == self._library.ENDFIX:
            (x, y), pupil = raw.getAverageGaze(), float(raw.getAveragePupilSize())
        elif kind == self._library.ENDSACC:
            (x, y), (end_x, end_y) = raw.getStartGaze(), raw.getEndGaze()
        return EyeEvent(
            "fixation" if kind == self._library.ENDFIX else "saccade" if kind == self._library.ENDSACC else "blink",
            "L" if raw.getEye() == _LEFT_EYE else "R",
            self._host_ns(start_ms), self._host_ns(end_ms), start_ms, end_ms,
            self._present(x), self._present(y), self._present(end_x), self._present(end_y), pupil, "tracker",
        )  # fmt: skip

    # --- clocks ---

    def _host_ns(self, device_ms: float) -> int:
        return self._offset_ns + round(device_ms * _NS_PER_MS)

    def _synchronise(self) -> None:
        """Host time of the tracker's zero, from the quickest of a few readings; anew each trial, since clocks drift."""
        best: tuple[int, int] | None = None
        for _ in range(_CLOCK_READINGS):
            before_ns = self._clock.now_ns()
            tracker_us = float(self._told("asking its time", self._link.trackerTimeUsec))
            took_ns = self._clock.now_ns() - before_ns
            offset_ns = before_ns + took_ns // 2 - round(tracker_us * 1000)
            best = (took_ns, offset_ns) if best is None else min(best, (took_ns, offset_ns))
        assert best is not None
        self._offset_ns = best[1]

    # --- talking ---

    def _command(self, text: str) -> None:
        self._told(f"the command '{text}'", lambda: self._link.sendCommand(text))

    def _send(self, text: str) -> None:
        self._told("a message", lambda: self._link.sendMessage(text))

    def _told(self, doing: str, call: Callable[[], Any]) -> Any:
        if self._link is None and doing != "connecting":
            raise self._error("it is not open")
        try:
            return call()
        except RuntimeError as error:
            raise self._error(f"{doing} failed ({str(error).strip() or 'no reason given'})") from error

    def _error(self, what: str) -> TrackerUnavailableError:
        return TrackerUnavailableError(
            f"EyeLink at {self._settings.address}: {what}. Check that the Host PC is on and its program runs, the "
            "cable, and the study's field 'tracker.address'."
        )

"""An EyeLink 1000 Plus through SR Research's own library.

Checked against the library's signatures and scripted replies; not yet against a tracker.
"""

from pathlib import Path
from typing import Any

from collect.bundle.format import ScreenInfo, TrackerInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import EyeLinkTracker
from collect.clock_mapping.live import LiveClockMapping
from collect.devices.errors import RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.protocols import CalibrationResult, Clock, ClockReading, DriftCheck, GazeBatch
from collect.devices.tracker.eyelink_calibration import EyeLinkCalibration
from collect.devices.tracker.eyelink_commands import display_message, opening_commands
from collect.devices.tracker.eyelink_display import CalibrationGraphics
from collect.devices.tracker.eyelink_file import fetched, free_place, host_file_name
from collect.devices.tracker.eyelink_host import EyeLinkHost, connected_host, host_error
from collect.devices.tracker.eyelink_link import LinkData

_NS_PER_US = 1000
_READINGS_AT_ONCE = 7
_READ_CLOCK_EVERY_NS = 1_000_000_000
_STARTED = 0
_USUAL_LIMITS = CalibrationLimits()


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
        limits: CalibrationLimits = _USUAL_LIMITS,
    ) -> None:
        self._settings, self._screen, self._clock = settings, screen, clock
        self._graphics, self._library, self._limits = graphics, library, limits
        self._file = host_file_name(file_name)
        self._model = "EyeLink 1000 Plus"
        self._host: EyeLinkHost | None = None
        self._file_open = self._recording = False
        self._mapping = LiveClockMapping()
        self._last_reading_ns = 0
        self._waiting = GazeBatch((), ())

    @property
    def info(self) -> TrackerInfo:
        return TrackerInfo(
            kind="eyelink", model=self._model, rate_hz=self._settings.rate_hz, eyes=self._settings.eyes,
            pupil_unit="arbitrary area", simulated=False,
        )  # fmt: skip

    @property
    def host_file(self) -> str:
        """What the recording is called on the Host PC."""
        return self._file

    # --- life ---

    def open(self) -> None:
        """Raises TrackerUnavailableError: nothing answers, or the Host PC's disk takes no file."""
        if self._host is not None:
            return
        host = self._host = connected_host(self._settings.address, self._library)
        self._model = host.asked("asking its version", host.link.getTrackerVersionString) or self._model
        if host.asked("opening a data file", lambda: host.link.openDataFile(self._file)) not in (0, None):
            raise host.error(f"the Host PC did not open the data file {self._file} (is its disk full?)")
        self._file_open = True
        host.go_offline()
        for command in opening_commands(self._settings, self._screen):
            host.command(command)
        host.message(display_message(self._screen))
        self._read_clock()

    def close(self, original: Path | None) -> Path | None:
        """Fetches the EDF file once. Raises RecordingNotFetchedError, which names the file that stays on the host."""
        host = self._host
        if host is None:
            return None
        target = free_place(original or Path("gaze/original"), self._file)
        try:
            if not self._file_open:
                return None
            self._end_file(host)
            return None if original is None else fetched(host, self._file, target)
        except RecordingNotFetchedError:
            raise
        except TrackerUnavailableError as error:
            raise RecordingNotFetchedError(
                f"EyeLink at {host.address}", self._file, target, f"{error.args[0]}".rstrip(".")
            ) from error
        finally:
            self._host, self._recording, self._file_open = None, False, False
            host.close()

    def _end_file(self, host: EyeLinkHost) -> None:
        if self._recording:
            self._recording = False
            host.asked("stopping to record", host.link.stopRecording)
        host.go_offline()
        host.library.msecDelay(500)  # the Host PC writes what it still holds
        host.asked("closing the data file", host.link.closeDataFile)

    # --- between trials ---

    def calibrate(self) -> CalibrationResult:
        """Camera setup, calibration and validation. Raises TrackerUnavailableError, StopRequested."""
        return self._calibration().calibrate(self._settings.eyes)

    def drift_check(self) -> DriftCheck:
        """With a target in the middle of the screen. Raises TrackerUnavailableError, StopRequested."""
        return self._calibration().drift_check()

    def _calibration(self) -> EyeLinkCalibration:
        return EyeLinkCalibration(self._open_host(), self._graphics, self._screen, self._limits)

    # --- trials ---

    def start(self, trial: int, clip: str) -> None:
        """Raises TrackerUnavailableError where it does not record, or sends nothing over the link."""
        host = self._open_host()
        host.go_offline()
        host.command(f"record_status_message 'trial {trial}: {clip[:60]}'")
        self._read_clock()
        if host.asked("starting to record", lambda: host.link.startRecording(1, 1, 1, 1)) != _STARTED:
            raise host.error("it did not start to record. See what the Host PC says")
        self._recording = True
        if not host.asked("waiting for data", lambda: host.link.waitForBlockStart(1000, 1, 1)):
            raise host.error("it records, but sends no data over the link")

    def message(self, text: str) -> float:
        host = self._open_host()
        before_ns = self._clock.now_ns()
        host.message(text)
        return self._mapping.device_ms((before_ns + self._clock.now_ns()) // 2)

    def poll(self) -> GazeBatch:
        """Raises TrackerUnavailableError where the link broke, or somebody ended the recording at the Host PC."""
        host = self._open_host()
        if self._clock.now_ns() - self._last_reading_ns >= _READ_CLOCK_EVERY_NS:
            self._read_clock(1)
        waiting, self._waiting = self._waiting, GazeBatch((), ())
        samples, events = list(waiting.samples), list(waiting.events)
        if self._recording:
            host.require_link()
            self._require_recording(host)
            new_samples, new_events = LinkData(host, self._mapping.host_ns).read()
            samples += new_samples
            events += new_events
        return GazeBatch(samples, events, (*waiting.clock, *self._mapping.take_new()))

    def stop(self) -> None:
        """What the link still holds is given by the next poll."""
        if not self._recording:
            return
        host = self._open_host()
        self._waiting = self.poll()
        self._recording = False
        host.asked("stopping to record", host.link.stopRecording)

    def _require_recording(self, host: EyeLinkHost) -> None:
        try:
            ended = host.link.isRecording()
        except RuntimeError:
            ended = host.library.TRIAL_ERROR
        if ended == host.library.TRIAL_OK:
            return
        self._recording = False
        raise host.error(
            "it stopped recording in the middle of the trial: somebody ended it at the Host PC, or its disk is full"
        )

    # --- its clock ---

    def _read_clock(self, times: int = _READINGS_AT_ONCE) -> None:
        """The library keeps its own estimate of the tracker's clock, which it corrects over the link now and then."""
        host = self._open_host()
        for _ in range(times):
            before_ns = self._clock.now_ns()
            tracker_us = float(host.asked("asking its time", host.link.trackerTimeUsec))
            half_trip_ns = (self._clock.now_ns() - before_ns) // 2
            # The estimate is in microseconds: better than one of them no reading can be.
            reading = ClockReading(before_ns + half_trip_ns, tracker_us / 1000, max(half_trip_ns, _NS_PER_US))
            self._mapping.add(reading)
        self._last_reading_ns = self._clock.now_ns()

    def _open_host(self) -> EyeLinkHost:
        if self._host is None:
            raise host_error(self._settings.address, "it is not open")
        return self._host

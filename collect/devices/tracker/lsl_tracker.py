"""Any eye tracker that streams by Lab Streaming Layer, with the clock correction of that layer.

Samples keep the sender's own time stamps, which nothing smooths; eye events are left to the analysis.
"""

from pathlib import Path

from collect.bundle.format import ScreenInfo, TrackerInfo
from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import LSLTracker
from collect.clock_mapping.live import LiveClockMapping
from collect.devices.errors import ScreenSizeUnknownError, TrackerUnavailableError
from collect.devices.protocols import CalibrationResult, Clock, DriftCheck, GazeBatch, GazeSample
from collect.devices.tracker.eyelink_display import CalibrationGraphics
from collect.devices.tracker.lsl_channels import GazeChannels, gaze_channels
from collect.devices.tracker.lsl_stream import LSLStream
from collect.devices.tracker.target_validation import TargetValidation
from collect.devices.tracker.validation_targets import ViewingGeometry

_MS_PER_S = 1000.0
_READ_CLOCK_EVERY_NS = 500_000_000
#: How long after a stop samples that are still on their way are waited for.
_LAST_SAMPLES_NS, _LOOK_EVERY_NS = 300_000_000, 5_000_000


class LSLEyeTracker:
    """Satisfies collect.devices.protocols.Tracker.

    screen: with its width and the distance to the eyes, which a validation in degrees needs. graphics: the
    participant's screen. find_s: seconds until a stream that is not there is told.
    """

    def __init__(
        self, settings: LSLTracker, screen: ScreenInfo, clock: Clock, graphics: CalibrationGraphics,
        limits: CalibrationLimits, find_s: float = 10.0,
    ) -> None:  # fmt: skip
        self._settings, self._screen, self._clock = settings, screen, clock
        self._graphics, self._limits, self._find_s = graphics, limits, find_s
        self._model = settings.stream
        self._geometry: ViewingGeometry | None = None
        self._stream: LSLStream | None = None
        self._channels: GazeChannels | None = None
        self._mapping = LiveClockMapping()
        self._last_reading_ns = 0
        #: Samples from this host time on belong to the trial; None between trials.
        self._from_ns: int | None = None
        self._waiting: list[GazeSample] = []

    @property
    def info(self) -> TrackerInfo:
        return TrackerInfo(
            kind="lsl", model=self._model, rate_hz=self._settings.rate_hz, eyes=self._settings.eyes,
            pupil_unit=self._settings.pupil_unit, simulated=False,
        )  # fmt: skip

    # --- life ---

    def open(self) -> None:
        """Raises ScreenSizeUnknownError, and TrackerUnavailableError: there is no such stream, or it is another one."""
        if self._stream is not None:
            return
        self._geometry = ViewingGeometry.of(self._screen)
        if self._geometry is None:
            raise ScreenSizeUnknownError(
                "The accuracy of a streamed tracker is measured in degrees, but the study does not say how large the "
                "screen is and how far away. Write 'screen.width_cm' and 'screen.distance_cm' into the study."
            )
        self._stream = LSLStream(self._settings, self._clock, self._find_s)
        info = self._stream.info
        self._model = f"{info.name()} ({info.source_id()})" if info.source_id() else info.name()
        self._channels = gaze_channels(self._settings, self._screen, self._stream.labels, info.channel_count())
        self._read_clock()

    def close(self, original: Path | None) -> None:
        """None: whatever the tracker's program keeps, it keeps itself."""
        stream, self._stream = self._stream, None
        self._from_ns, self._waiting = None, []
        if stream is not None:
            stream.close()

    # --- between trials ---

    def calibrate(self) -> CalibrationResult:
        """A validation of what the tracker's own program calibrated. Raises TrackerUnavailableError, StopRequested."""
        return self._validation().calibrate(self._settings.eyes)

    def drift_check(self) -> DriftCheck:
        return self._validation().drift_check(self._settings.eyes)

    def _validation(self) -> TargetValidation:
        self._open_stream().flush()
        assert self._geometry is not None, "checked when it was opened"
        return TargetValidation(self._geometry, self._clock, self._graphics, self._limits, self._pulled)

    # --- trials ---

    def start(self, trial: int, clip: str) -> None:
        self._open_stream().flush()
        self._read_clock()
        self._waiting = []
        self._from_ns = self._clock.now_ns()

    def message(self, text: str) -> float:
        """The sender's time. Its record is not ours to write into: the session's own record has the message."""
        self._open_stream()
        return self._mapping.device_ms(self._clock.now_ns())

    def poll(self) -> GazeBatch:
        """Raises TrackerUnavailableError where the stream was lost."""
        self._open_stream()
        if self._clock.now_ns() - self._last_reading_ns >= _READ_CLOCK_EVERY_NS:
            self._read_clock()
        samples, self._waiting = self._waiting, []
        if self._from_ns is not None:
            samples += [sample for sample in self._pulled() if sample.host_ns >= self._from_ns]
        return GazeBatch(samples, (), self._mapping.take_new())

    def stop(self) -> None:
        """What was measured until now is given by the next poll, also what is still on its way."""
        if self._from_ns is None:
            return
        from_ns, stop_ns = self._from_ns, self._clock.now_ns()
        self._from_ns = None
        samples = self._pulled()
        while (not samples or samples[-1].host_ns < stop_ns) and self._clock.now_ns() < stop_ns + _LAST_SAMPLES_NS:
            self._clock.wait_until(self._clock.now_ns() + _LOOK_EVERY_NS)
            samples += self._pulled()
        self._waiting += [sample for sample in samples if from_ns <= sample.host_ns <= stop_ns]

    def _pulled(self) -> list[GazeSample]:
        """Everything that waits, in host time."""
        assert self._channels is not None, "the stream is open"
        times_s, chunk = self._open_stream().pull()
        device_ms = times_s * _MS_PER_S
        host_ns = map(self._mapping.host_ns, device_ms.tolist())
        gaze = self._channels.gaze(chunk)
        rows = zip(host_ns, device_ms.tolist(), *gaze.T.tolist(), strict=True)
        return [GazeSample(*row) for row in rows]

    def _read_clock(self) -> None:
        reading = self._open_stream().clock_reading()
        if reading is not None:
            self._mapping.add(reading)
        self._last_reading_ns = self._clock.now_ns()

    def _open_stream(self) -> LSLStream:
        if self._stream is None:
            raise TrackerUnavailableError(f"The stream '{self._settings.stream}' is not open. Open the tracker first.")
        return self._stream

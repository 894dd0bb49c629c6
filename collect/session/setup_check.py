"""The setup page: what the camera sees and what to change, before anything is recorded."""

from collections.abc import Sequence
from pathlib import Path

from collect.bundle.format import SetupChecked
from collect.bundle.study import Study
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import CameraPreview, SetupCheck, SetupView
from collect.framing.advice import Framing, FramingLimits, advice
from collect.language.words import AdviceKey, CheckKey, Words
from collect.session.desk import Desk, free_gb
from collect.session.devices import Devices

#: Faces are looked for a few times a second, however often the page is drawn.
_LOOK_EVERY_NS = 300_000_000
#: A camera that gives less than this share of the frames that it should is too slow.
_LEAST_RATE = 0.9
#: What a second of 1080p30 may take at most; and what the machine itself should keep.
_GB_A_SECOND, _SPARE_GB = 0.003, 1.0

_LIGHT: tuple[AdviceKey, ...] = ("too_dark", "too_bright")
_SHARPNESS: tuple[AdviceKey, ...] = ("blurred",)


class SetupLook:
    """Calling it gives what the setup page shows now. Raises StopRequested as the experimenter wishes, and
    CameraUnavailableError once the camera has failed.
    """

    def __init__(self, study: Study, devices: Devices, words: Words, desk: Desk, folder: Path) -> None:
        """`folder`: where the recording will go."""
        self._devices, self._desk = devices, desk
        self._words = words.setup
        self._limits = FramingLimits(brightness=study.limits.trial.brightness)
        self._nominal_fps = study.camera.fps
        self._folder = folder
        self._last_ns: int | None = None
        self._view = SetupView(None, (), ())
        self._standing: tuple[AdviceKey, ...] = ()

    def __call__(self) -> SetupView:
        self._desk.poll()
        now_ns = self._devices.clock.now_ns()
        if self._last_ns is None or now_ns - self._last_ns >= _LOOK_EVERY_NS:
            self._last_ns = now_ns
            self._view = self._look()
        return self._view

    def checked(self) -> SetupChecked:
        """What is to be journalled when the experimenter goes on, with the advice that still stands."""
        self._last_ns = None
        self()
        return SetupChecked(
            t_ns=self._devices.clock.now_ns(), sound=self._devices.screen.has_sound,
            camera_fps=self._devices.camera.status().fps, encoder=self._devices.camera.info.codec,
            advice=self._standing,
        )  # fmt: skip

    def _look(self) -> SetupView:
        failure = self._devices.camera.status().failure
        if failure is not None:
            raise CameraUnavailableError(f"{failure} Nothing was recorded yet.")
        preview = self._devices.camera.preview()
        framing = None if preview is None else advice(preview.image, self._limits)
        found = self._found(preview, framing)
        self._standing = tuple(key for _, keys, _ in found for key in keys)
        checks = [
            SetupCheck(
                self._words.checks[name], "; ".join(self._words.advice[key] for key in keys) or well, ok=not keys
            )
            for name, keys, well in found
        ]
        return SetupView(None if preview is None else preview.image, () if framing is None else framing.boxes, checks)

    def _found(
        self, preview: CameraPreview | None, framing: Framing | None
    ) -> list[tuple[CheckKey, Sequence[AdviceKey], str]]:
        """Each check with its advice, and what it says where there is none."""
        words, all_well = self._words, self._words.advice["all_well"]
        status = self._devices.camera.status()
        slow = 0 < status.fps < _LEAST_RATE * self._nominal_fps
        camera: list[AdviceKey] = ["no_picture"] if preview is None else ["slow_camera"] if slow else []
        rate = words.camera_fps.format(fps=status.fps) if status.fps else all_well
        found: list[tuple[CheckKey, Sequence[AdviceKey], str]] = [("camera", camera, rate)]
        if framing is not None:
            told: list[AdviceKey] = [item.value for item in framing.advice]
            found += [
                ("face", [key for key in told if key not in _LIGHT + _SHARPNESS], all_well),
                ("light", [key for key in told if key in _LIGHT], all_well),
                ("sharpness", [key for key in told if key in _SHARPNESS], all_well),
            ]
        sound: list[AdviceKey] = [] if self._devices.screen.has_sound else ["no_sound"]
        free = free_gb(self._folder)
        needed = _SPARE_GB + _GB_A_SECOND * (self._desk.session_left_s() or 0.0)
        disk: list[AdviceKey] = [] if free >= needed else ["disk_short"]
        # A tracker that does not answer has raised when it was opened.
        return [
            *found,
            ("sound", sound, words.sound_ready),
            ("tracker", [], f"{words.tracker_ready} ({self._devices.tracker.info.model})"),
            ("disk", disk, words.disk_free.format(gigabytes=free)),
        ]

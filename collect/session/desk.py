"""The experimenter's desk: what they see of the session, and what they ask of it, taken up at safe moments."""

import contextlib
import shutil
from collections import deque
from pathlib import Path

from collect.bundle.format import Warned
from collect.bundle.writer import BundleWriter
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import GazeBatch, StopRequested
from collect.operator.protocol import Operator, OperatorStatus, Request
from collect.session.devices import Devices
from collect.session.presentations import Presentation
from collect.session.states import SessionState

#: Four looks a second: enough for people, and nothing to a frame.
_LOOK_EVERY_NS = 250_000_000
_DISK_EVERY_NS = 2_000_000_000
_GAZE_LOOKS = 12
#: Below this the rest of a session may not fit any more.
_LEAST_FREE_GB = 1.0
#: How long answering one item and the changes between two clips take, until this participant's own pace is known.
_ANSWER_S, _BETWEEN_S = 5.0, 3.0


class SkipRequested(Exception):  # noqa: N818 -- a request of a person, not an error
    """The experimenter wants the running trial to end."""


class Desk:
    """Given to everything that waits. `poll` may be called as often as one likes."""

    def __init__(self, operator: Operator, devices: Devices, title: str, folder: Path) -> None:
        """`folder`: where the recording goes; its disk is watched, and need not be there yet."""
        self._operator, self._devices, self._title, self._folder = operator, devices, title, folder
        self._writer: BundleWriter | None = None
        self._state: str = SessionState.SETUP
        self._total = 0
        self._ahead: tuple[Presentation, ...] = ()
        self._extra_s = 0.0
        self._running: Presentation | None = None
        self._trial = 0
        self._in_trial = False
        self._clip_began_ns: int | None = None
        self._waiting: list[Request] = []
        self._warning = ""
        self._gaze: deque[tuple[int, int]] = deque([(0, 0)], maxlen=_GAZE_LOOKS)
        self._last_look_ns = self._last_disk_ns = -_DISK_EVERY_NS
        self._free_gb: float | None = None
        self._told_disk = False
        self._told_camera = False

    # --- what the session tells ---

    def recording(self, writer: BundleWriter) -> None:
        """From now on the camera is watched, and warnings go into the journal as well."""
        self._writer = writer

    def planned(self, presentations: tuple[Presentation, ...], total: int, items: int, fixed_s: float) -> None:
        """`items`: questions after a trial. `fixed_s`: seconds of cross and rest with each clip."""
        self._ahead, self._total = presentations, total
        self._trial = total - len(presentations)
        self._extra_s = fixed_s + _BETWEEN_S + items * _ANSWER_S

    def now(self, state: str) -> None:
        self._state = state
        self._show()

    def trial_begins(self, presentation: Presentation) -> None:
        self._running, self._trial, self._in_trial, self._clip_began_ns = presentation, presentation.number, True, None
        self._ahead = tuple(ahead for ahead in self._ahead if ahead.number > presentation.number)
        self.now(SessionState.TRIAL)

    def clip_began(self, flip_ns: int) -> None:
        self._clip_began_ns = flip_ns

    def trial_ended(self) -> None:
        self._in_trial, self._clip_began_ns = False, None
        if "skip" in self._waiting:
            self._waiting.remove("skip")

    def gaze(self, batch: GazeBatch) -> None:
        """What the tracker gave; only counted here."""
        if batch.samples:
            seen = sum(sample.left_x == sample.left_x or sample.right_x == sample.right_x for sample in batch.samples)
            known, valid = self._gaze[-1]
            self._gaze[-1] = known + len(batch.samples), valid + seen

    def warn(self, text: str) -> None:
        """In the journal, where there is one, and before the experimenter's eyes. Raises BundleWriteError."""
        self._warning = text
        try:
            if self._writer is not None:
                self._writer.journal(Warned(t_ns=self._devices.clock.now_ns(), text=text))
        finally:
            self._show()

    # --- what the experimenter asks ---

    def poll(self) -> None:
        """Look around, at most four times a second.

        Raises StopRequested and SkipRequested as the experimenter wishes; CameraUnavailableError once it has failed.
        """
        if self._devices.clock.now_ns() - self._last_look_ns >= _LOOK_EVERY_NS:
            self.look()

    def take(self, request: Request) -> bool:
        """Was this asked for? It then counts as done."""
        if request not in self._waiting:
            return False
        self._waiting.remove(request)
        return True

    def asked_anything(self) -> bool:
        """Has the experimenter pressed anything since the last look? For when all is over and a page still waits."""
        return bool(self._operator.requests())

    def asked_to_stop(self) -> bool:
        """Has the experimenter asked to stop, since the session's end? For what it does then that need not be done."""
        self._take_requests()
        return self.take("stop")

    def look(self) -> None:
        """As `poll`, at once."""
        now_ns = self._last_look_ns = self._devices.clock.now_ns()
        if now_ns - self._last_disk_ns >= _DISK_EVERY_NS:
            self._last_disk_ns = now_ns
            self._look_at_the_disk()
        self._take_requests()
        self._show()
        self._gaze.append((0, 0))
        if "stop" in self._waiting:
            self._waiting.remove("stop")
            raise StopRequested("experimenter")
        if self._in_trial and "skip" in self._waiting:
            self._waiting.remove("skip")
            raise SkipRequested
        if self._writer is not None:
            self._look_at_the_camera()

    def _take_requests(self) -> None:
        for request in self._operator.requests():
            if request == "skip" and not self._in_trial:
                continue  # there is nothing to skip
            if request == "pause" and request in self._waiting:
                self._waiting.remove(request)  # asked for once more before it began: they changed their mind
            elif request not in self._waiting:
                self._waiting.append(request)

    def _look_at_the_camera(self) -> None:
        camera = self._devices.camera.status()
        if camera.failure is not None:
            raise CameraUnavailableError(camera.failure)
        # Told when it begins: the sentence has figures in it that change with every look.
        if camera.warning is not None and not self._told_camera:
            self.warn(camera.warning)
        self._told_camera = camera.warning is not None

    def _look_at_the_disk(self) -> None:
        with contextlib.suppress(OSError):
            self._free_gb = free_gb(self._folder)
        short = self._free_gb is not None and self._free_gb < _LEAST_FREE_GB
        if short and not self._told_disk and self._writer is not None:
            self._told_disk = True
            self.warn(f"Only {self._free_gb:.1f} GB are left on the disk of {self._folder}. Make room there.")

    # --- what they see ---

    def _show(self) -> None:
        camera = self._devices.camera.status()
        samples = sum(known for known, _ in self._gaze)
        running = self._running if self._in_trial else None
        self._operator.show(
            OperatorStatus(
                title=self._title, state=self._state, trial=self._trial, trials=self._total,
                clip="" if running is None else running.clip, role="" if running is None else running.role,
                clip_left_s=self._clip_left_s(), session_left_s=self.session_left_s(),
                gaze_valid=sum(valid for _, valid in self._gaze) / samples if samples else None,
                camera_fps=camera.fps, camera_frames=camera.frames, camera_dropped=camera.dropped,
                disk_free_gb=self._free_gb, warning=self._warning, waiting=tuple(self._waiting),
            )
        )  # fmt: skip

    def _clip_left_s(self) -> float | None:
        if self._clip_began_ns is None or self._running is None or not self._running.duration_s:
            return None
        since_s = (self._devices.clock.now_ns() - self._clip_began_ns) / 1e9
        return max(0.0, self._running.duration_s - since_s)

    def session_left_s(self) -> float | None:
        """About how long the session still takes; None before it is planned."""
        if not self._total:
            return None
        ahead = sum(ahead.duration_s + (self._extra_s if ahead.is_asked_about else 0.0) for ahead in self._ahead)
        return ahead + (self._clip_left_s() or 0.0)


def free_gb(folder: Path) -> float:
    """Free space, in 10^9 bytes, where the folder is or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free / 1e9

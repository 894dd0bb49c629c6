"""Cameras that film a simulated participant: one in real time and in a process of its own, one on a virtual clock.

Both render the same frames through the same writer. Both can fail by script.
"""

import contextlib
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from collect.bundle.format import CameraInfo
from collect.devices.errors import CameraUnavailableError
from collect.devices.face_video import CODEC
from collect.devices.protocols import CameraStatus
from collect.errors import CollectError
from collect.simulation.face_recorder import FaceRecorder
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock

_NS = 1_000_000_000
_OPENING_S, _CLOSING_S = 60.0, 30.0


@dataclass(frozen=True)
class CameraFaults:
    """What shall go wrong.

    `silent_after_frames`: no frame comes after so many. `dies_after_frames`: its process ends.
    """

    silent_after_frames: int | None = None
    dies_after_frames: int | None = None


NO_FAULTS = CameraFaults()


@dataclass(frozen=True)
class CameraSettings:
    width: int = 640
    height: int = 480
    fps: float = 30.0
    faults: CameraFaults = NO_FAULTS

    @property
    def info(self) -> CameraInfo:
        return CameraInfo(
            kind="simulated", model="simulated camera (warped public-domain portrait)", width_px=self.width,
            height_px=self.height, nominal_fps=self.fps, codec=CODEC, simulated=True,
        )  # fmt: skip

    def due_ns(self, start_ns: int, tick: int) -> int:
        """Time of the n-th frame: computed from the start, so that rounding never adds up."""
        return start_ns + round(tick * _NS / self.fps)

    def silent_text(self, frames: int) -> str:
        return f"The simulated camera gives no more pictures after {frames} frames, as its scripted fault says."


class VirtualTimeCamera:
    """Satisfies Camera on a VirtualClock: whenever the clock jumps, the frames that fell due are rendered."""

    def __init__(
        self, participant: SimulatedParticipant, clock: VirtualClock, settings: CameraSettings = CameraSettings()
    ) -> None:
        self._participant, self._clock, self._settings = participant, clock, settings
        self._recorder: FaceRecorder | None = None
        self._start_ns = self._tick = self._recorded = 0
        self._silent = False

    @property
    def info(self) -> CameraInfo:
        return self._settings.info

    def open(self, bundle: Path) -> None:
        settings = self._settings
        self._start_ns = self._clock.now_ns()
        self._recorder = FaceRecorder(
            self._participant, bundle, settings.width, settings.height, settings.fps, self._start_ns, durable=False
        )
        self._tick = 0
        self._clock.follow(self._catch_up)

    def start(self, trial: int) -> None:
        self._opened().start(trial, self._clock.now_ns())

    def stop(self) -> None:
        self._opened().stop(self._clock.now_ns())

    def status(self) -> CameraStatus:
        failure = self._settings.silent_text(self._recorded) if self._silent else None
        return CameraStatus(self._recorded, 0, failure)

    def close(self) -> None:
        self._clock.unfollow(self._catch_up)
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    def _opened(self) -> FaceRecorder:
        if self._recorder is None:
            raise CameraUnavailableError("The simulated camera is not open. Open it before the session records.")
        return self._recorder

    def _catch_up(self, now_ns: int) -> None:
        recorder = self._opened()
        limit = self._settings.faults.silent_after_frames
        while (due_ns := self._settings.due_ns(self._start_ns, self._tick)) <= now_ns:
            self._tick += 1
            self._silent = limit is not None and self._recorded >= limit
            if not self._silent:
                recorder.record(due_ns)
                self._recorded += 1


@dataclass(frozen=True)
class _Started:
    trial: int
    at_ns: int


@dataclass(frozen=True)
class _Stopped:
    at_ns: int


class SimulatedCamera:
    """Satisfies Camera in real time. Its process renders and encodes, so that the screen's process never waits."""

    def __init__(self, participant: SimulatedParticipant, settings: CameraSettings = CameraSettings()) -> None:
        self._participant, self._settings = participant, settings
        context = multiprocessing.get_context("spawn")
        # Frames, dropped frames.
        self._counts = context.Array("q", 2)
        self._context = context
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._failure: str | None = None

    @property
    def info(self) -> CameraInfo:
        return self._settings.info

    def open(self, bundle: Path) -> None:
        """Returns when the first frame is about to come. Raises CameraUnavailableError."""
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_camera_process, args=(self._participant, self._settings, bundle, theirs, self._counts), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_OPENING_S) or (answer := self._received()) is None:
            self.close()
            raise CameraUnavailableError(
                "The simulated camera's process did not start. Try again, or look at its output."
            )
        if answer:
            self.close()
            raise CameraUnavailableError(answer)

    def start(self, trial: int) -> None:
        self._participant.plan(trial)
        self._send(_Started(trial, time.perf_counter_ns()))

    def stop(self) -> None:
        self._send(_Stopped(time.perf_counter_ns()))

    def status(self) -> CameraStatus:
        frames, dropped = self._counts[:]
        self._look_for_failure()
        return CameraStatus(frames, dropped, self._failure)

    def close(self) -> None:
        """Finish the files. A camera that does not end in time is ended."""
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return
        self._look_for_failure()
        self._process = self._pipe = None
        with contextlib.suppress(OSError):
            pipe.send(None)
        process.join(_CLOSING_S)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()

    def _send(self, what: object) -> None:
        if self._pipe is None:
            raise CameraUnavailableError("The simulated camera is not open. Open it before the session records.")
        # A dead camera is told by status(): the session decides whether to go on without it.
        with contextlib.suppress(OSError):
            self._pipe.send(what)

    def _received(self) -> str | None:
        """What the process said; None where it has died."""
        assert self._pipe is not None
        try:
            return str(self._pipe.recv())
        except (EOFError, OSError):
            return None

    def _look_for_failure(self) -> None:
        if self._failure is not None or self._process is None or self._pipe is None:
            return
        if self._pipe.poll(0) and (said := self._received()) is not None:
            self._failure = said
        elif not self._process.is_alive():
            self._failure = (
                f"The simulated camera's process ended by itself ({_ending(self._process.exitcode)}) after"
                f" {self._counts[0]} frames. What it had written is in the bundle; resume the session to go on."
            )


def _ending(code: int | None) -> str:
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"


def _camera_process(
    participant: SimulatedParticipant, settings: CameraSettings, bundle: Path, pipe: Connection, counts: "list[int]"
) -> None:
    """The camera's own process. Ends when it is told to or when the session's process is gone."""
    # Ctrl-C in a terminal reaches the whole group: the session ends the camera, in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import cv2

    cv2.setNumThreads(1)
    try:
        recorder = FaceRecorder(
            participant, bundle, settings.width, settings.height, settings.fps, time.perf_counter_ns(), durable=True
        )
    except CollectError as error:
        pipe.send(str(error))
        return
    pipe.send("")
    try:
        _record(recorder, settings, pipe, counts)
        recorder.close()
    except CollectError as error:
        with contextlib.suppress(OSError):
            pipe.send(str(error))


def _record(recorder: FaceRecorder, settings: CameraSettings, pipe: Connection, counts: "list[int]") -> None:
    start_ns, tick = time.perf_counter_ns(), 0
    silent = False
    while True:
        wait_s = (settings.due_ns(start_ns, tick) - time.perf_counter_ns()) / _NS
        if pipe.poll(max(0.0, wait_s)):
            try:
                message = pipe.recv()
            except EOFError:
                return
            if message is None:
                return
            if isinstance(message, _Started):
                recorder.start(message.trial, message.at_ns)
            else:
                recorder.stop(message.at_ns)
            continue
        if settings.faults.dies_after_frames is not None and counts[0] >= settings.faults.dies_after_frames:
            signal.raise_signal(signal.SIGKILL)
        if settings.faults.silent_after_frames is not None and counts[0] >= settings.faults.silent_after_frames:
            if not silent:
                pipe.send(settings.silent_text(counts[0]))
            silent = True
        else:
            recorder.record(time.perf_counter_ns())
            counts[0] += 1
        tick += 1
        # A frame that took too long costs those that fell due meanwhile; a real camera drops them, too.
        missed = int((time.perf_counter_ns() - settings.due_ns(start_ns, tick)) * settings.fps / _NS)
        if missed > 0:
            tick += missed
            counts[1] += missed

"""A camera that works in a process of its own, seen from the session's: neither waits for the other."""

import contextlib
import multiprocessing
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import NoReturn

from collect.bundle.format import CameraInfo
from collect.devices.camera.camera_preview import PreviewReader
from collect.devices.camera.camera_process import camera_process
from collect.devices.camera.camera_source import SourceFactory, TrialBegan, TrialEnded
from collect.devices.camera.camera_words import (
    COUNTS,
    FRAMES,
    LOOKED_NS,
    LOST,
    MILLI_FPS,
    OVERFLOWN,
    CameraTask,
    Close,
    Failed,
    Prepared,
    Record,
    Recording,
)
from collect.devices.errors import CameraUnavailableError, EncoderTooSlowError
from collect.devices.protocols import CameraPreview, CameraStatus

_PREPARING_S, _OPENING_S, _CLOSING_S = 60.0, 60.0, 30.0
#: A camera that gives less than this share of the pictures that the study wants is worth a warning.
_RATE_SHARE = 0.9


class ProcessCamera:
    """Satisfies collect.devices.protocols.Camera, with pictures of any CameraSource."""

    def __init__(self, name: str, info: CameraInfo, source: SourceFactory, hint: str) -> None:
        """
        :param name: begins each message, such as 'Camera 0'. :param info: as the study wants the camera.
        :param hint: what to look at where the camera cannot be opened.
        """
        self._name, self._info, self._hint = name, info, hint
        self._task = CameraTask(source, info.width_px, info.height_px, info.nominal_fps)
        self._context = multiprocessing.get_context("spawn")
        # Without a lock: a process that is killed may leave a lock shut for ever.
        self._counts = RawArray("q", COUNTS)
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._preview: PreviewReader | None = None
        self._prepared: Prepared | None = None
        self._recording = False
        self._failure: str | None = None

    @property
    def info(self) -> CameraInfo:
        if self._prepared is None:
            return self._info
        prepared, info = self._prepared, self._info
        time_told = "" if prepared.has_device_time else "; no times of its own"
        return info.model_copy(
            update={
                "codec": f"{info.codec} (libx264 {prepared.encoder.preset})",
                "model": f"{info.model}, {prepared.what}{time_told}" if prepared.what else info.model,
            }
        )

    def prepare(self) -> None:
        """Returns once the camera runs and an encoder is chosen. Raises CameraUnavailableError, EncoderTooSlowError."""
        if self._process is not None:
            return
        if self._info.width_px % 2 or self._info.height_px % 2:
            raise CameraUnavailableError(
                f"{self._name}: {self._info.width_px} × {self._info.height_px} pixels cannot be encoded; give the"
                " study's field 'camera' an even width and height."
            )
        self._failure, self._recording = None, False
        self._counts[:] = [0] * COUNTS
        self._preview = PreviewReader(self._info.width_px, self._info.height_px, self._context)
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=camera_process, args=(self._task, theirs, self._counts, self._preview.place), daemon=True,
            name="camera",
        )  # fmt: skip
        self._process.start()
        theirs.close()
        said = self._answer(_PREPARING_S)
        if not isinstance(said, Prepared):
            self._give_up(said)
        self._prepared = said

    def open(self, bundle: Path) -> None:
        """Returns when the next picture is the first of the file. Raises what `prepare` does."""
        self.prepare()
        self._send(Record(bundle))
        said = self._answer(_OPENING_S)
        if not isinstance(said, Recording):
            self._give_up(said)
        self._recording = True

    def start(self, trial: int) -> None:
        self._send_recording(TrialBegan(trial, time.perf_counter_ns()))

    def stop(self) -> None:
        self._send_recording(TrialEnded(time.perf_counter_ns()))

    def preview(self) -> CameraPreview | None:
        self._counts[LOOKED_NS] = time.perf_counter_ns()
        return None if self._preview is None else self._preview.newest()

    def status(self) -> CameraStatus:
        self._look_for_failure()
        counts = self._counts[:]
        running = self._process is not None and self._failure is None
        fps = counts[MILLI_FPS] / 1000 if running else 0.0
        dropped = counts[LOST] + counts[OVERFLOWN]
        return CameraStatus(counts[FRAMES], dropped, self._failure, fps, self._warning(fps) if running else None)

    def close(self) -> None:
        """Finish the files. A camera that does not end in time is ended."""
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return
        self._look_for_failure()
        self._process = self._pipe = None
        with contextlib.suppress(OSError):  # it has ended by itself
            pipe.send(Close())
        process.join(_CLOSING_S)
        if process.is_alive():
            process.kill()
            process.join()
        self._hear_last_words(pipe)
        pipe.close()
        if self._preview is not None:
            self._preview.close()
            self._preview = None

    def _warning(self, fps: float) -> str | None:
        if overflown := self._counts[OVERFLOWN]:
            return (
                f"{self._name}: {overflown} pictures were lost because this machine did not encode them in time. End"
                " other programs, or choose a smaller size in the study."
            )
        wanted = self._info.nominal_fps
        if 0 < fps < _RATE_SHARE * wanted:
            return (
                f"{self._name}: it gives {fps:.1f} pictures a second where the study wants {wanted:g}. Many cameras"
                " slow down in dim light: light the face better, or choose a smaller size."
            )
        return None

    def _send_recording(self, word: TrialBegan | TrialEnded) -> None:
        if not self._recording or self._pipe is None:
            raise CameraUnavailableError(f"{self._name} is not open. Open it before the session records.")
        self._send(word)

    def _send(self, word: Record | TrialBegan | TrialEnded) -> None:
        assert self._pipe is not None, "spoken to before it was prepared"
        # A dead camera is told by `status`: the session decides whether to go on without it.
        with contextlib.suppress(OSError):
            self._pipe.send(word)

    def _answer(self, timeout_s: float) -> Prepared | Recording | Failed:
        assert self._pipe is not None, "asked before it was prepared"
        if not self._pipe.poll(timeout_s):
            return Failed("it did not answer in time")
        try:
            said: Prepared | Recording | Failed = self._pipe.recv()
        except (EOFError, OSError):
            return Failed("its process ended at once")
        return said

    def _give_up(self, said: Prepared | Recording | Failed) -> NoReturn:
        self.close()
        reason = said if isinstance(said, Failed) else Failed("it gave an answer to something else")
        if reason.too_slow:
            raise EncoderTooSlowError(reason.reason)
        raise CameraUnavailableError(f"{self._name}: {reason.reason.rstrip('.')}. {self._hint}")

    def _look_for_failure(self) -> None:
        if self._failure is not None or self._process is None or self._pipe is None:
            return
        ended = not self._process.is_alive()  # asked first: its last words come before its end
        self._hear_last_words(self._pipe)
        if self._failure is None and ended:
            self._failure = (
                f"{self._name}: its process ended by itself ({_ending(self._process.exitcode)}) after"
                f" {self._counts[FRAMES]} frames. What it had written is in the bundle; resume the session to go on."
            )

    def _hear_last_words(self, pipe: Connection) -> None:
        with contextlib.suppress(EOFError, OSError):
            while pipe.poll(0):
                said = pipe.recv()
                if isinstance(said, Failed) and self._failure is None:
                    self._failure = f"{self._name}: {said.reason.rstrip('.')}."


def _ending(code: int | None) -> str:
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"

"""The camera's own process: prepares, shows a preview, and encodes and writes what its capturing thread brings."""

import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import MutableSequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collect.devices.camera.camera_capture import Capture, rate_of
from collect.devices.camera.camera_preview import PreviewPlace, PreviewWriter, preview_of
from collect.devices.camera.camera_source import Captured, RecordingBegan, TrialBegan, TrialEnded
from collect.devices.camera.camera_words import (
    FRAMES,
    LOOKED_NS,
    CameraTask,
    Close,
    Failed,
    Prepared,
    Record,
    Recording,
)
from collect.devices.camera.encoder_choice import EncoderChoice, choose_encoder, measured
from collect.devices.camera.face_video import FaceVideoWriter
from collect.devices.errors import EncoderTooSlowError
from collect.errors import CollectError

_TRIAL_PICTURES = 12
_PREVIEW_EVERY_NS = 80_000_000
#: While it records, the preview is made only for somebody who looks.
_LOOKED_WITHIN_NS = 3_000_000_000
_LOOK_AROUND_S = 0.02
#: A thread that waits for the interpreter gets it after this long; the usual 5 ms would blur the host times.
_SWITCH_S = 0.0005


def camera_process(task: CameraTask, pipe: Connection, counts: MutableSequence[int], preview: PreviewPlace) -> None:
    """Runs until it is told to close, or the session's process has gone, or the camera fails, which it tells."""
    # Ctrl-C and a closed terminal reach the whole group: the session ends the camera, in order.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_S)
    import cv2

    cv2.setNumThreads(1)
    work = _Work(task, pipe, counts, PreviewWriter(preview))
    try:
        work.run()
    except CollectError as error:
        with contextlib.suppress(OSError):
            pipe.send(Failed(str(error), isinstance(error, EncoderTooSlowError)))
    finally:
        work.end()


class _Work:
    def __init__(
        self, task: CameraTask, pipe: Connection, counts: MutableSequence[int], preview: PreviewWriter
    ) -> None:
        self._task, self._pipe, self._counts, self._preview = task, pipe, counts, preview
        self._capture = Capture(task, counts)
        self._writer: FaceVideoWriter | None = None
        self._preset = ""
        #: The first frame from here on begins a group of pictures; None: no frame must.
        self._key_from_ns: int | None = None
        self._previewed_ns = 0

    def run(self) -> None:
        what = self._capture.begin()
        pictures = self._first_pictures()
        encoder = self._chosen([picture.image for picture in pictures])
        self._preset = encoder.preset
        has_device_time = all(picture.device_ns is not None for picture in pictures)
        fps = rate_of(deque(picture.host_ns for picture in pictures))
        self._pipe.send(Prepared(what, fps, has_device_time, encoder))
        while self._obeyed():
            picture = self._capture.next(_LOOK_AROUND_S)
            if picture is not None:
                self._write(picture)
                self._show(picture)

    def end(self) -> None:
        """Finish the files, then let the camera go: it may hang."""
        try:
            if self._writer is not None:
                self._writer.close()
        except CollectError as error:
            with contextlib.suppress(OSError):
                self._pipe.send(Failed(str(error)))
        finally:
            self._capture.end()
            self._preview.close()

    def _first_pictures(self) -> list[Captured]:
        """As many as the encoder is tried with. The very first is left out: its time is that of the start."""
        pictures: list[Captured] = []
        while len(pictures) <= _TRIAL_PICTURES:
            picture = self._capture.next(_LOOK_AROUND_S)
            if picture is not None:
                pictures.append(picture)
                self._show(picture)
        return pictures[1:]

    def _chosen(self, images: list[NDArray[np.uint8]]) -> EncoderChoice:
        task = self._task
        return choose_encoder(
            lambda preset: measured(preset, images, task.fps), task.fps, os.cpu_count() or 1,
            f"{task.width} × {task.height}",
        )  # fmt: skip

    def _obeyed(self) -> bool:
        """Do what the session said; False to end."""
        while self._pipe.poll(0):
            try:
                word = self._pipe.recv()
            except EOFError:  # the session's process has gone
                return False
            match word:
                case Close():
                    return False
                case Record(bundle):
                    self._record(bundle)
                case TrialBegan(_, at_ns):
                    self._key_from_ns = at_ns
                    self._capture.source.told(word)
                case TrialEnded():
                    self._capture.source.told(word)
        return True

    def _record(self, bundle: Path) -> None:
        task = self._task
        self._writer = FaceVideoWriter(bundle, task.width, task.height, task.fps, preset=self._preset)
        self._key_from_ns = 0
        self._capture.source.told(RecordingBegan(time.perf_counter_ns()))
        self._capture.start_counting()
        self._pipe.send(Recording())

    def _write(self, picture: Captured) -> None:
        if self._writer is None:
            return
        key = self._key_from_ns is not None and picture.host_ns >= self._key_from_ns
        self._writer.write(picture.image, picture.device_ns, picture.host_ns, key)
        if key:
            self._key_from_ns = None
        self._counts[FRAMES] += 1

    def _show(self, picture: Captured) -> None:
        unseen = self._writer is not None and picture.host_ns - self._counts[LOOKED_NS] > _LOOKED_WITHIN_NS
        if not unseen and picture.host_ns - self._previewed_ns >= _PREVIEW_EVERY_NS:
            image = preview_of(picture.image, self._preview.size)
            if self._preview.write(image, picture.host_ns):
                self._previewed_ns = picture.host_ns

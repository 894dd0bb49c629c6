"""A camera that films a simulated participant on a virtual clock, so that a session records faster than real time."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import CameraInfo
from collect.devices.camera.camera_preview import preview_of, preview_size
from collect.devices.camera.camera_settings import DEVICE_CLOCK_OFFSET_NS, CameraSettings
from collect.devices.camera.face_video import FaceVideoWriter
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import CameraPreview, CameraStatus
from collect.simulation.filmed_face import FilmedFace
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock

USUAL_SETTINGS = CameraSettings()


class VirtualTimeCamera:
    """Satisfies Camera on a VirtualClock: whenever the clock jumps, the frames that fell due are rendered."""

    def __init__(
        self, participant: SimulatedParticipant, clock: VirtualClock, settings: CameraSettings = USUAL_SETTINGS
    ) -> None:
        self._participant, self._clock, self._settings = participant, clock, settings
        self._face: FilmedFace | None = None
        self._writer: FaceVideoWriter | None = None
        self._newest: tuple[NDArray[np.uint8], int] | None = None
        self._start_ns = self._tick = self._recorded = 0
        self._keyframe = self._silent = False

    @property
    def info(self) -> CameraInfo:
        return self._settings.info

    def prepare(self) -> None:
        """Look at the face. On a virtual clock every encoder is quick enough, so none is tried."""
        if self._face is None:
            now_ns = self._clock.now_ns()
            self._face = FilmedFace(self._participant, self._settings.width, self._settings.height, now_ns)
            self._newest = (self._face.picture(now_ns), now_ns)

    def preview(self) -> CameraPreview | None:
        if self._newest is None:
            return None
        image, host_ns = self._newest
        return CameraPreview(preview_of(image, preview_size(self._settings.width, self._settings.height)), host_ns)

    def open(self, bundle: Path) -> None:
        self.prepare()
        settings = self._settings
        self._writer = FaceVideoWriter(bundle, settings.width, settings.height, settings.fps, durable=False)
        self._start_ns, self._tick, self._keyframe = self._clock.now_ns(), 0, True
        self._clock.follow(self._catch_up)

    def start(self, trial: int) -> None:
        self._filming().begin_trial(trial, self._clock.now_ns())
        self._keyframe = True

    def stop(self) -> None:
        self._filming().end_trial(self._clock.now_ns())

    def status(self) -> CameraStatus:
        failure = None
        if self._silent:
            failure = f"The simulated camera gives no more pictures after {self._recorded} frames, as its script says."
        return CameraStatus(self._recorded, 0, failure, 0.0 if self._silent else self._settings.fps)

    def close(self) -> None:
        self._clock.unfollow(self._catch_up)
        if self._writer is not None:
            self._writer.close()
        self._writer = self._face = self._newest = None

    def _filming(self) -> FilmedFace:
        if self._face is None or self._writer is None:
            raise CameraUnavailableError("The simulated camera is not open. Open it before the session records.")
        return self._face

    def _catch_up(self, now_ns: int) -> None:
        while (due_ns := self._settings.due_ns(self._start_ns, self._tick)) <= now_ns:
            self._tick += 1
            limit = self._settings.faults.silent_after_frames
            self._silent = limit is not None and self._recorded >= limit
            if not self._silent:
                self._record(due_ns)

    def _record(self, due_ns: int) -> None:
        face, writer = self._filming(), self._writer
        assert writer is not None, "filming"
        image = face.picture(due_ns)
        writer.write(image, due_ns + DEVICE_CLOCK_OFFSET_NS, due_ns, self._keyframe)
        self._keyframe = False
        self._newest = (image, due_ns)
        self._recorded += 1

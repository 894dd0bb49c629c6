"""Frames of a simulated face, one after another, into the bundle's face video: what both simulated cameras do."""

from pathlib import Path

from collect.devices.face_video import FaceVideoWriter
from collect.simulation.expression_path import ExpressionPath
from collect.simulation.face import FaceRenderer
from collect.simulation.face_look import random_look
from collect.simulation.participant import SimulatedParticipant

#: The simulated camera's own clock began at another time than the host's.
_DEVICE_CLOCK_OFFSET_NS = 7_130_000_000


class FaceRecorder:
    """Renders and writes; host times are given from outside, so that it does not matter which clock runs."""

    def __init__(
        self, participant: SimulatedParticipant, bundle: Path, width: int, height: int, fps: float, now_ns: int,
        durable: bool,
    ) -> None:  # fmt: skip
        """:param now_ns: when recording begins. :raises CollectError: the face video cannot be written."""
        self._participant = participant
        # The look is the person's own; the movements differ from session to session.
        look = random_look(participant.random("face"))
        self._renderer = FaceRenderer(look, width, height, int(participant.random("camera noise").integers(2**31)))
        self._path = ExpressionPath(participant.random("face movements", now_ns), now_ns)
        self._writer = FaceVideoWriter(bundle, width, height, fps, durable=durable)
        self._keyframe = True

    @property
    def frames(self) -> int:
        """Frames in the video, those of an earlier part of the session included."""
        return self._writer.frames

    def start(self, trial: int, now_ns: int) -> None:
        clip_begins_ns = now_ns + round(1e9 * self._participant.clip_after_s)
        self._path.begin(self._participant.plan(trial).expression, clip_begins_ns)
        self._keyframe = True

    def stop(self, now_ns: int) -> None:
        self._path.end(now_ns)

    def record(self, host_ns: int) -> None:
        image = self._renderer.render(self._path.pose(host_ns))
        self._writer.write(image, host_ns + _DEVICE_CLOCK_OFFSET_NS, host_ns, self._keyframe)
        self._keyframe = False

    def close(self) -> None:
        self._writer.close()

"""The simulated participant's face as a camera sees it, one picture at a time: what both simulated cameras film."""

import numpy as np
from numpy.typing import NDArray

from collect.simulation.expression_path import ExpressionPath
from collect.simulation.face import FaceRenderer
from collect.simulation.face_look import random_look
from collect.simulation.participant import SimulatedParticipant


class FilmedFace:
    """Times are given from outside, so that it does not matter which clock runs."""

    def __init__(self, participant: SimulatedParticipant, width: int, height: int, now_ns: int) -> None:
        """:param now_ns: when the camera begins to see."""
        self._participant = participant
        # The look is the person's own; the movements differ from session to session.
        look = random_look(participant.random("face"))
        self._renderer = FaceRenderer(look, width, height, int(participant.random("camera noise").integers(2**31)))
        self._path = ExpressionPath(participant.random("face movements", now_ns), now_ns)

    def begin_trial(self, trial: int, now_ns: int) -> None:
        """Raises SimulationError: this trial was not planned."""
        clip_begins_ns = now_ns + round(1e9 * self._participant.clip_after_s)
        self._path.begin(self._participant.plan(trial).expression, clip_begins_ns)

    def end_trial(self, now_ns: int) -> None:
        self._path.end(now_ns)

    def picture(self, now_ns: int) -> NDArray[np.uint8]:
        """I420, a new array each time; `now_ns` never runs back."""
        return self._renderer.render(self._path.pose(now_ns))

"""What an aligned face is, for those who make one and those who only look at it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

#: Side of an aligned face.
FACE_PX = 112


@dataclass(frozen=True)
class AlignedFace:
    """`face` (112, 112, 3) RGB uint8; `presence` and `score` in [0, 1]; `landmarks` (468, 2) in pixels of the
    picture; `faces` that were in the picture when it was last searched whole.
    """

    face: np.ndarray
    presence: float
    score: float
    landmarks: np.ndarray
    faces: int


class Aligner(Protocol):
    """Finds the most prominent face of a picture."""

    def align(self, picture_HWC: np.ndarray, before: AlignedFace | None = None) -> AlignedFace | None:
        """`before`: the face of a moment ago, which is looked for around its place first."""
        ...

"""How well a face can be seen on its aligned picture."""

from dataclasses import dataclass

import cv2
import numpy as np

#: Grey levels, of 255, at which a camera has clipped.
_BLACK, _WHITE = 3, 252


@dataclass(frozen=True)
class FaceQuality:
    """`blur`: variance of the Laplacian of the grey picture, small where it is blurred; `light`: mean grey in [0, 1];
    `clipped`: share of pixels that are black or white.
    """

    blur: float
    light: float
    clipped: float


def quality_of(face_HWC: np.ndarray) -> FaceQuality:
    """Of an aligned face, RGB uint8."""
    grey = cv2.cvtColor(face_HWC, cv2.COLOR_RGB2GRAY)
    return FaceQuality(
        blur=float(cv2.Laplacian(grey, cv2.CV_32F).var()),
        light=float(grey.mean()) / 255.0,
        clipped=float(((grey < _BLACK) | (grey > _WHITE)).mean()),
    )

"""How bright, how rich in contrast and how sharp a picture or a face in it is."""

import numpy as np
from numpy.typing import NDArray

from collect.framing.faces import Box

#: Faces are compared at this width, so that a near and a far one have the same measure of sharpness.
_SHARPNESS_PX = 64
_BLACK, _WHITE = 5, 250


def part(luma: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8]:
    """The box of a (height, width) picture; all of it where there is no box."""
    if box is None:
        return luma
    left, top = max(0, box.x), max(0, box.y)
    return luma[top : box.y + box.height, left : box.x + box.width]


def brightness(luma: NDArray[np.uint8], box: Box | None = None) -> float:
    """Mean luma, 0 to 255."""
    return float(part(luma, box).mean())


def contrast(luma: NDArray[np.uint8], box: Box | None = None) -> float:
    """Standard deviation of the luma, 0 to 127.5."""
    return float(part(luma, box).std())


def clipped(luma: NDArray[np.uint8], box: Box | None = None) -> tuple[float, float]:
    """Shares of pixels, 0 to 1, that are as good as black and as good as white: what was there is lost."""
    pixels = part(luma, box)
    return float((pixels <= _BLACK).mean()), float((pixels >= _WHITE).mean())


def sharpness(luma: NDArray[np.uint8], box: Box | None = None) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) of the face at 64 pixels' width, over its own variance.

    Neither the face's size nor its light changes it. Sharp faces have 0.22 and more; blurred by a Gaussian whose sigma
    is a fiftieth of the face's width they have 0.07 and less. 0 where all is of one shade.
    """
    import cv2

    pixels = part(luma, box)
    size = (_SHARPNESS_PX, max(1, round(_SHARPNESS_PX * pixels.shape[0] / pixels.shape[1])))
    face = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    variance = float(face.var())
    return float(cv2.Laplacian(face, cv2.CV_64F).var()) / variance if variance > 0 else 0.0

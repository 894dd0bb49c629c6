"""Where the faces are in a picture: OpenCV's cascade of Haar features (Viola and Jones 2001; Lienhart and Maydt 2002).

It finds upright faces that look towards the camera, which is what a participant's is. Chosen among the three frontal
cascades on 112 simulated faces, open-eyed and not, and on photographs and clips of real ones: `alt2` in steps of 1.1
found every one of them and nothing in pictures without a face; coarser steps or an equalised histogram lost faces.
"""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: The shorter side of what is searched. The cascade's own window is 20 pixels, so faces from a twelfth of it are found.
_SEARCHED_PX = 240
_STEP, _NEIGHBOURS = 1.1, 4
_SMALLEST_SHARE = 1 / 12
#: The cascade ignores windows with little contrast. A picture whose bright parts are below this is made brighter.
_BRIGHT, _BRIGHT_SHARE = 160.0, 95


class Box(NamedTuple):
    """Left, top, width and height in pixels of the picture."""

    x: int
    y: int
    width: int
    height: int


def face_boxes(picture: NDArray[np.uint8]) -> list[Box]:
    """Every face, the largest first.

    :param picture: (height, width, 3) uint8 RGB, at least 24 pixels on each side.
    """
    return face_boxes_in_grey(grey(picture))


def face_boxes_in_grey(picture: NDArray[np.uint8]) -> list[Box]:
    """As `face_boxes`, of (height, width) uint8 luma."""
    import cv2

    height, width = picture.shape
    scale = min(1.0, _SEARCHED_PX / min(height, width))
    small: Any = picture
    if scale < 1:
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bright = float(np.percentile(small[::2, ::2], _BRIGHT_SHARE))
    if 0 < bright < _BRIGHT:
        small = cv2.convertScaleAbs(small, alpha=_BRIGHT / bright)
    least = max(20, round(min(small.shape) * _SMALLEST_SHARE))
    found = _cascade().detectMultiScale(small, _STEP, _NEIGHBOURS, minSize=(least, least))
    boxes = [Box(*(round(float(number) / scale) for number in box)) for box in found]
    return sorted(boxes, key=lambda box: -box.width * box.height)


def grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width) luma of a (height, width, 3) RGB picture."""
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


@cache
def _cascade() -> Any:
    import cv2

    cascades = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(cascades / "haarcascade_frontalface_alt2.xml"))

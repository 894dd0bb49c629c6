"""How bright a clip is, frame by frame: relative luminance, and the CSV file that keeps its time line."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.stimuli.errors import LuminanceFileError

if TYPE_CHECKING:
    import av

COLUMNS = ("pts_ms", "luminance")
#: Frames wider than this are thinned out to it: whole pixels are left out, never mixed, because a mixture of dark and
#: bright before the linearisation would come out too dark.
_WIDEST = 320
#: Files that do not say which matrix made their colours: what players take, by the height of the picture.
_HIGH_DEFINITION_FROM = 720


class LuminancePoint(NamedTuple):
    """One frame. `luminance`: 0 (black) to 1 (the brightest white of the screen), the mean over its pixels."""

    pts_ms: float
    luminance: float


def _linear() -> NDArray[np.float32]:
    """(256,): 8-bit sRGB value to linear light, IEC 61966-2-1."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()
#: Weights of linear red, green and blue in relative luminance (ITU-R BT.709).
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


class LuminanceMeter:
    """Frame to relative luminance. Keeps its scaler between frames of one clip."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()

    def measure(self, frame: "av.VideoFrame") -> float:
        """Mean relative luminance of the frame, 0 to 1, as an sRGB screen shows it.

        The frame's own colour range and matrix are respected; where the file declares none, limited range, and BT.709
        from 720 lines up, BT.601 below.
        """
        from av.video.reformatter import Colorspace, Interpolation

        # Without these flags the scaler rounds down: a mid grey would come out 3 % too dark.
        exact = Interpolation.POINT | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
        every = max(1, math.ceil(frame.width / _WIDEST))
        matrix = None
        if frame.colorspace == _UNSPECIFIED:
            matrix = Colorspace.ITU709 if frame.height >= _HIGH_DEFINITION_FROM else Colorspace.ITU601
        small = self._reformatter.reformat(
            frame,
            width=frame.width // every,
            height=max(1, frame.height // every),
            format="rgb24",
            interpolation=exact,
            src_colorspace=matrix,
        )
        of_pixels = _LINEAR[small.to_ndarray().reshape(-1, 3)] @ _WEIGHTS
        return float(min(1.0, of_pixels.mean(dtype=np.float64)))


#: What FFmpeg calls a matrix that the file does not declare.
_UNSPECIFIED = 2


def luminance_csv(points: tuple[LuminancePoint, ...]) -> bytes:
    """The time line as a CSV file: milliseconds to the microsecond, luminance to six digits."""
    lines = [",".join(COLUMNS), *(f"{point.pts_ms:.3f},{point.luminance:.6f}" for point in points)]
    return ("\n".join(lines) + "\n").encode()


def read_luminance(path: Path) -> tuple[LuminancePoint, ...]:
    """The time line that `luminance_csv` wrote. Raises LuminanceFileError, which names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LuminanceFileError(f"{path}: cannot be read ({error}). {_MEASURE_AGAIN}") from None
    if not lines or tuple(lines[0].split(",")) != COLUMNS:
        raise LuminanceFileError(f"{path}, line 1: expected the columns {','.join(COLUMNS)}. {_MEASURE_AGAIN}")
    points = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            pts_ms, luminance = (float(part) for part in line.split(","))
        except ValueError:
            raise LuminanceFileError(f"{path}, line {number}: expected two numbers. {_MEASURE_AGAIN}") from None
        if not (math.isfinite(pts_ms) and 0 <= luminance <= 1):
            raise LuminanceFileError(f"{path}, line {number}: a luminance is between 0 and 1. {_MEASURE_AGAIN}")
        points.append(LuminancePoint(pts_ms, luminance))
    return tuple(points)


_MEASURE_AGAIN = "Measure the stimulus set again: duchenne stimuli measure"

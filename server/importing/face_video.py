"""The face pictures of one sample as one video that browsers play: H.264 in MP4, of so high a quality that no
difference is seen, marked as faces that are aligned already."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from annotate.media_marks import ALIGNED_FACES, MARK_KEY
from server.importing.layout import Picture

#: Ticks a second on the video's clock: a frame's time is exact to a hundredth of a millisecond.
_CLOCK = 90_000
#: x264's own scale, on which 18 is called visually lossless; each 6 less doubles the bits.
_QUALITY = "12"
#: So that a player may jump anywhere quickly.
_KEY_FRAME_EVERY = 30
_BITEXACT: Any = av.container.Flags.bitexact.value


class PictureUnreadableError(Exception):
    """A picture cannot be decoded; the message is complete."""


@dataclass(frozen=True)
class FaceVideo:
    """What was written. Width and height in pixels, even."""

    frames: int
    width: int
    height: int


def times_ms(numbers: Sequence[int], duration_ms: float) -> list[float]:
    """When each picture is shown, so that all of them span the trial.

    By their numbers, not by their count: where a picture is missing, its neighbours stay where they were.
    """
    step = median(late - early for early, late in pairwise(numbers)) if len(numbers) > 1 else 1
    span = numbers[-1] - numbers[0] + step
    return [(number - numbers[0]) * duration_ms / span for number in numbers]


def write_face_video(pictures: Sequence[Picture], duration_ms: float, target: Path) -> FaceVideo:
    """Write the pictures, in the order given, as an MP4 at `target`; pictures of other sizes take that of the first.

    An odd width or height loses its last column or row, as H.264 in the colours that browsers play needs even ones.
    Raises PictureUnreadableError; then nothing at `target` is of use.
    """
    shown = times_ms([picture.number for picture in pictures], duration_ms)
    first = _decode(pictures[0])
    fitting = _Fitting(first)
    width, height = fitting.width, fitting.height
    if not width or not height:
        raise PictureUnreadableError(
            f"{pictures[0].path}: is only {first.width} × {first.height} pixels; ask for it anew"
        )
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink:
        sink.flags |= int(_BITEXACT)  # no name of the program that wrote it, no time
        sink.metadata[MARK_KEY] = ALIGNED_FACES
        stream: Any = sink.add_stream(
            "libx264", rate=Fraction(len(pictures) * 1000 / duration_ms).limit_denominator(1001)
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _CLOCK)
        stream.codec_context.gop_size = _KEY_FRAME_EVERY
        # Without frames that refer to later ones, the first is shown at 0 and every reader agrees on the times.
        stream.options = {"crf": _QUALITY, "preset": "veryfast", "bf": "0"}
        for picture, ms in zip(pictures, shown, strict=True):
            frame = fitting.fit(_decode(picture))
            frame.pts, frame.time_base = round(ms * _CLOCK / 1000), Fraction(1, _CLOCK)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return FaceVideo(len(pictures), width, height)


def _decode(picture: Picture) -> Any:
    try:
        # From memory: a path with '%' in it would be taken for a pattern of many files.
        with av.open(io.BytesIO(picture.path.read_bytes()), "r") as container:
            return next(iter(container.decode(video=0)))
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise PictureUnreadableError(
            f"{picture.path}: cannot be read as a picture ({str(error) or type(error).__name__}). Copy it again from "
            "where you have it"
        ) from None


class _Fitting:
    """Frames in the video's size and colours; an odd edge is cut off rather than squeezed in.

    By way of RGB: JPEG keeps colours in the full range of a byte, and video in a part of it. Each conversion has a
    converter of its own that is kept, as making one takes longer than its work on a small picture.
    """

    def __init__(self, first: Any) -> None:
        self._size = (first.width, first.height)
        self.width, self.height = first.width // 2 * 2, first.height // 2 * 2
        self._to_rgb, self._to_video = VideoReformatter(), VideoReformatter()

    def fit(self, frame: Any) -> Any:
        rgb: Any = self._to_rgb.reformat(frame, *self._size, format="rgb24", threads=1).to_ndarray()
        even = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb[: self.height, : self.width]), format="rgb24")
        return self._to_video.reformat(even, format="yuv420p", threads=1)

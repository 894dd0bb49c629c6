"""Writing a clip as MP4 that every player and browser takes: H.264, yuv420p, AAC, index in front."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

SOUND_HZ = 48_000
_SOUND_FRAME = 1024  # what AAC takes at once


def write_clip(
    path: Path,
    pictures: Iterable[npt.NDArray[np.uint8]],
    sound: npt.NDArray[np.float32],
    fps: int,
    width: int,
    height: int,
    tell: Callable[[], None],
) -> None:
    """Encode RGB pictures (height, width, 3) and mono sound (N,) in [-1, 1] at SOUND_HZ. `tell` is called a picture.

    Two encoder threads and no time of day in the file, so that the same pictures give the same bytes.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": "superfast", "crf": "24", "threads": "2"})
        video.width, video.height, video.pix_fmt, video.time_base = width, height, "yuv420p", Fraction(1, fps)
        audio = container.add_stream("aac", rate=SOUND_HZ, layout="mono")
        audio.bit_rate = 64_000
        heard = 0
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
            due = min(len(sound), (index + 1) * SOUND_HZ // fps)
            while heard + _SOUND_FRAME <= due:
                container.mux(audio.encode(_sound_frame(sound, heard)))
                heard += _SOUND_FRAME
            tell()
        if heard < len(sound):
            container.mux(audio.encode(_sound_frame(sound, heard)))
        container.mux(video.encode())
        container.mux(audio.encode())


def _sound_frame(sound: npt.NDArray[np.float32], start: int) -> av.AudioFrame:
    part = np.ascontiguousarray(sound[np.newaxis, start : start + _SOUND_FRAME])
    frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, start, Fraction(1, SOUND_HZ)
    return frame

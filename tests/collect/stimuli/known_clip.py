"""Clips whose loudness and luminance are known, made for tests that measure them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

FULL_RANGE, LIMITED_RANGE = 2, 1
Colour = tuple[int, int, int]


def sine(dbfs: float, channels: int, rate_hz: int = 48_000, seconds: float = 2.0, hz: float = 1000.0,
         phase: float = 0.0) -> NDArray[np.float32]:  # fmt: skip
    """(channels, N): the same sine in every channel; `dbfs` is of its peak."""
    wave = np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz + phase)
    return np.repeat((10 ** (dbfs / 20) * wave).astype(np.float32)[np.newaxis], channels, axis=0)


def write_known_clip(
    path: Path,
    colours: list[Colour],
    sound: NDArray[np.float32] | None = None,
    *,
    rate_hz: int = 48_000,
    full_range: bool = False,
    times: list[int] | None = None,
) -> Path:
    """One frame of 64 × 36 a colour at 30 a second, and PCM sound, so that no codec touches it.

    `times` are the frames' places in thirtieths of a second, where they do not simply follow each other.
    """
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "1"})
        video.width, video.height = 64, 36
        video.pix_fmt = "yuvj420p" if full_range else "yuv420p"
        layout = "mono" if sound is not None and len(sound) == 1 else "stereo"
        audio = None if sound is None else container.add_stream("pcm_f32le", rate=rate_hz, layout=layout)
        for place, colour in zip(times or range(len(colours)), colours, strict=True):
            frame = av.VideoFrame.from_ndarray(np.full((36, 64, 3), colour, np.uint8), format="rgb24").reformat(
                format=video.pix_fmt, dst_color_range=FULL_RANGE if full_range else LIMITED_RANGE
            )
            frame.pts, frame.time_base = place, Fraction(1, 30)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            frame_of_sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T.reshape(1, -1)), "flt", layout)
            frame_of_sound.sample_rate, frame_of_sound.pts = rate_hz, 0
            container.mux(audio.encode(frame_of_sound))
            container.mux(audio.encode(None))
    return path

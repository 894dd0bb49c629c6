"""How bright a clip is as it plays, and what that alone does to a pupil.

A pupil answers to light before it answers to anything that is felt. It begins to close about a fifth of a second after
the light, and nears its new size over half a second or more (Ellis 1981, Br J Ophthalmol 65:754); it goes with the
logarithm of the light. The response here is that delay and one exponential approach.
"""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from model.errors import MediaError

#: Change it whenever the same clip would give another light.
EXTRACTOR = "light-1"
RATE_HZ = 20
_LATENCY_S, _TIME_CONSTANT_S = 0.2, 0.6
#: Grey of a black screen, which is not quite dark, as a share of white.
_FLOOR = 0.02


@dataclass(frozen=True)
class ClipLight:
    """`light` (n,) at RATE_HZ from the clip's start: the natural logarithm of the mean grey, white being 0."""

    light: np.ndarray


def clip_light(video: Path) -> ClipLight:
    """Of a clip's file. Raises MediaError where it is no video."""
    times_s: list[float] = []
    greys: list[float] = []
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                if frame.time is not None and (not times_s or frame.time >= times_s[-1] + 0.5 / RATE_HZ):
                    times_s.append(frame.time)
                    # The luma plane, small: a mean needs no more.
                    greys.append(float(frame.reformat(64, 36, format="gray").to_ndarray().mean()) / 255.0)
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{video}: not a clip that can be decoded ({error}). Compare it with the stimulus set and ingest again."
        ) from error
    if not times_s:
        raise MediaError(f"{video}: a clip without one picture. Compare it with the stimulus set and ingest again.")
    began_s = times_s[0]
    grid_s = np.arange(0.0, times_s[-1] - began_s + 1.0 / RATE_HZ, 1.0 / RATE_HZ)
    grey = np.interp(grid_s, np.array(times_s) - began_s, greys)
    return ClipLight(np.log(_FLOOR + (1.0 - _FLOOR) * grey))


def response_of_steps(clip: ClipLight, duration_ms: float, steps: int) -> np.ndarray:
    """(steps,) what the pupil answers to in equal parts of a trial: the light, late and smoothed; NaN after the clip.

    The eye is taken to be used to the clip's first picture when it begins.
    """
    late = round(_LATENCY_S * RATE_HZ)
    light = np.concatenate([np.full(late, clip.light[0]), clip.light])
    keeps = np.exp(-1.0 / (RATE_HZ * _TIME_CONSTANT_S))
    answered, now = np.empty(len(light)), float(light[0])
    for number, value in enumerate(light):
        now = keeps * now + (1.0 - keeps) * float(value)
        answered[number] = now
    edges = np.arange(steps + 1) * (duration_ms / 1000.0 / steps) * RATE_HZ
    sums = np.concatenate([[0.0], np.cumsum(answered)])
    inside = np.interp(edges, np.arange(len(sums)), sums)
    seconds = np.diff(np.clip(edges, 0, len(answered)))
    known = seconds > 0
    return np.where(known, np.diff(inside) / np.where(known, seconds, 1.0), np.nan)

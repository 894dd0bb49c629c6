"""What a clip truly is, from one pass over every frame of its picture and its sound."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from collect.stimuli.errors import ClipNotMeasurableError
from collect.stimuli.loudness import LoudnessMeter
from collect.stimuli.luminance import LuminanceMeter, LuminancePoint

if TYPE_CHECKING:
    import av


@dataclass(frozen=True)
class ClipMeasures:
    """Of the decoded frames, never of what the file's head claims."""

    codec: str
    pixel_format: str
    #: Codec of the sound; None without any.
    sound: str | None
    width: int
    height: int
    frames: int
    #: Frames a second on average.
    fps: float
    #: From the first frame to the end of the last.
    duration_s: float
    #: Do the intervals between frames differ by more than half a frame?
    variable_rate: bool
    #: EBU R 128: integrated loudness in LUFS and true peak in dBTP; None without sound and where it is silent.
    loudness_lufs: float | None
    peak_dbtp: float | None
    #: Mean over the frames of relative luminance, 0 to 1.
    mean_luminance: float
    #: One point for every frame, in the order of their showing.
    luminance: tuple[LuminancePoint, ...]


def measure_clip(path: Path, progress: Callable[[int, int], None] | None = None) -> ClipMeasures:
    """Decode a clip to its last frame and measure it. `progress` counts frames, of as many as the file claims.

    Raises ClipNotMeasurableError for a file without video, without time stamps, or that breaks off in an error.
    """
    import av

    try:
        with av.open(str(path)) as container:
            return _measure(container, progress)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise ClipNotMeasurableError(
            f"{path} cannot be shown: {_in_words(error)}. Export the clip anew as H.264 with AAC sound in MP4."
        ) from error


def _measure(container: "av.container.InputContainer", progress: Callable[[int, int], None] | None) -> ClipMeasures:
    import av

    video = container.streams.video[0]
    video.thread_type = "AUTO"
    sounds = container.streams.audio
    rate = video.average_rate or video.guessed_rate
    frame_s = float(1 / rate) if rate else 0.0
    claimed = video.frames or (round(container.duration / av.time_base / frame_s) if container.duration and rate else 0)
    loudness, luminance = LoudnessMeter(), LuminanceMeter()
    points: list[LuminancePoint] = []
    last_s = frame_s
    for frame in container.decode(*([video, sounds[0]] if sounds else [video])):
        if not isinstance(frame, av.VideoFrame):
            loudness.take(frame)
            continue
        if frame.time is None:
            raise ValueError(f"frame {len(points)} has no time stamp")
        last_s = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else frame_s
        points.append(LuminancePoint(float(frame.time) * 1000.0, luminance.measure(frame)))
        if progress is not None:
            progress(len(points), max(claimed, len(points)))
    if not points:
        raise ValueError("it holds no picture")
    lufs, peak = loudness.finish()
    duration_s = (points[-1].pts_ms - points[0].pts_ms) / 1000 + last_s
    steps_s = [(after.pts_ms - before.pts_ms) / 1000 for before, after in pairwise(points)]
    context = video.codec_context
    return ClipMeasures(
        codec=context.name,
        pixel_format=context.pix_fmt or "unknown",
        sound=sounds[0].codec_context.name if sounds else None,
        width=context.width,
        height=context.height,
        frames=len(points),
        fps=round(len(points) / duration_s, 3) if duration_s > 0 else 0.0,
        duration_s=round(duration_s, 3),
        variable_rate=bool(steps_s) and max(steps_s) - min(steps_s) > 0.5 * frame_s,
        loudness_lufs=None if lufs is None else round(lufs, 2),
        peak_dbtp=None if peak is None else round(peak, 2),
        mean_luminance=round(sum(point.luminance for point in points) / len(points), 6),
        luminance=tuple(points),
    )


def _in_words(error: Exception) -> str:
    if isinstance(error, IndexError):
        return "it has no video stream"
    return str(getattr(error, "strerror", None) or error)

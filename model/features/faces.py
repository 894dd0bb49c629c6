"""The faces of one trial: aligned pictures at fixed moments of the clip."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from model.errors import MediaError
from model.features.aligned_face import FACE_PX, Aligner

#: Change it whenever the same video would give other faces.
EXTRACTOR = "faces-1"
#: A picture further than this from its moment is not the face of that moment.
MAX_DISTANCE_MS = 250.0


@dataclass(frozen=True)
class TrialFaces:
    """`faces` (T, 112, 112, 3) RGB uint8, black where `valid` (T,) is False; `times_ms` (T,) on the clip's clock, NaN
    there.
    """

    faces: np.ndarray
    valid: np.ndarray
    times_ms: np.ndarray


def moments_ms(duration_ms: float, count: int) -> np.ndarray:
    """`count` moments, each in the middle of an equal part of the clip."""
    return (np.arange(count) + 0.5) * (duration_ms / count)


def trial_faces(video: Path, offset_ms: float, duration_ms: float, count: int, aligner: Aligner) -> TrialFaces:
    """Faces of a trial's video at `count` moments of its clip.

    `offset_ms` is the clip-clock time of the video's first frame. The same video gives the same faces, always.
    Raises MediaError where the file is no video.
    """
    faces = np.zeros((count, FACE_PX, FACE_PX, 3), dtype=np.uint8)
    times_ms = np.full(count, np.nan)
    for index, time_ms, picture in pictures_at(video, offset_ms, moments_ms(duration_ms, count)):
        aligned = aligner.align(picture)
        if aligned is not None:
            faces[index], times_ms[index] = aligned.face, time_ms
    return TrialFaces(faces, np.isfinite(times_ms), times_ms)


def pictures_at(video: Path, offset_ms: float, wanted_ms: np.ndarray) -> Iterator[tuple[int, float, np.ndarray]]:
    """(index of the moment, clip-clock time, RGB picture) of the frame nearest to each moment, in order.

    Frames are told by their time stamps, never by their number: webcams have no constant rate.
    """
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "SLICE"
            before: tuple[float, av.VideoFrame] | None = None
            index = 0
            for frame in _timed_frames(container, stream, offset_ms):
                while index < len(wanted_ms) and frame[0] >= wanted_ms[index]:
                    candidates = [frame] if before is None else [before, frame]
                    time_ms, picture = min(candidates, key=lambda each: abs(each[0] - wanted_ms[index]))
                    if abs(time_ms - wanted_ms[index]) <= MAX_DISTANCE_MS:
                        yield index, time_ms, picture.to_ndarray(format="rgb24")
                    index += 1
                if index == len(wanted_ms):
                    return
                before = frame
            if before is not None:
                for late in range(index, len(wanted_ms)):
                    if abs(before[0] - wanted_ms[late]) <= MAX_DISTANCE_MS:
                        yield late, before[0], before[1].to_ndarray(format="rgb24")
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{video}: not a video that can be decoded ({error}). Compare it with the recording and ingest that again."
        ) from error


def _timed_frames(
    container: av.container.InputContainer, stream: av.VideoStream, offset_ms: float
) -> Iterator[tuple[float, av.VideoFrame]]:
    first_s: float | None = None
    for frame in container.decode(stream):
        if frame.time is not None:  # seconds, by the frame's own time stamp
            first_s = frame.time if first_s is None else first_s
            yield offset_ms + (frame.time - first_s) * 1000.0, frame

"""The faces of one trial: aligned pictures at fixed moments of the clip, and how well each can be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from annotate.media_marks import ALIGNED_FACES
from model.errors import MediaError
from model.features.aligned_face import FACE_PX, AlignedFace, Aligner
from model.features.face_moments import RATE_HZ, moments_ms, nothing_found
from model.features.face_quality import quality_of

#: Change it whenever the same video would give other faces.
EXTRACTOR = "faces-2"
#: A picture further than this from its moment is not the face of that moment: it would be that of the next one.
MAX_DISTANCE_MS = 1000.0 / RATE_HZ / 2
#: Between whole searches a face is followed from where it was, for at most this many moments.
_FOLLOWED = RATE_HZ


@dataclass(frozen=True)
class TrialFaces:
    """`faces` (T, 112, 112, 3) RGB uint8, black where no face was found; `moments` (T,) of
    model.features.face_moments.MOMENT.
    """

    faces: np.ndarray
    moments: np.ndarray


def trial_faces(video: Path, offset_ms: float, duration_ms: float, count: int, aligner: Aligner) -> TrialFaces:
    """Faces of a trial's video at `count` moments of its clip.

    `offset_ms` is the clip-clock time of the video's first frame. The same video gives the same faces, always.
    Raises MediaError where the file is no video.
    """
    if _holds_aligned_faces(video):
        aligner = _Aligned()
    faces = np.zeros((count, FACE_PX, FACE_PX, 3), dtype=np.uint8)
    moments = nothing_found(count)
    before: AlignedFace | None = None
    searched = 0
    for index, time_ms, picture in pictures_at(video, offset_ms, moments_ms(duration_ms, count)):
        if before is None or index - searched >= _FOLLOWED:
            before, searched = None, index
        before = aligner.align(picture, before)
        if before is not None:
            quality = quality_of(before.face)
            faces[index] = before.face
            moments[index] = (
                True, min(before.faces, 255), time_ms, before.presence, before.score, quality.blur, quality.light,
                quality.clipped,
            )  # fmt: skip
    return TrialFaces(faces, moments)


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
        raise _no_video(video, error) from error


def _timed_frames(
    container: av.container.InputContainer, stream: av.VideoStream, offset_ms: float
) -> Iterator[tuple[float, av.VideoFrame]]:
    first_s: float | None = None
    for frame in container.decode(stream):
        if frame.time is not None:  # seconds, by the frame's own time stamp
            first_s = frame.time if first_s is None else first_s
            yield offset_ms + (frame.time - first_s) * 1000.0, frame


def _holds_aligned_faces(video: Path) -> bool:
    """Whether the file says that its pictures are faces already cut out, as those of some published data sets are."""
    try:
        with av.open(str(video)) as container:
            said = {name.lower(): text for name, text in container.metadata.items()}
    except av.FFmpegError as error:
        raise _no_video(video, error) from error
    return said.get("comment") == ALIGNED_FACES


def _no_video(video: Path, error: Exception) -> MediaError:
    return MediaError(
        f"{video}: not a video that can be decoded ({error}). Compare it with the recording and ingest that again."
    )


class _Aligned:
    """Pictures that are aligned faces: nothing is searched for, only the size may be another."""

    def align(self, picture_HWC: np.ndarray, before: AlignedFace | None = None) -> AlignedFace | None:
        face = cv2.resize(picture_HWC, (FACE_PX, FACE_PX), interpolation=cv2.INTER_AREA)
        return AlignedFace(face, presence=1.0, score=1.0, landmarks=np.zeros((0, 2)), faces=1)

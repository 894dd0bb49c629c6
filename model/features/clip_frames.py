"""What a clip shows as it plays: small pictures, for fixation maps to be drawn over; and larger ones for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from model.errors import MediaError
from model.features.fixation_maps import MAP_PX, PARTS

#: Change it whenever the same clip would give other pictures.
EXTRACTOR = "frames-1"
RATE_HZ = 2


@dataclass(frozen=True)
class ClipFrames:
    """`frames` (n, 28, 28, 3) RGB uint8 at RATE_HZ from the clip's start; `size_px`: its width and height."""

    frames: np.ndarray
    size_px: tuple[int, int]

    def of_parts(self, duration_ms: float) -> np.ndarray:
        """(PARTS, 28, 28, 3): the picture nearest to the middle of each equal part of a trial; after the clip's end
        its last.
        """
        return np.asarray(self.frames[np.minimum(_middles(duration_ms), len(self.frames) - 1)])


def clip_frames(video: Path) -> ClipFrames:
    """Of a clip's file. Raises MediaError where it is no video."""
    found = list(_pictures(video, (MAP_PX, MAP_PX)))
    return ClipFrames(np.stack([picture for picture, _ in found]), size_px=found[-1][1])


def frames_of_parts(video: Path, duration_ms: float, size_px: tuple[int, int]) -> np.ndarray:
    """(PARTS, height, width, 3) RGB uint8: what `ClipFrames.of_parts` gives, at another width and height; those of a
    whole clip would fill the memory. Raises MediaError where it is no video.
    """
    middles = _middles(duration_ms).tolist()
    found: dict[int, np.ndarray] = {}
    for number, (picture, _) in enumerate(_pictures(video, size_px)):
        last_picture = picture
        if number in middles:
            found[number] = picture
    return np.stack([found.get(middle, last_picture) for middle in middles])


def _middles(duration_ms: float) -> np.ndarray:
    """(PARTS,): numbers of the moments at RATE_HZ that are nearest to the middles of a trial's parts."""
    middles_s = (np.arange(PARTS) + 0.5) * (duration_ms / 1000.0 / PARTS)
    return np.rint(middles_s * RATE_HZ).astype(int)


def _pictures(video: Path, size_px: tuple[int, int]) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
    """At RATE_HZ from the clip's first frame on, the first frame that is not before each moment, as (height, width, 3)
    of `size_px`; and the clip's own width and height. At least one. Raises MediaError where there is none.
    """
    began_s: float | None = None
    count = 0
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                if frame.time is None:
                    continue
                began_s = frame.time if began_s is None else began_s
                while frame.time - began_s >= count / RATE_HZ:
                    count += 1
                    picture = frame.reformat(*size_px, format="rgb24", interpolation="AREA")
                    yield picture.to_ndarray(), (frame.width, frame.height)
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{video}: not a clip that can be decoded ({error}). Compare it with the stimulus set and ingest again."
        ) from error
    if not count:
        raise MediaError(f"{video}: a clip without one picture. Compare it with the stimulus set and ingest again.")

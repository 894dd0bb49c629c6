"""What a clip shows as it plays: small pictures, for fixation maps to be drawn over."""

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
        middles_s = (np.arange(PARTS) + 0.5) * (duration_ms / 1000.0 / PARTS)
        return np.asarray(self.frames[np.clip(np.rint(middles_s * RATE_HZ).astype(int), 0, len(self.frames) - 1)])


def clip_frames(video: Path) -> ClipFrames:
    """Of a clip's file. Raises MediaError where it is no video."""
    frames: list[np.ndarray] = []
    began_s: float | None = None
    size_px = (0, 0)
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for frame in container.decode(stream):
                if frame.time is None:
                    continue
                began_s = frame.time if began_s is None else began_s
                while frame.time - began_s >= len(frames) / RATE_HZ:
                    size_px = (frame.width, frame.height)
                    small = frame.reformat(MAP_PX, MAP_PX, format="rgb24", interpolation="AREA")
                    frames.append(small.to_ndarray())
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{video}: not a clip that can be decoded ({error}). Compare it with the stimulus set and ingest again."
        ) from error
    if not frames:
        raise MediaError(f"{video}: a clip without one picture. Compare it with the stimulus set and ingest again.")
    return ClipFrames(np.stack(frames), size_px)

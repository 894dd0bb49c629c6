"""What the face video shows: is there one face, is it bright enough, is it sharp. Sampled, not frame by frame."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collect.bundle.tables import Table
from collect.framing.advice import Framing, advice
from collect.quality.format import FaceMoment, FaceQuality

Picture = NDArray[np.uint8]
Look = Callable[[Picture], Framing]

#: Looking for a face takes some 40 ms, and the participant is waiting: in a long session fewer pictures are looked at.
_MOST_PER_SECOND, _LEAST_PER_SECOND, _MOST_PICTURES = 2.0, 0.5, 500
#: A time stamp of the table and one of the video are the same within this.
_SAME_MS = 1.5


def pictures_per_second(durations_s: Sequence[float]) -> float:
    """How many to look at in a session whose clips are so long."""
    return min(_MOST_PER_SECOND, max(_LEAST_PER_SECOND, _MOST_PICTURES / max(1.0, sum(durations_s))))


def sampled_times(frames: Table, per_second: float) -> list[float]:
    """pts_ms of about so many of one clip's frames a second; frames as Bundle.camera_frames_of gives them."""
    chosen: list[float] = []
    due_ms = -np.inf
    for pts_ms in frames["pts_ms"].tolist():
        if pts_ms >= due_ms - _SAME_MS:
            chosen.append(pts_ms)
            due_ms = pts_ms + 1000 / per_second
    return chosen


def pictures_at(video: Path, times_ms: Sequence[float]) -> Iterator[tuple[float, Picture]]:
    """The frames with these time stamps, ascending, as (height, width, 3) uint8 RGB.

    Ends early where the video does, as that of a killed recorder may.
    """
    import av

    if not times_ms:
        return
    wanted = iter(times_ms)
    due_ms = next(wanted)
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            container.seek(int(max(0.0, due_ms - _SAME_MS) * 1000), backward=True)
            for frame in container.decode(stream):
                at_ms = float(frame.time or 0.0) * 1000
                if at_ms < due_ms - _SAME_MS:
                    continue
                picture: Picture = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                yield due_ms, picture
                while due_ms <= at_ms + _SAME_MS:
                    due_ms = next(wanted)
    except (StopIteration, av.error.FFmpegError, IndexError):
        return


def face_moment(picture: Picture, at_s: float, look: Look = advice) -> FaceMoment:
    """What one picture, (height, width, 3) uint8 RGB, shows at that second of the clip."""
    seen = look(picture)
    return FaceMoment(
        at_s=round(at_s, 3),
        faces=len(seen.boxes),
        brightness=round(seen.brightness, 1),
        sharpness=None if seen.sharpness is None else round(seen.sharpness, 3),
    )


def face_quality(moments: Sequence[FaceMoment]) -> FaceQuality | None:
    """None where no picture could be looked at."""
    if not moments:
        return None
    faces = np.array([moment.faces for moment in moments])
    sharp = [moment.sharpness for moment in moments if moment.sharpness is not None]
    return FaceQuality(
        sampled=len(moments),
        one_face=round(float((faces == 1).mean()), 4),
        no_face=round(float((faces == 0).mean()), 4),
        brightness=round(float(np.mean([moment.brightness for moment in moments])), 1),
        sharpness=round(float(np.median(sharp)), 3) if sharp else None,
        moments=tuple(moments),
    )

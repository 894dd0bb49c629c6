"""What the tracker's own record is told of a trial, in the words that SR Research's Data Viewer understands."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from collect.bundle.format import ScreenInfo
from collect.devices.screen.clip_frames import fitted_size
from collect.session.presentations import Presentation


def trial_variables(presentation: Presentation) -> Iterator[str]:
    """`!V TRIAL_VAR` of each thing by which trials are told apart; nothing for what is not known."""
    told = {
        "clip": presentation.clip,
        "emotion": presentation.emotion,
        "role": presentation.role,
        "block": presentation.block,
    }
    for name, value in told.items():
        if value:
            yield f"!V TRIAL_VAR {name} {value}"


class ClipPlace(NamedTuple):
    """The rectangle that a clip fills, in screen pixels."""

    left: int
    top: int
    right: int
    bottom: int


def clip_place(clip: Path, screen: ScreenInfo) -> ClipPlace | None:
    """None for a clip that cannot be opened: playing it says why."""
    size = _picture_size(clip)
    if size is None:
        return None
    width, height = fitted_size(size, (screen.width_px, screen.height_px))
    left, top = (screen.width_px - width) // 2, (screen.height_px - height) // 2
    return ClipPlace(left, top, left + width, top + height)


def clip_area(place: ClipPlace) -> str:
    return f"!V IAREA RECTANGLE 1 {place.left} {place.top} {place.right} {place.bottom} clip"


def frame_shown(since_ms: int, frame: int, place: ClipPlace | None, clip: Path) -> str:
    """`!V VFRAME`: since so many ms this frame, counted from 0, is on the screen, its top left corner there."""
    left, top = (0, 0) if place is None else (place.left, place.top)
    return f"{since_ms} !V VFRAME {frame + 1} {left} {top} {clip.name}"


@lru_cache(maxsize=256)
def _picture_size(clip: Path) -> tuple[int, int] | None:
    import av

    try:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            return stream.width, stream.height
    except (av.FFmpegError, IndexError):
        return None

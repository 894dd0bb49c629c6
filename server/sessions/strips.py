"""What the quality report says of a trial, as a strip to look at: gaze second by second, and what was lost."""

from dataclasses import dataclass

from collect.quality.format import PresentationQuality

HEIGHT = 26
WIDTH = 240
_SLIM = 1.0


@dataclass(frozen=True)
class Bar:
    """A rectangle in the strip's own units (WIDTH by HEIGHT, y downwards). `kind` names its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Strip:
    """One trial. `words` say the same as the bars, for whoever does not see them."""

    bars: list[Bar]
    words: str


def strip_of(one: PresentationQuality) -> Strip | None:
    """None where the report knows neither gaze nor how long the clip was."""
    if one.gaze is None or not one.gaze.seconds or not one.duration_s:
        return None
    scale = WIDTH / one.duration_s
    bars = []
    for second, share in enumerate(one.gaze.seconds):
        width = min(1.0, one.duration_s - second) * scale
        if width <= 0:
            break
        height = share.any * HEIGHT
        kind = "seen" if share.any >= _GOOD else "half" if share.any >= _USABLE else "lost"
        bars.append(Bar(second * scale, HEIGHT - height, max(_SLIM, width - 0.6), height, kind))
    for gap in one.gaze.gaps:
        x = max(0.0, gap.from_s) * scale
        bars.append(Bar(x, HEIGHT - 2, max(_SLIM, min(WIDTH - x, (gap.to_s - gap.from_s) * scale)), 2, "gap"))
    return Strip(bars, _words(one))


#: Colours only; what is judged by which limit the report itself says.
_GOOD, _USABLE = 0.8, 0.5


def lost_words(one: PresentationQuality) -> str:
    """Frames of the camera and of the clip that are missing, '' where none is or nobody knows."""
    parts = []
    if one.camera is not None and one.camera.lost:
        parts.append(f"camera lost {one.camera.lost} of {one.camera.expected}")
    if one.playback is not None and one.playback.frames_skipped:
        parts.append(f"clip skipped {one.playback.frames_skipped} of {one.playback.frames_in_clip}")
    return ", ".join(parts)


def _words(one: PresentationQuality) -> str:
    assert one.gaze is not None
    words = f"Gaze was measured in {100 * one.gaze.valid:.0f} % of {one.duration_s:.0f} s"
    gaps = [f"{gap.from_s:.1f} to {gap.to_s:.1f} s" for gap in one.gaze.gaps[:5]]
    return words + (f"; lost from {', '.join(gaps)}" if gaps else "")

"""Where one trial's gaze went: the scan path, and a map of the fixations, over a frame of the clip."""

import base64
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import ScreenInfo
from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial

Picture = NDArray[np.uint8]
Values = NDArray[np.floating[Any]]

_WIDTH_PX = 560
_QUALITY = 78
#: Where nobody said how large and how far the screen is: a usual one fills about 40 degrees.
_USUAL_SCREEN_DEG = 40.0
#: A path of more fixations than this can no longer be followed; the map has them all.
_LONGEST_PATH = 120
#: Dark violet over red to pale yellow: order can be seen by lightness alone.
_HEAT = np.array([(40, 16, 92), (146, 38, 103), (222, 73, 72), (252, 150, 62), (252, 240, 165)], float)


@dataclass(frozen=True)
class Looks:
    """Fixations in the order of their happening: (N,) screen pixels and seconds. `eye` is whose they are."""

    x: Values
    y: Values
    seconds: Values
    eye: Literal["L", "R"]
    #: fixations of the tracker or an algorithm; samples where there are none.
    source: Literal["fixations", "samples"]


@dataclass(frozen=True)
class GazePicture:
    """Two elements for a page, and what to say of them."""

    scan_path: str
    fixation_map: str
    caption: str


def gaze_picture(bundle: Bundle, trial: Trial) -> GazePicture | None:
    """None where no gaze was measured on the screen."""
    screen = bundle.header.screen
    looks = looks_of(bundle, trial)
    if looks is None:
        return None
    ground = screen_picture(trial.clip_path, trial_middle_s(trial), screen)
    degree_px, known = degree_of(screen)
    heat = with_heat(ground, fixation_map(looks, screen, degree_px, ground.shape[1]))
    words = f"{'Left' if looks.eye == 'L' else 'Right'} eye, {len(looks.x)} {looks.source}"
    if looks.source == "fixations" and len(looks.x) > _LONGEST_PATH:
        words += f" (path: the first {_LONGEST_PATH})"
    words += "; map: time looked, spread by " + ("1°" if known else "about 1° (the size of the screen is not known)")
    return GazePicture(_path_svg(ground, looks, screen, trial.number), _image(heat, "Fixation map"), words)


def trial_middle_s(trial: Trial) -> float:
    if trial.clip_started_ns is None or trial.clip_ended_ns is None:
        return 0.0
    return (trial.clip_ended_ns - trial.clip_started_ns) / 2e9


def degree_of(screen: ScreenInfo) -> tuple[float, bool]:
    """Pixels of one degree of visual angle in the middle of the screen, and whether they are known or usual ones."""
    if screen.width_cm is None or screen.distance_cm is None:
        return screen.width_px / _USUAL_SCREEN_DEG, False
    return 2 * screen.distance_cm * math.tan(math.radians(0.5)) * screen.width_px / screen.width_cm, True


def looks_of(bundle: Bundle, trial: Trial) -> Looks | None:
    """The fixations of the eye that has more of them; where there are no events at all, the samples."""
    events = bundle.eye_events_of(trial)
    fixations = events[(events["kind"] == "fixation") & np.isfinite(events["x"]) & np.isfinite(events["y"])]
    if len(fixations):
        eye: Literal["L", "R"] = "L" if (fixations["eye"] == "L").sum() * 2 >= len(fixations) else "R"
        mine = fixations[fixations["eye"] == eye]
        seconds = (mine["end_host_ns"] - mine["start_host_ns"]) / 1e9
        return Looks(mine["x"], mine["y"], seconds, eye, "fixations")
    samples = bundle.samples_of(trial)
    counts = {side: np.isfinite(samples[f"{side}_x"]).sum() for side in ("left", "right")}
    side = "left" if counts["left"] >= counts["right"] else "right"
    seen = samples[np.isfinite(samples[f"{side}_x"]) & np.isfinite(samples[f"{side}_y"])]
    if len(seen) == 0:
        return None
    period_s = 1 / bundle.header.tracker.rate_hz
    return Looks(
        seen[f"{side}_x"], seen[f"{side}_y"], np.full(len(seen), period_s), "L" if side == "left" else "R", "samples"
    )


def fixation_map(looks: Looks, screen: ScreenInfo, degree_px: float, width: int) -> Values:
    """(height, width) time looked at each place, spread by a Gaussian of one degree; its maximum is 1, or all is 0."""
    import cv2

    scale = width / screen.width_px
    height = round(screen.height_px * scale)
    column, row = np.floor(looks.x * scale).astype(int), np.floor(looks.y * scale).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    time = np.zeros((height, width))
    np.add.at(time, (row[inside], column[inside]), looks.seconds[inside])
    spread: Values = np.asarray(
        cv2.GaussianBlur(time, (0, 0), degree_px * scale, borderType=cv2.BORDER_CONSTANT), float
    )
    return spread / max(float(spread.max()), 1e-12)


def with_heat(ground: Picture, heat: Values) -> Picture:
    """The map laid over the picture, which turns grey and dim below it: (height, width, 3) uint8 RGB."""
    grey = ground.astype(float).mean(axis=2, keepdims=True) * 0.55
    place = heat * (len(_HEAT) - 1)
    low = np.clip(place.astype(int), 0, len(_HEAT) - 2)
    part = (place - low)[..., None]
    colour = _HEAT[low] * (1 - part) + _HEAT[low + 1] * part
    cover = np.clip(heat * 2.2, 0, 0.85)[..., None]
    return np.clip(grey * (1 - cover) + colour * cover, 0, 255).astype(np.uint8)


def screen_picture(clip: Path | None, at_s: float, screen: ScreenInfo) -> Picture:
    """(height, width, 3) uint8 RGB: the screen as the participant saw it then, made small; grey without a clip."""
    width, height = _WIDTH_PX, round(_WIDTH_PX * screen.height_px / screen.width_px)
    frame = _frame_at(clip, at_s) if clip is not None else None
    if frame is None:
        return np.full((height, width, 3), 70, np.uint8)
    import cv2

    scale = min(width / frame.shape[1], height / frame.shape[0])
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    picture = np.zeros((height, width, 3), np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    picture[top : top + size[1], left : left + size[0]] = small
    return picture


def _frame_at(clip: Path, at_s: float) -> Picture | None:
    import av

    found = None
    try:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            first_s = float((stream.start_time or 0) * (stream.time_base or 0))
            container.seek(int((first_s + at_s) * 1e6), backward=True)
            for frame in container.decode(stream):
                found = frame
                if float(frame.time or 0.0) >= first_s + at_s:
                    break
    except (av.error.FFmpegError, IndexError):
        pass  # a frame before the damage will do
    return None if found is None else np.asarray(found.to_ndarray(format="rgb24"), np.uint8)


def jpeg_uri(picture: Picture) -> str:
    """A picture, (height, width, 3) uint8 RGB, as a data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _image(picture: Picture, label: str) -> str:
    return f'<img alt="{label}" width="{picture.shape[1]}" height="{picture.shape[0]}" src="{jpeg_uri(picture)}">'


def _path_svg(ground: Picture, looks: Looks, screen: ScreenInfo, number: int) -> str:
    """Dots as large as the fixation was long, from dark to light in the order of their happening."""
    height, width = ground.shape[:2]
    scale = width / screen.width_px
    step = max(1, len(looks.x) // 400) if looks.source == "samples" else 1
    x, y = (np.round(place[::step][: _LONGEST_PATH if step == 1 else None] * scale, 1) for place in (looks.x, looks.y))
    dim = (ground * 0.6).astype(np.uint8)
    parts = [
        f'<svg class="path" role="img" aria-label="Scan path of trial {number}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="{jpeg_uri(dim)}"/>',
        f'<polyline points="{" ".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))}"/>',
    ]
    if looks.source == "fixations":
        for place, (a, b, seconds) in enumerate(zip(x, y, looks.seconds, strict=False)):
            colour = _heat_colour(place / max(1, len(x) - 1))
            radius = 4 + 9 * math.sqrt(min(2.0, float(seconds)))
            parts.append(f'<circle cx="{a:g}" cy="{b:g}" r="{radius:.1f}" fill="{colour}"/>')
    return "".join(parts) + "</svg>"


def _heat_colour(share: float) -> str:
    place = 0.25 + 0.75 * share
    low = min(int(place * (len(_HEAT) - 1)), len(_HEAT) - 2)
    part = place * (len(_HEAT) - 1) - low
    red, green, blue = (_HEAT[low] * (1 - part) + _HEAT[low + 1] * part).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"

"""What the placeholder clips show: a few bright blobs on a calm ground, moving in another manner for each emotion.

The blobs are few and salient so that a gaze can follow them; the manner of moving only makes the clips tell apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import cos, floor, pi, sin

import cv2
import numpy as np
import numpy.typing as npt

from collect.bundle.format import Emotion

FPS = 30

Colour = tuple[int, int, int]
#: Centre x, y in [0, 1] of the picture and radius in parts of its height.
Blob = tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """One clip. `blobs` gives where the blobs are at a time in seconds; colours are RGB."""

    emotion: Emotion
    seconds: int
    above: Colour
    below: Colour
    colours: tuple[Colour, ...]
    blobs: Callable[[float], tuple[Blob, ...]]
    notes: tuple[int, ...]
    note_s: float
    harshness: float


def picture(scene: Scene, t: float, width: int, height: int) -> npt.NDArray[np.uint8]:
    """The frame at `t` seconds, (height, width, 3) uint8 RGB."""
    frame = _ground(scene.above, scene.below, width, height).copy()
    for (x, y, radius), colour in zip(scene.blobs(t), scene.colours, strict=True):
        _draw_blob(frame, (x * width, y * height), radius * height, colour)
    _draw_caption(frame, f"PLACEHOLDER - {scene.emotion} - elicits nothing")
    return frame


@lru_cache(maxsize=1)
def _ground(above: Colour, below: Colour, width: int, height: int) -> npt.NDArray[np.uint8]:
    ramp = np.linspace(0.0, 1.0, height)[:, np.newaxis]
    rows = (1 - ramp) * np.array(above) + ramp * np.array(below)
    return np.repeat(rows[:, np.newaxis, :], width, axis=1).astype(np.uint8)


def _draw_blob(frame: npt.NDArray[np.uint8], centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A ball with a rim and a glint; sixteenths of a pixel, so that slow motion is smooth."""
    x, y = (round(part * 16) for part in centre)
    rim = tuple(part // 2 for part in colour)
    glint = tuple((part + 510) // 3 for part in colour)
    cv2.circle(frame, (x, y), round(radius * 16), rim, -1, cv2.LINE_AA, 4)
    cv2.circle(frame, (x, y), round(radius * 14), colour, -1, cv2.LINE_AA, 4)
    cv2.circle(frame, (x - round(radius * 5), y - round(radius * 5)), round(radius * 4), glint, -1, cv2.LINE_AA, 4)


def _draw_caption(frame: npt.NDArray[np.uint8], text: str) -> None:
    height, width = frame.shape[:2]
    scale = height / 550
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    x, y = (width - text_width) // 2, height - text_height
    frame[y - 2 * text_height : height] //= 3
    cv2.putText(frame, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _bouncing(t: float) -> tuple[Blob, ...]:
    return tuple(
        (0.5 + 0.38 * sin(0.9 * t + 2.1 * k), 0.72 - 0.5 * abs(sin(2.6 * t + 1.3 * k)), 0.075) for k in range(3)
    )


def _sinking(t: float) -> tuple[Blob, ...]:
    falls = tuple((0.07 * t + 0.37 * k) % 1.0 for k in range(3))
    return tuple((0.3 + 0.2 * k + 0.02 * sin(t + k), 0.05 + 0.72 * fall, 0.06) for k, fall in enumerate(falls))


def _creeping(t: float) -> tuple[Blob, ...]:
    near = max(0.0, sin(0.7 * t)) ** 6
    shiver = 0.012 * sin(47 * t) * near
    edges = ((0.12, 0.2), (0.88, 0.24), (0.84, 0.66))
    hiding = tuple((x + 0.03 * sin(2.3 * t + k), y + 0.03 * cos(1.7 * t + k), 0.05) for k, (x, y) in enumerate(edges))
    return ((0.5 + shiver, 0.44, 0.05 + 0.2 * near), *hiding)


def _popping(t: float) -> tuple[Blob, ...]:
    turn = floor(t / 1.4)
    into = t - 1.4 * turn
    size = 0.13 * (1.0 - 2.718 ** (-9.0 * into)) * (1.0 + 0.4 * sin(18 * into) * 2.718 ** (-3.0 * into))
    x, y = 0.2 + 0.6 * ((turn * 0.618) % 1.0), 0.25 + 0.4 * ((turn * 0.414) % 1.0)
    return ((0.5, 0.45, 0.03), (x, y, max(0.01, size)))


def _curling(t: float) -> tuple[Blob, ...]:
    return tuple(
        (
            0.5 + (0.1 + 0.07 * k) * cos(1.1 * t - 0.8 * k),
            0.44 + (0.12 + 0.06 * k) * sin(1.1 * t - 0.8 * k) + 0.015 * sin(6 * t + k),
            0.075 - 0.008 * k,
        )
        for k in range(5)
    )


def _clashing(t: float) -> tuple[Blob, ...]:
    gap = abs(((1.5 * t) % 2.0) - 1.0) ** 1.5
    shake = 0.02 * sin(70 * t) * (1.0 - gap) ** 4
    return ((0.42 - 0.3 * gap, 0.44 + shake, 0.11), (0.58 + 0.3 * gap, 0.44 - shake, 0.11))


def _circling(t: float) -> tuple[Blob, ...]:
    return tuple((0.5 + 0.26 * cos(0.6 * t + pi * k), 0.44 + 0.26 * sin(0.6 * t + pi * k), 0.06) for k in range(2))


#: All clips are equally long: a length of its own would tell a rater of faces which clip was played.
SECONDS = 8

SCENES: tuple[Scene, ...] = (
    Scene(
        "happiness", SECONDS, (120, 190, 235), (235, 240, 200), ((250, 200, 40), (250, 120, 60), (90, 190, 90)),
        _bouncing, (72, 76, 79, 84, 79, 76), 0.28, 0.1,
    ),
    Scene(
        "sadness", SECONDS, (70, 85, 110), (40, 48, 66), ((120, 150, 190), (100, 130, 175), (140, 165, 200)),
        _sinking, (57, 60, 59, 55), 1.1, 0.0,
    ),
    Scene(
        "fear", SECONDS, (26, 24, 38), (10, 10, 16),
        ((225, 225, 235), (120, 110, 150), (110, 120, 140), (130, 110, 130)),
        _creeping, (50, 51, 50, 56), 0.6, 0.4,
    ),
    Scene(
        "surprise", SECONDS, (200, 180, 225), (240, 225, 240), ((120, 90, 160), (255, 90, 150)),
        _popping, (67, 67, 79, 86), 0.35, 0.2,
    ),
    Scene(
        "disgust", SECONDS, (95, 105, 60), (60, 66, 40),
        ((150, 170, 60), (140, 150, 70), (165, 150, 80), (130, 140, 50), (120, 120, 60)),
        _curling, (53, 54, 53, 47), 0.5, 0.6,
    ),
    Scene(
        "anger", SECONDS, (90, 20, 20), (40, 8, 10), ((230, 60, 40), (245, 130, 30)),
        _clashing, (40, 40, 43, 41), 0.22, 0.9,
    ),
    Scene(
        "neutral", SECONDS, (128, 128, 128), (108, 108, 108), ((190, 190, 190), (70, 70, 70)),
        _circling, (60, 62, 64, 62), 0.9, 0.05,
    ),
)  # fmt: skip

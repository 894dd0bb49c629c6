"""What to change before the participant is recorded: one look at a camera picture, and what the experimenter may do."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from collect.framing.faces import Box, face_boxes_in_grey, grey
from collect.framing.light import brightness, clipped, contrast, sharpness


class Advice(StrEnum):
    """Keys of advice; texts in the study's language are looked up by them. Left and right are the participant's own."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TOO_FAR = "too_far"
    TOO_NEAR = "too_near"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"
    MOVE_UP = "move_up"
    MOVE_DOWN = "move_down"
    BLURRED = "blurred"


@dataclass(frozen=True)
class FramingLimits:
    """What is good. Shares are of the picture's height, or of its width where they are of x."""

    #: Mean luma of the face, 0 to 255.
    brightness: tuple[float, float] = (40.0, 220.0)
    #: So much of the face may be as good as white.
    white_share: float = 0.2
    #: Height of the face's box, which reaches from the brows to the chin: two thirds of the head.
    face_height: tuple[float, float] = (0.18, 0.6)
    #: Where the middle of the face's box may be.
    centre_x: tuple[float, float] = (0.33, 0.67)
    centre_y: tuple[float, float] = (0.25, 0.72)
    sharpness: float = 0.1


USUAL_LIMITS = FramingLimits()


@dataclass(frozen=True)
class Framing:
    """One picture, judged. Brightness, contrast and `white_share` are the largest face's, or the picture's without one.

    `sharpness` is None where there is no face.
    """

    boxes: tuple[Box, ...]
    brightness: float
    contrast: float
    white_share: float
    sharpness: float | None
    advice: tuple[Advice, ...]

    @property
    def ok(self) -> bool:
        """Is there nothing to change?"""
        return not self.advice


def advice(picture: NDArray[np.uint8], limits: FramingLimits = USUAL_LIMITS) -> Framing:
    """Look for the participant's face and say what would make a better picture of it.

    :param picture: (height, width, 3) uint8 RGB as the camera gives it, not mirrored.
    """
    luma = grey(picture)
    boxes = tuple(face_boxes_in_grey(luma))
    face = boxes[0] if boxes else None
    light, white = brightness(luma, face), clipped(luma, face)[1]
    sharp = None if face is None else sharpness(luma, face)
    said = [*_of_number(len(boxes)), *_of_light(light, white, limits)]
    if face is not None and len(boxes) == 1:  # else it is not known whose place is meant
        said += _of_place(face, luma.shape[1], luma.shape[0], limits)
    if sharp is not None and sharp < limits.sharpness:
        said.append(Advice.BLURRED)
    return Framing(boxes, light, contrast(luma, face), white, sharp, tuple(said))


def _of_number(faces: int) -> Iterator[Advice]:
    if faces != 1:
        yield Advice.NO_FACE if faces == 0 else Advice.SEVERAL_FACES


def _of_light(light: float, white: float, limits: FramingLimits) -> Iterator[Advice]:
    if light < limits.brightness[0]:
        yield Advice.TOO_DARK
    elif light > limits.brightness[1] or white > limits.white_share:
        yield Advice.TOO_BRIGHT


def _of_place(face: Box, width: int, height: int, limits: FramingLimits) -> Iterator[Advice]:
    size = face.height / height
    if size < limits.face_height[0]:
        yield Advice.TOO_FAR
    elif size > limits.face_height[1]:
        yield Advice.TOO_NEAR
    x, y = (face.x + face.width / 2) / width, (face.y + face.height / 2) / height
    # Who is left in the picture sits too far to the right, for the camera looks at them.
    if x < limits.centre_x[0]:
        yield Advice.MOVE_LEFT
    elif x > limits.centre_x[1]:
        yield Advice.MOVE_RIGHT
    if y < limits.centre_y[0]:
        yield Advice.MOVE_DOWN
    elif y > limits.centre_y[1]:
        yield Advice.MOVE_UP

"""What warping alone cannot do: a closed and an open mouth, closed lids, brows, and the creases of each emotion.

Everything is painted into the portrait's texture, at the places of the portrait's own landmarks; the warp then carries
it along. Outlines are portrait pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from collect.bundle.format import Emotion
from collect.simulation.portrait import (
    EYE_OUTLINES,
    LANDMARKS,
    MOUTH_OPENING,
    TEXTURE_SCALE,
    Image,
    Mask,
    soft_polygon,
    to_texture,
)

Colour = tuple[float, float, float]
Stroke = Sequence[tuple[float, float]]

_LIP_LINE: Colour = (58, 48, 92)
_MOUTH_DARK: Colour = (26, 16, 38)
_TONGUE: Colour = (70, 62, 128)
_TEETH: Colour = (178, 190, 200)
_UPPER_LIP: Colour = (118, 112, 178)
_LOWER_LIP: Colour = (132, 128, 196)
#: What a crease makes of the skin's blue, green and red.
_CREASE_TINT = np.array([0.30, 0.36, 0.48], np.float32)

#: Creases of the skin: (strokes, width in portrait pixels, darkness 0 … 1).
_CREASES: dict[Emotion, tuple[tuple[Sequence[Stroke], float, float], ...]] = {
    "neutral": (),
    "happiness": (
        ([[(209.5, 128), (204, 132), (199.5, 138)], [(240, 129.5), (246, 133.5), (249.5, 139.5)]], 1.5, 0.25),
    ),
    "sadness": (
        ([[(213, 85.5), (217, 88), (219, 92)], [(239, 86.5), (235, 89), (233, 93)]], 1.2, 0.40),
        ([[(209, 128), (204, 134), (201, 141)], [(240, 129.5), (246, 135), (248, 142.5)]], 1.6, 0.30),
        ([[(217, 163), (223, 161), (230, 163)]], 1.6, 0.22),
        ([[(197, 108.5), (203, 110.5), (210, 109)], [(242, 111), (248, 113), (255, 111)]], 1.8, 0.28),
    ),
    "fear": (
        ([[(200, 85.2), (212, 84), (222, 85.2)], [(230, 85.4), (242, 86.2), (254, 88)]], 1.0, 0.30),
        ([[(220.5, 88), (221.5, 94)], [(230.5, 88.5), (229.5, 94.5)]], 1.1, 0.35),
    ),
    "surprise": (
        ([[(196, 84.2), (212, 83.6), (224, 84.4), (242, 86.2), (258, 88.6)]], 1.0, 0.32),
    ),
    "disgust": (
        ([[(217, 103), (221, 101.5)], [(216.5, 107), (221, 105)], [(217, 111), (221.5, 109)], [(232, 104), (228, 102)],
          [(233, 108), (228, 105.8)], [(232.5, 112), (228, 110)], [(220, 98), (224.5, 97), (229, 98.3)]], 1.1, 0.50),
        ([[(211, 121.5), (206.5, 126), (202, 133), (200.5, 139)],
          [(238.5, 122.5), (243, 127.5), (247.5, 134.5), (249, 140.5)]], 1.7, 0.36),
        ([[(197, 107), (204, 107.6), (211, 106)], [(241, 109.5), (248, 110), (256, 108.5)]], 1.3, 0.35),
    ),
    "anger": (
        ([[(219.5, 86), (220.5, 91), (219.8, 96.5)], [(230.5, 86.5), (229.4, 91.5), (230.4, 97)]], 1.2, 0.62),
        ([[(213, 95.5), (207, 93.8), (201, 93.6)], [(237, 97), (243, 95.6), (250, 95.6)]], 1.8, 0.34),
        ([[(209, 157.5), (223.4, 159.6), (238, 158)]], 1.8, 0.28),
        ([[(209.5, 127), (205, 131), (202.5, 136)], [(240, 128.5), (244.5, 132.5), (247, 137.5)]], 1.4, 0.26),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class PaintedFace:
    """Textures (height, width, 3): one for each emotion at its apex, and one whose lids are closed."""

    apex: dict[Emotion, Image]
    closed_lids: Image
    #: (height, width) in [0, 1]: how far the lids must have come down before they cover this pixel; 2 elsewhere.
    lid_reach: Mask


def _blend(image: Image, colour: Colour | Image, mask: Mask) -> Image:
    """The colour, or another picture, laid over the image where the mask says so."""
    blended = image.copy()
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return blended
    # Most masks are small: only their box is worked on.
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    under = image[box].astype(np.float32)
    over = np.broadcast_to(np.asarray(colour, np.float32), image.shape)[box]
    blended[box] = np.clip(under + (over - under) * mask[box][..., None], 0, 255).astype(np.uint8)
    return blended


def _times(colour: Colour, factors: Colour) -> Colour:
    return (colour[0] * factors[0], colour[1] * factors[1], colour[2] * factors[2])


def _stroke_mask(shape: tuple[int, int], strokes: Sequence[Stroke], width: float) -> Mask:
    """Soft lines, thin at both ends, 1 at their middle."""
    mask: Mask = np.zeros(shape, np.float32)
    for stroke in strokes:
        corners = to_texture(np.array(stroke, float))
        along = np.linspace(0, len(corners) - 1, 24)
        line = np.stack([np.interp(along, range(len(corners)), corners[:, axis]) for axis in (0, 1)], 1)
        for index in range(len(line) - 1):
            taper = np.sin(np.pi * (index + 1) / len(line)) ** 0.5
            start, end = (tuple(int(value * 16) for value in point) for point in line[index : index + 2])
            thickness = max(1, round(width * TEXTURE_SCALE * taper))
            cv2.line(mask, start, end, float(taper), thickness, cv2.LINE_AA, 4)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.45 * width * TEXTURE_SCALE)
    return mask / max(float(mask.max()), 1e-6) if strokes else mask


def _rows_within(mask: Mask) -> Mask:
    """0 at the mask's top to 1 at its bottom, column by column, so that bands follow a curved opening."""
    inside = mask > 0.5
    top = np.where(inside.any(0), inside.argmax(0), 0)
    bottom = np.where(inside.any(0), mask.shape[0] - 1 - inside[::-1].argmax(0), 1)
    rows = np.arange(mask.shape[0])[:, None]
    return np.clip((rows - top) / np.maximum(bottom - top, 1), 0, 1).astype(np.float32)


def _mouths(smiling: Image, skin: Colour) -> dict[Emotion, Image]:
    """The texture with the mouth that each emotion needs. The warp opens and closes it."""
    texture = _without_smile_folds(smiling)
    opening = soft_polygon(MOUTH_OPENING, 0.25)
    depth = cv2.GaussianBlur(_rows_within(soft_polygon(MOUTH_OPENING, 0.01)), (0, 0), 1.5)
    # Closed lips: the opening, squeezed to a line by the warp, is lip above and below and dark between.
    filled = _blend(
        _blend(texture, _times(_UPPER_LIP, skin), opening),
        _times(_LOWER_LIP, skin),
        np.clip((depth - 0.45) / 0.1, 0, 1) * opening,
    )
    closed = _blend(filled, _LIP_LINE, 0.9 * np.exp(-(((depth - 0.5) / 0.22) ** 2)) * opening)
    # The warp stretches an open mouth several times, so its teeth are a plain band: real ones would turn into streaks.
    dark = _blend(texture, _MOUTH_DARK, soft_polygon(MOUTH_OPENING, 0.3))
    tongued = _blend(dark, _TONGUE, 0.6 * np.clip((depth - 0.68) / 0.25, 0, 1) * opening)
    fearful = _blend(dark, _TEETH, 0.75 * np.clip((0.30 - depth) / 0.1, 0, 1) * opening)
    bared = _blend(texture, _MOUTH_DARK, np.clip((depth - 0.55) / 0.2, 0.15, 1) * opening)
    return {
        "neutral": closed, "sadness": closed, "anger": closed, "happiness": smiling, "surprise": tongued,
        "fear": fearful, "disgust": bared,
    }  # fmt: skip


def _with_brows(texture: Image, colour: Colour, weight: float) -> Image:
    names = [[f"brow_{side}_{part}" for part in ("outer", "middle", "inner")] for side in ("left", "right")]
    # The landmarks lie on the brows' upper edge.
    lowered = [[(LANDMARKS[name][0], LANDMARKS[name][1] + 0.7) for name in brow] for brow in names]
    return _blend(texture, colour, 0.72 * _stroke_mask(texture.shape[:2], lowered, weight))


def _without_smile_folds(texture: Image) -> Image:
    """Soften the folds beside the nose and under the eyes that the portrait's smile has made."""
    folds: list[Stroke] = [
        [(210, 127), (203, 133), (199, 140), (199, 146)],
        [(239, 128), (246, 134), (250.5, 142), (250, 148)],
    ]
    smooth = cv2.GaussianBlur(texture, (0, 0), 4 * TEXTURE_SCALE)
    lighter = np.clip(smooth.astype(np.float32) * 1.02, 0, 255).astype(np.uint8)
    return _blend(texture, lighter, 0.85 * _stroke_mask(texture.shape[:2], folds, 4.5))


def _closed_lids(texture: Image) -> tuple[Image, Mask]:
    """Lids in the colour of the skin above the eye, lashes along their edge; and how far down each pixel lies."""
    lids, reach = texture.copy(), np.full(texture.shape[:2], 2.0, np.float32)
    for outline in EYE_OUTLINES:
        eye = soft_polygon(outline, 0.01)
        x, y = to_texture(np.array([outline[2]]))[0].astype(int)
        colour = texture[y - 9 : y - 5, x - 8 : x + 8].reshape(-1, 3).mean(0)
        wide = cv2.dilate(eye, np.ones((7, 7), np.uint8))
        lids = _blend(lids, tuple(0.97 * colour), cv2.GaussianBlur(wide, (0, 0), 1.5))
        lower: Stroke = [outline[0], *[(px, py - 0.3) for px, py in outline[:4:-1]], outline[4]]
        lids = _blend(lids, tuple(0.32 * colour), 0.8 * _stroke_mask(texture.shape[:2], [lower], 0.9))
        reach = np.where(wide > 0.01, _rows_within(wide), reach)
    return lids, reach


def painted(texture: Image, skin: Colour, brow_colour: Colour, brow_weight: float, crease: float) -> PaintedFace:
    """All textures of one participant.

    :param texture: the portrait, in the participant's colours.
    :param skin: factors on blue, green and red of the portrait's skin.
    :param brow_weight: thickness of the brows in portrait pixels, about 1 to 3.
    :param crease: how deeply the skin creases, about 0.6 (young) to 1.3.
    """
    base = _with_brows(texture, brow_colour, brow_weight)
    apex: dict[Emotion, Image] = {}
    for emotion, face in _mouths(base, skin).items():
        for strokes, width, darkness in _CREASES[emotion]:
            shade = min(darkness * crease, 0.9) * _stroke_mask(face.shape[:2], strokes, width)
            face = _blend(face, _CREASE_TINT * face, shade)
        apex[emotion] = face
    lids, reach = _closed_lids(base)
    return PaintedFace(apex, lids, reach)

"""The one portrait behind every simulated face, with its landmarks and its regions.

The portrait is the one of Eileen Collins that scikit-image carries inside its wheel as `skimage.data.astronaut()` (no
download): a NASA photograph, in the public domain as a work of the United States government. NASA asks that
nobody's portrait suggest an endorsement: none is meant, and nothing made from it shows how that person looked or felt.
Every frame carries the caption SIMULATED.

Coordinates of landmarks and polygons are pixels of that 512×512 picture, measured by hand. 'Left' and 'right' are the
viewer's. The texture is the part around the head, enlarged TEXTURE_SCALE times.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
#: uint8 and float32; OpenCV's own annotations know no element types.
Image = NDArray[Any]
Mask = NDArray[Any]

TEXTURE_SCALE = 2.5
#: Left, top, width and height of the texture in the portrait. It begins above the picture: that row is repeated.
TEXTURE_BOX = (74, -6, 300, 232)
FACE_CENTRE = (224.0, 112.0)

#: Name to (x, y). The portrait smiles with parted lips.
LANDMARKS: dict[str, tuple[float, float]] = {
    "brow_left_outer": (190.7, 90.7), "brow_left_middle": (200.5, 87.5), "brow_left_inner": (213.0, 92.0),
    "brow_right_inner": (239.0, 93.3), "brow_right_middle": (252.5, 91.0), "brow_right_outer": (263.3, 94.7),
    "eye_left_outer": (192.3, 99.4), "eye_left_top": (203.2, 96.8), "eye_left_inner": (212.5, 102.8),
    "eye_left_bottom": (203.8, 104.2),
    "eye_right_inner": (237.1, 104.4), "eye_right_top": (247.6, 98.8), "eye_right_outer": (258.9, 103.2),
    "eye_right_bottom": (247.6, 106.8),
    "nose_bridge": (224.3, 104.8), "nose_tip": (224.6, 125.0), "nose_left": (212.5, 126.0),
    "nose_right": (237.1, 127.4),    "nose_base": (224.0, 133.0),
    "mouth_left": (204.2, 140.1), "mouth_right": (243.5, 141.7),
    "lip_top": (223.4, 139.7), "lip_top_left": (212.9, 139.7), "lip_top_right": (235.1, 140.5),
    "teeth_top": (223.4, 143.1), "teeth_top_left": (212.9, 142.7), "teeth_top_right": (235.1, 143.9),
    "teeth_low": (223.4, 149.4), "teeth_low_left": (213.9, 148.2), "teeth_low_right": (234.1, 148.8),
    "gape_top_left": (208.5, 141.8), "gape_top_right": (239.5, 142.8),
    "gape_low_left": (209.6, 145.7), "gape_low_right": (237.8, 147.0),
    "lip_low": (223.4, 155.2), "lip_low_left": (214.9, 152.6), "lip_low_right": (233.5, 152.8),
    "chin": (223.4, 178.4), "jaw_left": (189.7, 159.2), "jaw_right": (261.3, 157.2),
    "cheek_left": (196.0, 121.0), "cheek_right": (255.0, 123.0),
    "fold_left": (198.8, 134.0), "fold_right": (248.2, 136.0),
    "side_left": (182.3, 112.9), "side_right": (269.3, 114.9), "forehead": (227.0, 81.6),
}  # fmt: skip
#: Places that an expression leaves alone: the outline of the hair, the neck, the shoulders.
ANCHORS: tuple[tuple[float, float], ...] = (
    (237, 16), (190, 30), (285, 38), (154, 70), (302, 87), (160, 105), (295, 110), (172, 125), (280, 130), (227, 60),
    (186, 190), (255, 192), (150, 190), (300, 195), (90, 20), (360, 20), (90, 110), (360, 110), (90, 220), (360, 220),
    (225, -5), (225, 222),
)  # fmt: skip

SKIN_OUTLINE: tuple[tuple[float, float], ...] = (
    (181, 127), (180, 111), (184.7, 91), (187, 77.6), (195, 78), (207, 81), (223, 80), (243, 84), (265, 90), (269, 101),
    (272, 117), (280, 128), (276, 137), (268, 136), (265, 147), (259, 161), (254, 172), (252, 190), (232, 192),
    (200, 187), (187, 182), (186, 162), (182, 145), (181, 131), (173, 128), (171, 119),
)  # fmt: skip
EYE_OUTLINES: tuple[tuple[tuple[float, float], ...], ...] = (
    ((191.8, 99.2), (197, 96.6), (203.2, 96.2), (208.5, 98.2), (212.8, 103), (208, 104.2), (203.8, 104.6),
     (197, 102.6)),
    ((236.8, 104.6), (241, 100.2), (247.6, 98.2), (253.5, 99.8), (259.6, 103), (254, 106), (247.6, 107.2),
     (241.5, 106.4)),
)  # fmt: skip
MOUTH_OPENING: tuple[tuple[float, float], ...] = (
    (204.6, 140.6), (208.5, 141.8), (212.9, 142.6), (218, 143.0), (223.4, 143.2), (229, 143.4), (235.1, 143.6),
    (239.5, 142.8), (243.2, 141.9), (240.8, 144.8), (237.8, 147.0), (234.1, 148.9), (229, 149.6), (223.4, 149.7),
    (218, 149.3), (213.9, 148.3), (209.6, 145.7), (206.8, 143.2),
)  # fmt: skip
LIPS_OUTLINE: tuple[tuple[float, float], ...] = (
    (203.8, 140), (208, 139.6), (213, 139.3), (219, 139.0), (223.4, 139.5), (228, 139.2), (235, 139.9), (240, 140.8),
    (244, 141.7), (241, 146), (237, 150.5), (233.5, 153), (229, 154.9), (223.4, 155.5), (218, 154.8), (214.5, 152.8),
    (210, 149), (206.5, 144.5),
)  # fmt: skip


@dataclass(frozen=True)
class Portrait:
    """The texture (height, width, 3) BGR and soft masks (height, width) in [0, 1], disjoint but for soft edges."""

    texture: Image
    person: Mask
    skin: Mask
    hair: Mask
    clothes: Mask


def to_texture(points: Points) -> Points:
    """(n, 2) portrait pixels to texture pixels."""
    return (np.asarray(points, float) - TEXTURE_BOX[:2] + 0.5) * TEXTURE_SCALE - 0.5


def soft_polygon(outline: tuple[tuple[float, float], ...], softness: float) -> Mask:
    """1 inside the outline, 0 outside, with an edge of about `softness` portrait pixels."""
    mask = np.zeros(_texture_shape(), np.uint8)
    corners = np.round(to_texture(np.array(outline)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA, shift=4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), softness * TEXTURE_SCALE)


def _texture_shape() -> tuple[int, int]:
    return round(TEXTURE_BOX[3] * TEXTURE_SCALE), round(TEXTURE_BOX[2] * TEXTURE_SCALE)


def _head_crop() -> Image:
    # scikit-image is slow to import; nothing but this needs it.
    from skimage.data import astronaut

    left, top, width, height = TEXTURE_BOX
    bgr = np.ascontiguousarray(astronaut()[:, :, ::-1])
    padded = cv2.copyMakeBorder(bgr, -top, 0, 0, 0, cv2.BORDER_REPLICATE)
    return padded[:height, left : left + width]


def _person_mask(crop: Image) -> NDArray[np.uint8]:
    """1 where the person is, by GrabCut from a rough outline."""
    rough = np.full(crop.shape[:2], cv2.GC_BGD, np.uint8)
    offset = np.array(TEXTURE_BOX[:2])

    def fill(outline: list[tuple[int, int]], value: int) -> None:
        cv2.fillPoly(rough, [np.array(outline, np.int32) - offset], value)

    around = [(145, 75), (170, 35), (215, 8), (262, 14), (300, 50), (312, 95), (300, 140), (272, 152), (312, 185),
              (322, 226), (90, 226), (112, 170), (150, 142), (178, 142), (146, 110)]  # fmt: skip
    surely = [(165, 70), (190, 40), (230, 25), (270, 40), (292, 80), (285, 110), (262, 140), (255, 180), (260, 226),
              (185, 226), (190, 160), (180, 120), (165, 100)]  # fmt: skip
    fill(around, cv2.GC_PR_FGD)
    fill(surely, cv2.GC_FGD)
    cv2.setRNGSeed(1)
    cv2.grabCut(crop, rough, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    person = np.isin(rough, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(person)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    return (parts == largest).astype(np.uint8)


@lru_cache(maxsize=1)
def portrait() -> Portrait:
    """Load, cut out and enlarge the portrait (about a second, once a process)."""
    crop = _head_crop()
    height, width = _texture_shape()
    person = cv2.resize(_person_mask(crop).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    person = np.clip(cv2.GaussianBlur(person, (0, 0), 2.0), 0, 1)
    calm = cv2.bilateralFilter(crop, 5, 18, 2)
    texture = cv2.resize(calm, (width, height), interpolation=cv2.INTER_LANCZOS4)
    blurred = cv2.GaussianBlur(texture, (0, 0), 3)
    texture = cv2.addWeighted(texture, 1.3, blurred, -0.3, 0)
    skin = soft_polygon(SKIN_OUTLINE, 1.0) * person
    below = _ramp_down(height, width, 132.0, 140.0)
    return Portrait(texture, person, skin, person * (1 - skin) * (1 - below), person * (1 - skin) * below)


def _ramp_down(height: int, width: int, start: float, end: float) -> Mask:
    """0 above the portrait row `start`, 1 below `end`."""
    rows = np.arange(height, dtype=np.float32) / TEXTURE_SCALE + TEXTURE_BOX[1]
    return np.repeat(np.clip((rows - start) / (end - start), 0, 1)[:, None], width, axis=1)

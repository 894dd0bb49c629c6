"""What makes one simulated face differ from another: proportions, colours, light, place in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from collect.simulation.expression import NAMES
from collect.simulation.face_paint import Colour
from collect.simulation.portrait import (
    EYE_OUTLINES,
    FACE_CENTRE,
    LIPS_OUTLINE,
    MOUTH_OPENING,
    Image,
    Mask,
    Portrait,
    soft_polygon,
)

#: (factor on blue, green and red) of skin and hair; the portrait's own are fair and blonde.
_SKINS: tuple[Colour, ...] = (
    (1.03, 1.02, 1.0), (0.98, 0.98, 1.0), (0.86, 0.92, 0.97), (0.74, 0.83, 0.93), (0.62, 0.72, 0.85),
    (0.50, 0.60, 0.74), (0.42, 0.50, 0.63),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = (
    (1.0, 1.0, 1.0), (0.62, 0.62, 0.66), (0.42, 0.40, 0.42), (0.30, 0.27, 0.26), (0.50, 0.58, 0.95),
    (0.78, 0.82, 0.90), (1.45, 1.22, 1.08), (0.55, 0.50, 0.62),
)  # fmt: skip
_BACKDROPS: tuple[Colour, ...] = (
    (0.98, 0.98, 0.98), (0.95, 0.86, 0.76), (0.76, 0.90, 0.80), (0.78, 0.84, 0.98), (0.66, 0.66, 0.68),
    (0.92, 0.80, 0.86), (0.62, 0.74, 0.72),
)  # fmt: skip
_CLOTHES: tuple[Colour, ...] = (
    (150, 90, 40),
    (50, 110, 60),
    (60, 50, 150),
    (110, 110, 110),
    (130, 60, 110),
    (40, 40, 45),
)


@dataclass(frozen=True)
class FaceLook:
    """One participant's face. Factors are relative to the portrait; shifts are portrait pixels."""

    mirrored: bool
    face_width: float
    face_height: float
    jaw_width: float
    eye_distance: float
    eye_size: float
    brow_height: float
    nose_width: float
    nose_length: float
    mouth_width: float
    lip_fullness: float
    skin: Colour
    hair: Colour
    backdrop: Colour
    clothes: Colour
    brow_weight: float
    crease: float
    stubble: float
    #: Brightness lost from the lit to the unlit edge of the picture, -1 … 1 (the sign says which side is lit).
    light_slope: float
    warmth: float
    #: Size and place of the head in the picture.
    size: float
    offset: tuple[float, float]


def random_look(random: np.random.Generator) -> FaceLook:
    """Draw a face that differs clearly from the next one and is still plausible."""

    def factor(spread: float) -> float:
        return float(np.clip(random.normal(1, spread), 1 - 1.8 * spread, 1 + 1.8 * spread))

    skin = int(random.integers(len(_SKINS)))
    # Fair hair on the darkest skins would look painted.
    hairs = _HAIRS if skin < 4 else (_HAIRS[2], _HAIRS[3], _HAIRS[7])
    bearded = random.random() < 0.4
    return FaceLook(
        mirrored=bool(random.random() < 0.5),
        face_width=factor(0.07),
        face_height=factor(0.05),
        jaw_width=factor(0.06) + (0.05 if bearded else 0.0),
        eye_distance=factor(0.05),
        eye_size=factor(0.08),
        brow_height=float(random.normal(0, 0.8)),
        nose_width=factor(0.10),
        nose_length=factor(0.07),
        mouth_width=factor(0.07),
        lip_fullness=factor(0.13),
        skin=_SKINS[skin],
        hair=hairs[int(random.integers(len(hairs)))],
        backdrop=_BACKDROPS[int(random.integers(len(_BACKDROPS)))],
        clothes=_CLOTHES[int(random.integers(len(_CLOTHES)))],
        brow_weight=float(random.uniform(1.3, 2.0)) + (0.7 if bearded else 0.0),
        crease=float(random.uniform(0.7, 1.25)),
        stubble=float(random.uniform(0.25, 0.5)) if bearded else 0.0,
        light_slope=float(random.uniform(-0.35, 0.35)),
        warmth=float(random.uniform(-0.06, 0.06)),
        size=factor(0.05),
        offset=(float(random.uniform(-9, 9)), float(random.uniform(-4, 4))),
    )


def proportioned(points: NDArray[np.float64], look: FaceLook) -> NDArray[np.float64]:
    """(n, 2) landmarks of the portrait's proportions to the same in those of `look`; order of NAMES."""
    centre = np.array(FACE_CENTRE)
    own = points.copy()
    for part, (wide, high) in _part_factors(look).items():
        members = [index for index, name in enumerate(NAMES) if name.startswith(part)]
        pivots = _pivots(part, points, members)
        own[members] = pivots + (points[members] - pivots) * (wide, high)
    for index, name in enumerate(NAMES):
        if name.startswith(("eye", "brow")):
            own[index, 0] += (look.eye_distance - 1) * (23 if "right" in name else -23)
        if name.startswith("brow"):
            own[index, 1] += look.brow_height
    return centre + (own - centre) * (look.face_width, look.face_height)


def _part_factors(look: FaceLook) -> dict[tuple[str, ...], tuple[float, float]]:
    return {
        ("eye_left",): (look.eye_size, look.eye_size),
        ("eye_right",): (look.eye_size, look.eye_size),
        ("nose_left", "nose_right"): (look.nose_width, 1.0),
        ("nose_tip", "nose_base"): (1.0, look.nose_length),
        ("mouth", "lip", "teeth", "gape"): (look.mouth_width, look.lip_fullness),
        ("jaw", "chin"): (look.jaw_width, 1.0),
    }


def _pivots(part: tuple[str, ...], points: NDArray[np.float64], members: list[int]) -> NDArray[np.float64]:
    """What a part grows around: the nose from its bridge, everything else from its own middle."""
    if part == ("nose_tip", "nose_base"):
        return points[NAMES.index("nose_bridge")]
    return points[members].mean(0)


def coloured(portrait: Portrait, look: FaceLook) -> Image:
    """The portrait's texture in the colours and the light of `look`; not mirrored."""
    texture = portrait.texture.astype(np.float32)
    eyes = sum((soft_polygon(outline, 0.4) for outline in EYE_OUTLINES), np.zeros_like(portrait.skin))
    # Eyes and teeth keep most of their white, but share the light of the face.
    kept = np.clip(0.7 * eyes + 0.85 * soft_polygon(MOUTH_OPENING, 0.4), 0, 1)
    texture = _tinted(texture, look.skin, portrait.skin * (1 - kept))
    texture = _tinted(texture, look.hair, portrait.hair)
    texture = _with_stubble(texture, portrait.skin, look.stubble)
    texture = _in_clothes(texture, portrait.clothes, look.clothes)
    texture = _before_backdrop(texture, portrait.person, look.backdrop)
    return np.clip(texture * _light(look, texture.shape[:2]), 0, 255).astype(np.uint8)


def _tinted(texture: Image, tint: Colour, mask: Mask) -> Image:
    return texture * (1 + (np.asarray(tint, np.float32) - 1) * mask[..., None])


def _with_stubble(texture: Image, skin: Mask, strength: float) -> Image:
    if strength <= 0:
        return texture
    jaw = ((183, 140), (200, 133), (212, 134), (236, 135), (248, 136), (268, 140), (262, 160), (250, 175), (223, 181),
           (200, 176), (187, 162))  # fmt: skip
    beard = soft_polygon(jaw, 3.5) * skin * (1 - soft_polygon(LIPS_OUTLINE, 0.8))
    grain: Image = np.random.default_rng(7).uniform(0.6, 1.0, skin.shape).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.8)
    return _tinted(texture, (0.45, 0.40, 0.40), strength * 1.2 * beard * grain)


def _in_clothes(texture: Image, clothes: Mask, colour: Colour) -> Image:
    """Plain clothes: the suit's folds kept as light and shade, its colours not."""
    grey = cv2.GaussianBlur(texture.mean(2), (0, 0), 2.5)
    shaded = (0.45 + 0.55 * grey / 160)[..., None] * np.asarray(colour, np.float32)
    return texture + (shaded - texture) * clothes[..., None]


def _before_backdrop(texture: Image, person: Mask, tint: Colour) -> Image:
    """A tinted, even backdrop; near the head the portrait's own one is kept, so that the hair keeps its edge."""
    beige = np.array([190, 192, 200], np.float32)
    near = cv2.GaussianBlur(cv2.dilate(person, np.ones((5, 5), np.uint8)), (0, 0), 3)
    behind = beige + (texture - beige) * near[..., None]
    return texture + (behind * np.asarray(tint, np.float32) - texture) * (1 - person)[..., None]


def _light(look: FaceLook, shape: tuple[int, int]) -> Image:
    """(height, width, 3) factor of a lamp at one side, warm or cold."""
    across = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :, None]
    down = np.linspace(0.06, -0.06, shape[0], dtype=np.float32)[:, None, None]
    temperature = np.array([1 - look.warmth, 1.0, 1 + look.warmth], np.float32)
    return (1 + look.light_slope * 0.5 * across + down) * temperature

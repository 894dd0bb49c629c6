"""How each emotion moves the landmarks of the face, after the action units that EMFACS and Ekman & Friesen list for it.

Moves are (outward, down) in portrait pixels at the greatest intensity; outward is away from the face's midline, and a
name without a side stands for both. The portrait smiles, so the neutral face is itself a move away from it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import Emotion
from collect.simulation.portrait import LANDMARKS

NAMES = tuple(LANDMARKS)
GREATEST_INTENSITY = 3.0
Moves = dict[str, tuple[float, float]]

#: From the portrait's smile to a closed mouth at rest.
_UNSMILE: Moves = {
    "mouth": (-4.2, 6.1), "lip_top": (0, 1.0), "lip_top_side": (-1.2, 1.3), "teeth_top": (0, 3.1),
    "teeth_top_side": (-1.0, 2.9), "teeth_low": (0, -2.4), "teeth_low_side": (-0.6, -1.9),
    "gape_low": (-2.6, 0.9), "lip_low": (0, -3.0),
    "lip_low_side": (-0.6, -2.2), "cheek": (-0.3, 1.6), "fold": (-1.6, 2.0), "nose": (-0.8, 0.2), "nose_base": (0, 0.3),
    "chin": (0, -1.8), "jaw": (0, -0.5), "eye_bottom": (0, 0.5), "eye_top": (0, -0.2),
}  # fmt: skip

#: From the neutral face to each emotion at its strongest.
_MOVES: dict[Emotion, Moves] = {
    "neutral": {},
    "happiness": {  # AU 6 + 12 + 25
        "mouth": (6.2, -8.5), "lip_top": (0, -1.0), "lip_top_side": (2.0, -2.2), "teeth_top": (0, -2.6),
        "teeth_top_side": (2.0, -3.2), "teeth_low": (0, 3.4), "teeth_low_side": (2.0, 2.0), "lip_low": (0, 3.2),
        "lip_low_side": (2.0, 1.8), "cheek": (1.2, -3.2), "fold": (3.0, -3.6), "nose": (1.4, -0.6), "chin": (0, 1.8),
    },
    "sadness": {  # AU 1 + 4 + 15 + 17
        "brow_inner": (-2.6, -6.0), "brow_middle": (-1.0, -0.8), "brow_outer": (0.5, 3.6), "eye_top": (0, 1.9),
        "eye_outer": (0, 1.5), "eye_bottom": (0, -0.3), "mouth": (0.6, 6.4), "lip_top": (0, -0.6),
        "lip_top_side": (0, 0.4), "teeth_top": (0, -1.2), "teeth_top_side": (0, 0.9), "teeth_low": (0, -1.2),
        "teeth_low_side": (0, 0.9), "lip_low": (0, 0.2), "lip_low_side": (0.8, 1.6), "chin": (0, -2.4),
        "fold": (0.4, 2.2), "cheek": (0, 1.2),
    },
    "fear": {  # AU 1 + 2 + 4 + 5 + 20 + 26
        "brow_inner": (-3.0, -8.0), "brow_middle": (-1.2, -4.8), "brow_outer": (0, -0.6), "eye_top": (0, -3.8),
        "eye_bottom": (0, 0.9), "mouth": (6.0, 3.4), "lip_top": (0, -0.8), "lip_top_side": (2.2, -0.4),
        "teeth_top": (0, -1.4), "teeth_top_side": (2.4, -0.8), "teeth_low": (0, 5.6), "teeth_low_side": (3.2, 5.4),
        "lip_low": (0, 6.0), "lip_low_side": (3.2, 6.0), "chin": (0, 6.0), "jaw": (0.5, 2.5), "fold": (2.6, 2.0),
        "forehead": (0, -2.0),
    },
    "surprise": {  # AU 1 + 2 + 5 + 27
        "brow_inner": (0, -6.4), "brow_middle": (0, -8.2), "brow_outer": (0.4, -6.4), "eye_top": (0, -3.4),
        "eye_bottom": (0, 0.8), "mouth": (-3.2, 4.6), "lip_top": (0, -1.6), "lip_top_side": (-0.6, -0.6),
        "teeth_top": (0, -2.0), "teeth_top_side": (-0.8, -0.8), "teeth_low": (0, 14.0), "teeth_low_side": (-0.6, 12.4),
        "lip_low": (0, 13.6), "lip_low_side": (-0.4, 12.4), "chin": (0, 12.5), "jaw": (-1.2, 6.0), "fold": (-1.4, 3.5),
        "cheek": (-0.6, 1.6), "forehead": (0, -3.0),
    },
    "disgust": {  # AU 9 + 10 + 15 + 17, eyes narrowed
        "brow_inner": (-1.6, 4.2), "brow_middle": (0, 3.4), "brow_outer": (0, 1.4), "eye_top": (0, 2.0),
        "eye_bottom": (0, -2.3), "nose": (2.2, -4.8), "nose_tip": (0, -3.0), "nose_base": (0, -3.2),
        "nose_bridge": (0, 1.0), "lip_top": (0, -4.6), "lip_top_side": (0.8, -5.4), "teeth_top": (0, -3.6),
        "teeth_top_side": (0.8, -4.2), "teeth_low": (0, -0.4), "teeth_low_side": (0.4, 0.4), "mouth": (1.2, 3.0),
        "lip_low": (0, 0.6), "lip_low_side": (0.8, 1.0), "fold": (2.8, -2.8), "cheek": (0.6, -3.6), "chin": (0, -1.6),
    },
    "anger": {  # AU 4 + 5 + 7 + 23/24
        "brow_inner": (-3.6, 6.6), "brow_middle": (-1.6, 3.6), "brow_outer": (0.4, -1.6), "eye_top": (0, 0.4),
        "eye_inner": (-0.6, 1.0), "eye_bottom": (0, -1.4), "nose": (1.6, -0.8), "mouth": (-1.2, 1.4),
        "lip_top": (0, 1.9), "lip_top_side": (-0.4, 1.8), "teeth_top": (0, -0.2), "teeth_top_side": (0, -0.2),
        "teeth_low": (0, -0.2), "teeth_low_side": (0, -0.2), "lip_low": (0, -2.4), "lip_low_side": (0, -1.4),
        "chin": (0, -2.2), "forehead": (0, 1.0), "fold": (0.6, 0.6),
    },
}  # fmt: skip

#: What the eyes add to a smile that is felt (AU 6): a masking smile lacks it.
_FELT_SMILE: Moves = {"eye_bottom": (0, -2.2), "eye_top": (0, 0.9), "cheek": (0.8, -1.6), "brow_outer": (0, 1.0)}


class Expression(NamedTuple):
    """What a face shows at its apex. `felt`: the eyes take part, as they do not in a smile put on."""

    emotion: Emotion
    intensity: float
    felt: bool


def _side_of(name: str) -> tuple[str, float]:
    """'brow_left_inner' is ('brow_inner', -1.0); the side is 0.0 on the midline."""
    for side, sign in (("left", -1.0), ("right", 1.0)):
        if f"_{side}" in name:
            stem = name.replace(f"_{side}", "")
            return (f"{stem}_side" if stem in ("lip_top", "lip_low", "teeth_top", "teeth_low") else stem), sign
    return name, 0.0


def _mean(moves: Moves, *stems: str) -> tuple[float, float]:
    outward, down = np.mean([moves.get(stem, (0.0, 0.0)) for stem in stems], axis=0)
    return float(outward), float(down)


def _moved(points: NDArray[np.float64], moves: Moves) -> NDArray[np.float64]:
    unknown = moves.keys() - {_side_of(name)[0] for name in NAMES}
    assert not unknown, unknown
    halfway = {f"gape_{lip}": _mean(moves, "mouth", f"teeth_{lip}_side") for lip in ("top", "low")}
    moves = {**halfway, **moves}
    shifts = [(moves.get(stem, (0.0, 0.0)), side) for stem, side in map(_side_of, NAMES)]
    return points + np.array([(outward * side, down) for (outward, down), side in shifts])


def portrait_shape() -> NDArray[np.float64]:
    """(n, 2) landmarks of the portrait as it is, in the order of NAMES."""
    return np.array([LANDMARKS[name] for name in NAMES], float)


def shape(emotion: Emotion, felt: bool, level: float) -> NDArray[np.float64]:
    """(n, 2) landmarks in portrait pixels; `level` 0 is the neutral face, 1 the strongest expression."""
    neutral = _moved(portrait_shape(), _UNSMILE)
    apex = _moved(neutral, _MOVES[emotion])
    if emotion == "happiness" and felt:
        apex = _moved(apex, _FELT_SMILE)
    return neutral + level * (apex - neutral)


def level_of(intensity: float) -> float:
    """Share of the strongest expression, so that 1 of 3 can be seen and 3 of 3 is not a mask: 0 → 0, 3 → 1."""
    return (max(intensity, 0.0) / GREATEST_INTENSITY) ** 0.75

"""Draws fixation maps: heat over the clip's picture, or over nothing."""

import cv2
import numpy as np

#: The most that heat covers what lies under it.
_OPAQUE = 0.7


def drawn_over(heat_HW: np.ndarray, picture_HWC: np.ndarray | None = None) -> np.ndarray:
    """(H, W, 3) RGB uint8: heat (H, W; NaN is none) from blue to red over a picture (H, W, 3; None: black).

    Heat is clearer the nearer it is to the map's own hottest cell, so that a picture tells where, not how long.
    """
    under = np.zeros((*heat_HW.shape, 3), np.uint8) if picture_HWC is None else picture_HWC
    heat = np.nan_to_num(heat_HW, nan=0.0)
    hottest = float(heat.max())
    strength = heat / hottest if hottest > 0 else heat
    colours = cv2.applyColorMap(np.rint(strength * 255).astype(np.uint8), cv2.COLORMAP_JET)[..., ::-1]
    cover = _OPAQUE * np.sqrt(strength)[..., None]
    return np.asarray(np.rint(under * (1 - cover) + colours * cover).astype(np.uint8))

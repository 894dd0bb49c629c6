"""Finds faces in a picture with BlazeFace (Bazarevsky et al. 2019, arXiv 1907.05047), short range.

The network sees the picture letterboxed to 128 × 128 and answers with 896 anchors: two at each point of a 16 × 16
grid, then six at each point of an 8 × 8 grid. An answer is the offset of the box from its anchor, in pixels of the
128, and six key points: right eye, left eye, nose tip, mouth, right ear, left ear.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

_INPUT_PX = 128
_SAME_FACE_OVERLAP = 0.3


@dataclass(frozen=True)
class FaceBox:
    """`box` is (left, top, right, bottom) and `points` (6, 2), both in pixels of the picture; `score` in [0, 1]."""

    score: float
    box: np.ndarray
    points: np.ndarray


class FaceDetector:
    """One network in memory. Not to be shared between threads."""

    def __init__(self, network: Path) -> None:
        self._network = Interpreter(str(network), num_threads=1)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        by_width = {int(output["shape"][-1]): output["index"] for output in self._network.get_output_details()}
        self._regressors, self._scores = by_width[16], by_width[1]

    def detect(self, picture_HWC: np.ndarray, min_score: float = 0.5) -> list[FaceBox]:
        """Faces of an RGB uint8 picture, the surest first.

        A wide picture without a find is searched again in its middle square, where a face is nearly twice as large to
        the network.
        """
        height, width = picture_HWC.shape[:2]
        faces = self._detect_letterboxed(picture_HWC, min_score)
        if faces or width <= height:
            return faces
        left = (width - height) // 2
        shift = np.array([left, 0], dtype=np.float32)
        return [
            FaceBox(face.score, face.box + np.tile(shift, 2), face.points + shift)
            for face in self._detect_letterboxed(picture_HWC[:, left : left + height], min_score)
        ]

    def _detect_letterboxed(self, picture_HWC: np.ndarray, min_score: float) -> list[FaceBox]:
        height, width = picture_HWC.shape[:2]
        scale = _INPUT_PX / max(height, width)
        small = cv2.resize(
            picture_HWC, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
        )
        canvas = np.zeros((_INPUT_PX, _INPUT_PX, 3), dtype=np.float32)
        top, left = (_INPUT_PX - small.shape[0]) // 2, (_INPUT_PX - small.shape[1]) // 2
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small / 127.5 - 1.0
        self._network.set_tensor(self._input, canvas[None])
        self._network.invoke()
        logits = self._network.get_tensor(self._scores)[0, :, 0]
        regressors = self._network.get_tensor(self._regressors)[0]
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80)))
        sure = scores >= min_score
        boxes, points = _decode(regressors[sure], _ANCHORS[sure])
        shift = np.array([left, top], dtype=np.float32)
        faces = [
            FaceBox(float(score), (box - np.tile(shift, 2)) / scale, (point - shift) / scale)
            for score, box, point in zip(scores[sure], boxes, points, strict=True)
        ]
        return merge_overlapping(faces)


def _anchors() -> np.ndarray:
    """(896, 2) centres in pixels of the 128."""
    rows = []
    for cells, anchors in ((16, 2), (8, 6)):
        centres = (np.arange(cells) + 0.5) * (_INPUT_PX / cells)
        y, x = np.meshgrid(centres, centres, indexing="ij")
        rows.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), anchors, axis=0))
    return np.concatenate(rows).astype(np.float32)


_ANCHORS = _anchors()


def _decode(regressors: np.ndarray, anchors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) and key points (n, 6, 2) in pixels of the 128."""
    centre = regressors[:, 0:2] + anchors
    half = regressors[:, 2:4] / 2
    points = regressors[:, 4:16].reshape(-1, 6, 2) + anchors[:, None]
    return np.concatenate([centre - half, centre + half], axis=1), points


def merge_overlapping(faces: list[FaceBox]) -> list[FaceBox]:
    """One face where several anchors saw the same: their mean, weighted by score. The surest first."""
    left_over = sorted(faces, key=lambda face: -face.score)
    merged = []
    while left_over:
        best = left_over[0]
        same = [face for face in left_over if _overlap(best.box, face.box) > _SAME_FACE_OVERLAP]
        left_over = [face for face in left_over if _overlap(best.box, face.box) <= _SAME_FACE_OVERLAP]
        if not same:  # a degenerate box does not even overlap with itself
            left_over = left_over[1:]
            continue
        weights = np.array([face.score for face in same])
        merged.append(
            FaceBox(
                best.score,
                np.average([face.box for face in same], axis=0, weights=weights),
                np.average([face.points for face in same], axis=0, weights=weights),
            )
        )
    return merged


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return float(both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both))

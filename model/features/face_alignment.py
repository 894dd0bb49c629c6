"""Turns a found face upright and into 112 × 112, by the landmarks of FaceMesh (Kartynnik et al. 2019, arXiv
1907.06724).
"""

from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.features.aligned_face import FACE_PX, AlignedFace
from model.features.face_detection import FaceBox, FaceDetector
from model.features.face_networks import FaceNetworks

#: A false find of the detector has a presence far below this.
MIN_PRESENCE = 0.5
_INPUT_PX = 192
#: The network was trained on squares this much larger than the detector's box.
_SQUARE_SCALE = 1.5
#: Landmark numbers whose mean is the point: the two eyes (by their corners), the nose tip, the mouth (by its corners,
#: whose mean stays when the mouth smiles).
_ANCHOR_LANDMARKS = ((33, 133), (362, 263), (1,), (61, 291))
#: Where those four points lie in the aligned picture, in pixels of the 112.
_ANCHOR_TARGETS = np.array([[37.5, 45.0], [74.5, 45.0], [56.0, 66.0], [56.0, 85.0]])


class FaceAligner:
    """Both networks in memory. Not to be shared between threads."""

    def __init__(self, networks: FaceNetworks) -> None:
        self._detector = FaceDetector(networks.detector)
        self._landmarks = _LandmarkNetwork(networks.landmarks)

    def align(self, picture_HWC: np.ndarray, before: AlignedFace | None = None) -> AlignedFace | None:
        """The most prominent face of an RGB uint8 picture; None where no face is believed.

        `before`: the face of a moment ago. Where a face is still believed in its place, the picture is not searched.
        """
        if before is not None:
            again = self._looked_at_again(picture_HWC, before.landmarks, before.score, before.faces)
            if again is not None:
                return again
        found = sorted(self._detector.detect(picture_HWC), key=lambda face: -face.score * _area(face.box))
        for face in found:
            landmarks, presence = self._landmarks.find(picture_HWC, face)
            if presence > MIN_PRESENCE:
                # As a face that is followed is looked at, so that both kinds lie alike.
                return self._looked_at_again(picture_HWC, landmarks, face.score, len(found))
        return None

    def _looked_at_again(
        self, picture_HWC: np.ndarray, landmarks: np.ndarray, score: float, faces: int
    ) -> AlignedFace | None:
        """The face around these landmarks; None where none is believed there."""
        landmarks, presence = self._landmarks.find(picture_HWC, _around_landmarks(landmarks, score))
        if presence <= MIN_PRESENCE:
            return None
        return AlignedFace(_cut_out(picture_HWC, landmarks), presence, score, landmarks, faces)


class _LandmarkNetwork:
    def __init__(self, network: Path) -> None:
        self._network = Interpreter(str(network), num_threads=1)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        by_width = {int(output["shape"][-1]): output["index"] for output in self._network.get_output_details()}
        self._points, self._presence = by_width[1404], by_width[1]

    def find(self, picture_HWC: np.ndarray, face: FaceBox) -> tuple[np.ndarray, float]:
        """Landmarks (468, 2) in pixels of the picture, and the presence of a face."""
        to_square = _square_of(face)
        square = cv2.warpAffine(picture_HWC, to_square, (_INPUT_PX, _INPUT_PX), flags=cv2.INTER_LINEAR)
        self._network.set_tensor(self._input, (square.astype(np.float32) / 255.0)[None])
        self._network.invoke()
        points = self._network.get_tensor(self._points).reshape(468, 3)[:, :2]
        logit = float(self._network.get_tensor(self._presence).reshape(()))
        back = cv2.invertAffineTransform(to_square)
        return points @ back[:, :2].T + back[:, 2], float(1.0 / (1.0 + np.exp(-np.clip(logit, -80, 80))))


def _around_landmarks(landmarks: np.ndarray, score: float) -> FaceBox:
    """As the detector would have told it."""
    eyes = np.stack([landmarks[list(numbers)].mean(axis=0) for numbers in _ANCHOR_LANDMARKS[:2]])
    return FaceBox(score, np.concatenate([landmarks.min(axis=0), landmarks.max(axis=0)]), eyes)


def _area(box: np.ndarray) -> float:
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def _square_of(face: FaceBox) -> np.ndarray:
    """(2, 3) from the picture into the network's input: the eyes level, the box enlarged."""
    right_eye, left_eye = face.points[0], face.points[1]
    angle = np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    side = max(face.box[2] - face.box[0], face.box[3] - face.box[1]) * _SQUARE_SCALE
    scale = _INPUT_PX / max(float(side), 1.0)
    centre = (face.box[:2] + face.box[2:]) / 2
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, _INPUT_PX / 2 - turn @ centre])


def _cut_out(picture_HWC: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    points = np.stack([landmarks[list(numbers)].mean(axis=0) for numbers in _ANCHOR_LANDMARKS])
    to_face = similarity(points, _ANCHOR_TARGETS)
    shrink = np.hypot(to_face[0, 0], to_face[1, 0])
    if shrink < 0.5:  # a linear filter would skip pixels: blur as much as the picture will shrink
        sigma = 0.4 / shrink
        picture_HWC, corner = _around(picture_HWC, to_face, margin=int(np.ceil(4 * sigma)) + 1)
        picture_HWC = cv2.GaussianBlur(picture_HWC, (0, 0), sigma)
        to_face = np.column_stack([to_face[:, :2], to_face[:, 2] + to_face[:, :2] @ corner])
    return cv2.warpAffine(
        picture_HWC, to_face, (FACE_PX, FACE_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )


def _around(picture_HWC: np.ndarray, to_face: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture that the aligned face is made of, and its corner (x, y): the rest need not be blurred."""
    back = cv2.invertAffineTransform(to_face)
    corners = np.array([[0, 0], [FACE_PX, 0], [0, FACE_PX], [FACE_PX, FACE_PX]]) @ back[:, :2].T + back[:, 2]
    height, width = picture_HWC.shape[:2]
    left, top = (int(value) for value in np.floor(corners.min(axis=0)) - margin)
    right, bottom = (int(value) for value in np.ceil(corners.max(axis=0)) + margin)
    left, right = (min(max(value, 0), width) for value in (left, right))
    top, bottom = (min(max(value, 0), height) for value in (top, bottom))
    if right - left < 2 or bottom - top < 2:
        return picture_HWC, np.zeros(2)
    return picture_HWC[top:bottom, left:right], np.array([left, top])


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2, 3) of the rotation, scale and shift that carries `source` (n, 2) nearest to `target` (n, 2) in squares."""
    x, y = source[:, 0], source[:, 1]
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, one, zero], axis=1), np.stack([y, x, zero, one], axis=1)])
    (a, b, shift_x, shift_y), *_ = np.linalg.lstsq(rows, np.concatenate([target[:, 0], target[:, 1]]), rcond=None)
    return np.array([[a, -b, shift_x], [b, a, shift_y]])

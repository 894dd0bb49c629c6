"""From trials to tensors, normalised by what the training trials alone say."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from annotate.scales import Instrument
from model.emert.batch import Batch
from model.emert.losses import TargetTensors
from model.features.aligned_face import FACE_PX
from model.features.dataset import TrialSet
from model.recipe import Architecture
from model.training.normalisation import Normalisation


@dataclass(frozen=True)
class Prepared:
    """N trials as tensors. Faces stay uint8 (N, T, 3, px, px), because as floats they would fill the memory."""

    faces: Tensor
    face_mask: Tensor
    eye: Tensor
    eye_mask: Tensor
    gaze: Tensor
    gaze_mask: Tensor
    targets: dict[Instrument, TargetTensors]
    normalisation: Normalisation
    face_input: Literal["picture", "change"]

    def __len__(self) -> int:
        return len(self.faces)

    def batch(self, rows: Tensor, faces: Tensor) -> tuple[Batch, dict[Instrument, TargetTensors]]:
        """Trials `rows` (B,), and of each the kept faces `faces` (B, T)."""
        mean, sd = (
            torch.tensor(values).view(1, 1, 3, 1, 1)
            for values in (self.normalisation.face_mean, self.normalisation.face_sd)
        )
        mask_BT = self.face_mask[rows[:, None], faces]
        pictures = self.faces[rows[:, None], faces].float() / 255.0
        if self.face_input == "change":
            first_B = self.face_mask[rows].int().argmax(dim=1)
            mean = self.faces[rows, first_B].unsqueeze(1).float() / 255.0
        pictures = (pictures - mean) / sd
        batch = Batch(
            faces_BTCHW=pictures * mask_BT[:, :, None, None, None],
            face_mask_BT=mask_BT,
            eye_BSE=self.eye[rows],
            eye_mask_BS=self.eye_mask[rows],
            gaze_BSX=self.gaze[rows],
            gaze_mask_BS=self.gaze_mask[rows],
        )
        targets = {
            i: TargetTensors(t.seven[rows], t.three[rows], t.valence_arousal[rows], t.intensity[rows])
            for i, t in self.targets.items()
        }
        return batch, targets


def prepare(trials: TrialSet, normalisation: Normalisation, architecture: Architecture) -> Prepared:
    """All trials as tensors; what was not measured becomes 0, which after normalisation is the mean, and leaves the
    mask.
    """
    n = normalisation
    eye, eye_mask = _filled(trials.eye, n.eye_mean, n.eye_sd)
    gaze, gaze_mask = _filled(trials.gaze, n.gaze_mean, n.gaze_sd)
    faces_NTHWC = _shrunk(trials.faces, architecture.face_pixels)
    return Prepared(
        faces=torch.from_numpy(np.ascontiguousarray(faces_NTHWC.transpose(0, 1, 4, 2, 3))),
        face_mask=torch.from_numpy(trials.face_valid),
        eye=eye,
        eye_mask=eye_mask,
        gaze=gaze,
        gaze_mask=gaze_mask,
        targets={
            i: TargetTensors(
                *(
                    torch.from_numpy(values.astype(np.float32))
                    for values in (t.seven, t.three, t.valence_arousal, t.intensity)
                )
            )
            for i in Instrument
            for t in (trials.targets(i),)
        },
        normalisation=normalisation,
        face_input=architecture.face_input,
    )


def _filled(values: np.ndarray, mean: tuple[float, ...], sd: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Normalised values with 0 for NaN, clipped at 6 deviations; and which steps have any value."""
    known = np.isfinite(values)
    normal = np.where(known, (values - np.array(mean)) / np.array(sd), 0.0)
    return torch.from_numpy(np.clip(normal, -6.0, 6.0).astype(np.float32)), torch.from_numpy(known.any(axis=-1))


def _shrunk(faces_NTHWC: np.ndarray, pixels: int) -> np.ndarray:
    """Means of square blocks; `pixels` divides 112."""
    block = FACE_PX // pixels
    if block == 1:
        return faces_NTHWC
    n, t = faces_NTHWC.shape[:2]
    out = np.empty((n, t, pixels, pixels, 3), dtype=np.uint8)
    for row in range(n):  # one trial at a time: the floats of all trials would not fit
        blocks = faces_NTHWC[row].reshape(t, pixels, block, pixels, block, 3)
        out[row] = np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(np.uint8)
    return out


def face_choice(rows: int, kept: int, wanted: int, generator: torch.Generator | None) -> Tensor:
    """(rows, wanted) numbers of faces: one from each equal part of the trial, at random, or without a generator the
    middle one.
    """
    parts = torch.linspace(0, kept, wanted + 1)
    low, high = parts[:-1], parts[1:]
    where = torch.full((rows, wanted), 0.5) if generator is None else torch.rand(rows, wanted, generator=generator)
    return (low + (high - low) * where).long().clamp(max=kept - 1)

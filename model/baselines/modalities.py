"""What every network of the company begins with: EMERT's own encoders, and one vector for each modality.

The encoders are built first and in EMERT's order, so that the same seed gives all networks the same first weights
there.
"""

import torch
from torch import Tensor, nn

from model.emert.batch import Batch, masked_mean
from model.emert.encoders import FaceEncoder, SequenceEncoder, map_encoder
from model.features.gaze import EYE_COLUMNS
from model.recipe import Architecture


def modalities(architecture: Architecture) -> int:
    """How many there are: face, eye, gaze, and fixation maps where the recipe asks for them; in this order."""
    return 3 if architecture.maps == "none" else 4


class ModalityTokens(nn.Module):
    """A batch to the tokens of each modality, each (B, K_m, token width), and their masks (B, K_m)."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        self.faces = FaceEncoder(a.token_width, a.face_width, a.face_stem, a.dropout)
        self.eye = eye_encoder(a, len(EYE_COLUMNS))
        self.gaze = eye_encoder(a, 2)
        self.maps = map_encoder(a)

    def forward(self, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
        tokens = [
            self.faces(batch.faces_BTCHW, batch.face_mask_BT),
            self.eye(batch.eye_BSE, batch.eye_mask_BS),
            self.gaze(batch.gaze_BSX, batch.gaze_mask_BS),
        ]
        masks = [batch.face_mask_BT, batch.eye_mask_BS, batch.gaze_mask_BS]
        if self.maps is not None:
            tokens.append(self.maps(batch.maps_BPCHW, batch.map_mask_BP))
            masks.append(batch.map_mask_BP)
        return tokens, masks


class ModalityVectors(nn.Module):
    """A batch to one vector a modality (B, M, `width`) and which were there (B, M).

    Each modality's tokens go through a projection of its own, as in `face-only`, and are averaged. A modality that is
    not there is the zero vector.
    """

    def __init__(self, architecture: Architecture, width: int) -> None:
        super().__init__()
        self.tokens = ModalityTokens(architecture)
        self.project = nn.ModuleList(projection(architecture, width) for _ in range(modalities(architecture)))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        tokens, masks = self.tokens(batch)
        parts = zip(self.project, tokens, masks, strict=True)
        vectors_BMD = torch.stack([masked_mean(project(each), mask) for project, each, mask in parts], dim=1)
        return vectors_BMD, present(masks)


def eye_encoder(architecture: Architecture, inputs: int) -> SequenceEncoder:
    """As EMERT has it, for eye features (`inputs` = E) or gaze (2)."""
    a = architecture
    return SequenceEncoder(inputs, a.token_width, a.eye_layers, a.dropout, a.eye_summary, a.eye_bypass)


def projection(architecture: Architecture, width: int) -> nn.Module:
    """(..., token width) to (..., `width`)."""
    a = architecture
    return nn.Sequential(
        nn.Linear(a.token_width, a.projection_hidden), nn.LeakyReLU(0.1), nn.Linear(a.projection_hidden, width)
    )


def present(masks: list[Tensor]) -> Tensor:
    """(B, M) bool: which modalities have any token."""
    return torch.stack([mask.any(dim=1) for mask in masks], dim=1)

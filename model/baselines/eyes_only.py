"""What the eyes alone can tell: EMERT's own encoders of eyes, gaze and maps, and never a look at the face."""

import torch
from torch import nn

from model.baselines.modalities import eye_encoder, projection
from model.emert.batch import Answer, Batch, masked_mean
from model.emert.encoders import map_encoder
from model.emert.heads import Heads
from model.features.gaze import EYE_COLUMNS
from model.recipe import Architecture


class EyesOnly(nn.Module):
    """Eye and gaze vectors, and one of maps where the recipe asks for them, side by side; what is not there is zero."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width = architecture.projection_width
        self.eye = eye_encoder(architecture, len(EYE_COLUMNS))
        self.gaze = eye_encoder(architecture, 2)
        self.project_eye = projection(architecture, width)
        self.project_gaze = projection(architecture, width)
        self.maps = map_encoder(architecture)
        self.project_maps = None if self.maps is None else projection(architecture, width)
        self.heads = Heads((2 if self.maps is None else 3) * width)

    def forward(self, batch: Batch) -> Answer:
        eye_BSD = self.project_eye(self.eye(batch.eye_BSE, batch.eye_mask_BS))
        gaze_BSD = self.project_gaze(self.gaze(batch.gaze_BSX, batch.gaze_mask_BS))
        seen = [masked_mean(eye_BSD, batch.eye_mask_BS), masked_mean(gaze_BSD, batch.gaze_mask_BS)]
        if self.maps is not None and self.project_maps is not None:
            maps_BPD = self.project_maps(self.maps(batch.maps_BPCHW, batch.map_mask_BP))
            seen.append(masked_mean(maps_BPD, batch.map_mask_BP))
        return Answer(self.heads(torch.cat(seen, dim=1)))

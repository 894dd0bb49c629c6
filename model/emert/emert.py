"""EMERT: emotion from the face and the eyes, felt and shown apart (after arXiv 2411.05879).

Faces through ResNet-18, eye features and gaze through an LSTM each, and where the recipe asks for it, fixation maps
through two convolutions; every token is split into what the modalities
share and what is its own; the shared part asks the own parts by cross attention; linear heads answer. One network
answers both instruments, where the publication trains one a task. The description of the cross layers is silent about
a feed-forward step: ours have one.
"""

import torch
from torch import nn

from model.emert.batch import Answer, Batch, masked_mean
from model.emert.disentangle import Disentangle
from model.emert.encoders import FaceEncoder, SequenceEncoder, map_encoder
from model.emert.fusion import CrossFusion
from model.emert.heads import Heads
from model.features.fixation_maps import PARTS
from model.features.gaze import EYE_COLUMNS, STEPS
from model.recipe import Architecture


class Emert(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        self.faces = FaceEncoder(a.token_width, a.face_width, a.face_stem, a.dropout)
        self.eye = SequenceEncoder(
            len(EYE_COLUMNS), a.token_width, a.eye_layers, a.dropout, a.eye_summary, a.eye_bypass
        )
        self.gaze = SequenceEncoder(2, a.token_width, a.eye_layers, a.dropout, a.eye_summary, a.eye_bypass)
        self.maps = map_encoder(a)
        modalities, tokens = (3, a.faces + 2 * STEPS) if self.maps is None else (4, a.faces + 2 * STEPS + PARTS)
        self.disentangle = Disentangle(modalities, a.token_width, a.projection_hidden, a.projection_width)
        self.fusion = CrossFusion(tokens, a.projection_width, a.cross_layers, a.heads, a.head_width, a.cross_dropout)
        self.pool = a.pool
        self.heads = Heads(a.projection_width * (modalities if a.pool == "modalities" else 1))

    def forward(self, batch: Batch) -> Answer:
        masks = [batch.face_mask_BT, batch.eye_mask_BS, batch.gaze_mask_BS]
        tokens = [
            self.faces(batch.faces_BTCHW, batch.face_mask_BT),
            self.eye(batch.eye_BSE, batch.eye_mask_BS),
            self.gaze(batch.gaze_BSX, batch.gaze_mask_BS),
        ]
        if self.maps is not None:
            masks.append(batch.map_mask_BP)
            tokens.append(self.maps(batch.maps_BPCHW, batch.map_mask_BP))
        invariant_BKD, specific_BKD, discriminated = self.disentangle(tokens, masks)
        mask_BK = torch.cat(masks, dim=1)
        fused_BKD = self.fusion(invariant_BKD, specific_BKD, mask_BK)
        if self.pool == "modalities":
            parts = zip(fused_BKD.split([mask.shape[1] for mask in masks], dim=1), masks, strict=True)
            pooled_BD = torch.cat([masked_mean(part, mask) for part, mask in parts], dim=-1)
        else:
            pooled_BD = masked_mean(fused_BKD, mask_BK)
        return Answer(self.heads(pooled_BD), discriminated)

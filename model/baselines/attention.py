"""Transformer encoders made of EMERT's own attention layers, for the networks that fuse by attention."""

import torch
from torch import Tensor, nn

from model.emert.fusion import CrossLayer
from model.recipe import Architecture


class AttentionStack(nn.Module):
    """Layers in which tokens (B, K, width) ask others (B, L, width), or themselves; then a layer norm.

    A token outside the mask (B, L) is not asked. Who finds nobody to ask stays as they were.
    """

    def __init__(self, architecture: Architecture, width: int) -> None:
        super().__init__()
        a = architecture
        self.layers = nn.ModuleList(
            CrossLayer(width, a.heads, a.head_width, a.cross_dropout) for _ in range(a.cross_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, asking_BKD: Tensor, mask_BL: Tensor, asked_BLD: Tensor | None = None) -> Tensor:
        """Without `asked_BLD` each layer's tokens ask each other."""
        somebody_B = mask_BL.any(dim=1)
        # A softmax over nothing has no value: who has nobody asks all, and the answer is thrown away.
        opened_BL = mask_BL | ~somebody_B[:, None]
        x_BKD = asking_BKD
        for layer in self.layers:
            x_BKD = layer(x_BKD, x_BKD if asked_BLD is None else asked_BLD, opened_BL)
        out_BKD: Tensor = self.norm(torch.where(somebody_B[:, None, None], x_BKD, asking_BKD))
        return out_BKD

"""Low-rank Multimodal Fusion (Liu et al. 2018, arXiv 1806.00064).

A linear map of the Tensor Fusion Network's outer product whose weight tensor is a sum of a few outer products of one
factor a modality; then the map is a product of what each modality's factors give, and the tensor is never made. Ours:
face, eye and gaze; rank 4; the weight that the authors' program gives each rank is part of the factors. Those of the 1
begin large, so that at first each modality is heard alone: products of three small numbers hardly learn. The bias
begins so that nothing gives zero. A modality that is not there is the zero vector with its 1, as in the Tensor Fusion
Network.
"""

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor, nn

from model.baselines.modalities import ModalityVectors, modalities
from model.emert.batch import Answer, Batch
from model.emert.heads import Heads
from model.recipe import Architecture

RANK = 4


class LowRankMap(nn.Module):
    """M vectors (B, M, D) to (B, out). `factors` (M, R, D + 1, out), `bias` (out,)."""

    def __init__(self, width: int, out: int, count: int, rank: int = RANK) -> None:
        super().__init__()
        factors = torch.randn(count, rank, width + 1, out) * rank ** (-0.5 / count)
        factors[:, :, :width] *= width**-0.5
        self.factors = nn.Parameter(factors)
        self.bias = nn.Parameter(-factors[:, :, width].prod(dim=0).sum(dim=0))

    def forward(self, vectors_BMD: Tensor) -> Tensor:
        with_one = F.pad(vectors_BMD, (0, 1), value=1.0)
        each_BMRO = torch.einsum("bmd,mrdo->bmro", with_one, self.factors)
        return each_BMRO.prod(dim=1).sum(dim=1) + self.bias


class LowRankFusion(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width = architecture.projection_width
        self.vectors = ModalityVectors(architecture, width)
        self.fuse = LowRankMap(width, width, modalities(architecture))
        self.dropout = nn.Dropout(architecture.dropout)
        self.heads = Heads(width)

    def forward(self, batch: Batch) -> Answer:
        vectors_BMD, _ = self.vectors(batch)
        return Answer(self.heads(self.dropout(self.fuse(vectors_BMD))))

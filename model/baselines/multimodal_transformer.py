"""MulT, the Multimodal Transformer (Tsai et al. 2019, arXiv 1906.00295).

For each target modality, every other one is asked by a crossmodal transformer of its own: queries from the target, keys
and values from the source as it was before any layer. The two outcomes side by side go through a transformer that asks
itself; the targets' outcomes side by side go through a residual block to the heads. Ours: face, eye and gaze; EMERT's
encoders before it, and so a linear map in place of the convolution over time; EMERT's attention layers (same order of
norm and attention; GELU; a feed-forward step of twice the width, published four times); as many layers everywhere; the
mean over a modality's tokens in place of the last one, which may not have been measured. Where a source is not there
the target stays as it is; a target that is not there is the zero vector.
"""

import math

import torch
from torch import Tensor, nn

from model.baselines.attention import AttentionStack
from model.baselines.modalities import ModalityTokens, modalities
from model.emert.batch import Answer, Batch, masked_mean
from model.emert.heads import Heads
from model.recipe import Architecture


class MultimodalTransformer(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        width, count = a.projection_width, modalities(a)
        sources = count - 1
        self.tokens = ModalityTokens(a)
        self.project = nn.ModuleList(nn.Linear(a.token_width, width, bias=False) for _ in range(count))
        self.crossed = nn.ModuleDict({
            f"{target}_asks_{source}": AttentionStack(a, width) for target, source in _pairs(count)
        })  # fmt: skip
        self.own = nn.ModuleList(AttentionStack(a, sources * width) for _ in range(count))
        pooled = count * sources * width
        self.residual = nn.Sequential(
            nn.Linear(pooled, pooled), nn.ReLU(), nn.Dropout(a.cross_dropout), nn.Linear(pooled, pooled)
        )
        self.heads = Heads(pooled)

    def forward(self, batch: Batch) -> Answer:
        tokens, masks = self.tokens(batch)
        placed = [_with_positions(project(each)) for project, each in zip(self.project, tokens, strict=True)]
        pooled_BD = torch.cat([self._target(number, placed, masks) for number in range(len(placed))], dim=1)
        return Answer(self.heads(pooled_BD + self.residual(pooled_BD)))

    def _target(self, target: int, placed: list[Tensor], masks: list[Tensor]) -> Tensor:
        """(B, sources · width): a modality after it has asked the others, then itself."""
        heard = [
            self.crossed[f"{target}_asks_{source}"](placed[target], masks[source], placed[source])
            for of, source in _pairs(len(placed))
            if of == target
        ]
        return masked_mean(self.own[target](torch.cat(heard, dim=-1), masks[target]), masks[target])


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(target, source) for target in range(count) for source in range(count) if source != target]


def _with_positions(x_BKD: Tensor) -> Tensor:
    """`x` times the root of its width, plus sines and cosines of the place (Vaswani et al. 2017, arXiv 1706.03762)."""
    count, width = x_BKD.shape[1:]
    places = torch.arange(count, dtype=x_BKD.dtype, device=x_BKD.device)
    rates = torch.exp(torch.arange(0, width, 2, dtype=x_BKD.dtype, device=x_BKD.device) * (-math.log(1e4) / width))
    angles = places[:, None] * rates
    positions_KD = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]
    return x_BKD * math.sqrt(width) + positions_KD

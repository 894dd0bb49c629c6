"""What the modalities share, and what each has for itself.

Every modality has a projection of its own (specific); all share one (invariant). A linear discriminator guesses from
mean tokens which modality they are of: the specific ones help it, the invariant ones work against it through a reversed
gradient (Ganin & Lempitsky 2015, arXiv 1409.7495).
"""

from typing import Any

import torch
from torch import Tensor, nn

from model.emert.batch import Discriminated, masked_mean


class _ReverseGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse_gradient(x: Tensor, strength: float = 1.0) -> Tensor:
    """`x` itself; on the way back its gradient times -strength."""
    reversed_x: Tensor = _ReverseGradient.apply(x, strength)
    return reversed_x


def _projection(tokens: int, hidden: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(tokens, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, out))


class Disentangle(nn.Module):
    """Tokens of M modalities, each (B, K_m, D), to invariant and specific tokens, each (B, K, out), in that order."""

    def __init__(self, modalities: int, tokens: int, hidden: int, out: int) -> None:
        super().__init__()
        self.specific = nn.ModuleList(_projection(tokens, hidden, out) for _ in range(modalities))
        self.invariant = _projection(tokens, hidden, out)
        self.discriminator = nn.Linear(out, modalities)

    def forward(self, tokens: list[Tensor], masks: list[Tensor]) -> tuple[Tensor, Tensor, Discriminated]:
        invariant = [self.invariant(each) for each in tokens]
        specific = [project(each) for project, each in zip(self.specific, tokens, strict=True)]
        said = Discriminated(
            invariant_BMM=self.discriminator(reverse_gradient(_means(invariant, masks))),
            specific_BMM=self.discriminator(_means(specific, masks)),
            present_BM=torch.stack([mask.any(dim=1) for mask in masks], dim=1),
        )
        return torch.cat(invariant, dim=1), torch.cat(specific, dim=1), said


def _means(tokens: list[Tensor], masks: list[Tensor]) -> Tensor:
    """(B, M, D)"""
    return torch.stack([masked_mean(each, mask) for each, mask in zip(tokens, masks, strict=True)], dim=1)

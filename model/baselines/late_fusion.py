"""Late fusion: one classifier a modality, and the mean of their answers.

Probabilities are averaged (the sum rule of Kittler et al. 1998, 'On combining classifiers'), and so are the numbers,
over the modalities that a trial has. The classifiers learn together, from the loss of that mean: a batch has its labels
outside the network.
"""

import torch
from torch import Tensor, nn

from annotate.scales import Instrument
from model.baselines.modalities import ModalityVectors, modalities
from model.emert.batch import Answer, Batch, InstrumentAnswer
from model.emert.heads import Heads
from model.recipe import Architecture


class LateFusion(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.vectors = ModalityVectors(architecture, architecture.projection_width)
        count = modalities(architecture)
        self.heads = nn.ModuleList(Heads(architecture.projection_width) for _ in range(count))

    def forward(self, batch: Batch) -> Answer:
        vectors_BMD, present_BM = self.vectors(batch)
        said = [heads(each_BD) for heads, each_BD in zip(self.heads, vectors_BMD.unbind(dim=1), strict=True)]
        share_BM = equal_shares(present_BM)
        return Answer({i: mean_answer([each[i] for each in said], share_BM) for i in Instrument})


def equal_shares(present_BM: Tensor) -> Tensor:
    """(B, M) summing to 1: the same for each modality that is there; where none is, for all."""
    counted = present_BM | ~present_BM.any(dim=1, keepdim=True)
    return counted.float() / counted.sum(dim=1, keepdim=True)


def mean_answer(said: list[InstrumentAnswer], share_BM: Tensor) -> InstrumentAnswer:
    """The mean of M answers by shares (B, M); the logits are logarithms of mean probabilities."""

    def classes(logits: list[Tensor]) -> Tensor:
        log_shares_BM1 = share_BM.log().unsqueeze(-1)
        return (torch.stack(logits, dim=1).log_softmax(dim=-1) + log_shares_BM1).logsumexp(dim=1)

    def numbers(values: list[Tensor]) -> Tensor:
        return torch.einsum("bm,bm...->b...", share_BM, torch.stack(values, dim=1))

    intensities = [each.intensity for each in said if each.intensity is not None]
    return InstrumentAnswer(
        seven=classes([each.seven for each in said]),
        three=classes([each.three for each in said]),
        valence_arousal=numbers([each.valence_arousal for each in said]),
        intensity=numbers(intensities) if intensities else None,
    )

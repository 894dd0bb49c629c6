"""Tensor Fusion Network (Zadeh et al. 2017, arXiv 1707.07250).

Each modality's vector gets a 1 appended; their outer product holds all products of one, two and three modalities, and
two ReLU layers read it. Ours: face, eye and gaze in place of language, vision and voice; vectors of 16 (published: 32,
32 and 128), because the tensor grows with their third power and we have hundreds of trials, not thousands. A modality
that is not there is the zero vector, whose 1 lets the products of the others through.
"""

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor, nn

from model.baselines.modalities import ModalityVectors, modalities
from model.emert.batch import Answer, Batch
from model.emert.heads import Heads
from model.recipe import Architecture

VECTOR = 16


class TensorFusion(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        self.vectors = ModalityVectors(a, VECTOR)
        self.read = nn.Sequential(
            nn.Dropout(a.dropout),
            nn.Linear((VECTOR + 1) ** modalities(a), a.projection_hidden),
            nn.ReLU(),
            nn.Linear(a.projection_hidden, a.projection_width),
            nn.ReLU(),
        )
        self.heads = Heads(a.projection_width)

    def forward(self, batch: Batch) -> Answer:
        vectors_BMD, _ = self.vectors(batch)
        return Answer(self.heads(self.read(outer_product(vectors_BMD))))


def outer_product(vectors_BMD: Tensor) -> Tensor:
    """(B, (D + 1) ^ M): the outer product of M vectors, each with a 1 appended, flattened, the last quickest."""
    first, *others = F.pad(vectors_BMD, (0, 1), value=1.0).unbind(dim=1)
    product = first
    for each in others:
        product = torch.einsum("bp,bd->bpd", product, each).flatten(1)
    return product

"""MISA: modality-invariant and -specific representations (Hazarika et al. 2020, arXiv 2005.03545).

Each modality's vector is seen by an encoder that all share and by one of its own. Three more losses: the shared vectors
of the modalities should be distributed alike, shared and own ones be orthogonal, and both together say what the vector
was. A transformer over the six vectors, side by side afterwards, answers. Ours: face, eye and gaze, after EMERT's
encoders (the mean of the tokens in place of the LSTM's last states); EMERT's attention layers, with the norm before
the attention, as many as the recipe has (published: one, the norm after it). Likeness is the discrepancy of central
moments, the one of the two published ways without an adversary. The similarity and difference of two modalities are
taken over the trials of the batch that have both. A modality that is not there is not asked, and zero afterwards.
"""

from itertools import combinations

import torch
from torch import Tensor, nn

from model.baselines.attention import AttentionStack
from model.baselines.modalities import ModalityTokens, modalities, present
from model.baselines.subspace_losses import central_moment_discrepancy, reconstruction_error, soft_orthogonality
from model.emert.batch import Answer, Batch, masked_mean
from model.emert.heads import Heads
from model.recipe import Architecture


class Misa(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        width, count = a.projection_width, modalities(a)
        self.tokens = ModalityTokens(a)
        self.project = nn.ModuleList(
            nn.Sequential(nn.Linear(a.token_width, width), nn.LeakyReLU(0.1), nn.LayerNorm(width)) for _ in range(count)
        )
        # A sigmoid at the end: the discrepancy of moments needs bounded values.
        self.shared = nn.Sequential(nn.Linear(width, width), nn.Sigmoid())
        self.own = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.Sigmoid()) for _ in range(count))
        self.decode = nn.ModuleList(nn.Linear(width, width) for _ in range(count))
        self.ask = AttentionStack(a, width)
        self.fuse = nn.Sequential(nn.Linear(2 * count * width, count * width), nn.Dropout(a.dropout), nn.LeakyReLU(0.1))
        self.heads = Heads(count * width)

    def forward(self, batch: Batch) -> Answer:
        tokens, masks = self.tokens(batch)
        parts = zip(self.project, tokens, masks, strict=True)
        vectors = [project(masked_mean(each, mask)) for project, each, mask in parts]
        present_BM = present(masks)
        shared = [self.shared(each) for each in vectors]
        own = [encode(each) for encode, each in zip(self.own, vectors, strict=True)]
        all_BND, mask_BN = torch.stack([*own, *shared], dim=1), present_BM.repeat(1, 2)
        asked_BND = self.ask(all_BND, mask_BN) * mask_BN.unsqueeze(-1)
        said = self.heads(self.fuse(asked_BND.flatten(1)))
        return Answer(said, extra_losses=self._losses(vectors, shared, own, present_BM))

    def _losses(
        self, vectors: list[Tensor], shared: list[Tensor], own: list[Tensor], present_BM: Tensor
    ) -> dict[str, Tensor]:
        """'similarity' and 'reconstruction' are means over pairs and modalities, 'difference' a sum, as published."""
        there = present_BM.unbind(dim=1)
        pairs = [(m, n, there[m] & there[n]) for m, n in combinations(range(len(vectors)), 2)]
        similarity = [central_moment_discrepancy(shared[m], shared[n], both) for m, n, both in pairs]
        difference = [
            *(soft_orthogonality(shared[m], own[m], there[m]) for m in range(len(vectors))),
            *(soft_orthogonality(own[m], own[n], both) for m, n, both in pairs),
        ]
        reconstruction = [
            reconstruction_error(self.decode[m](shared[m] + own[m]), vectors[m], there[m]) for m in range(len(vectors))
        ]
        return {
            "similarity": torch.stack(similarity).mean(),
            "difference": torch.stack(difference).sum(),
            "reconstruction": torch.stack(reconstruction).mean(),
        }

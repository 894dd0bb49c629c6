"""Cross attention: what the modalities share asks what each has for itself."""

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor, nn


class CrossLayer(nn.Module):
    """Pre-norm multi-head attention and a feed-forward step, each beside a short cut."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_queries, self.norm_keys, self.norm_out = (nn.LayerNorm(width) for _ in range(3))
        self.to_queries = nn.Linear(width, heads * head_width, bias=False)
        self.to_keys_values = nn.Linear(width, 2 * heads * head_width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * head_width, width), nn.Dropout(dropout))
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, queries_BKD: Tensor, specific_BKD: Tensor, mask_BK: Tensor) -> Tensor:
        queries = self._split(self.to_queries(self.norm_queries(queries_BKD)))
        keys, values = (
            self._split(part) for part in self.to_keys_values(self.norm_keys(specific_BKD)).chunk(2, dim=-1)
        )
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask_BK[:, None, None, :])
        out_BKD = queries_BKD + self.to_out(attended.transpose(1, 2).flatten(2))
        return out_BKD + self.feed_forward(self.norm_out(out_BKD))

    def _split(self, x_BKD: Tensor) -> Tensor:
        """(B, heads, K, head width)"""
        return x_BKD.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class CrossFusion(nn.Module):
    """Invariant and specific tokens (B, K, D) to one vector (B, D). A token outside the mask is neither asked nor
    asks.
    """

    def __init__(self, tokens: int, width: int, layers: int, heads: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.positions_KD = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.layers = nn.ModuleList(CrossLayer(width, heads, head_width, dropout) for _ in range(layers))

    def forward(self, invariant_BKD: Tensor, specific_BKD: Tensor, mask_BK: Tensor) -> Tensor:
        queries_BKD = invariant_BKD + self.positions_KD
        specific_BKD = specific_BKD + self.positions_KD
        for layer in self.layers:
            queries_BKD = layer(queries_BKD, specific_BKD, mask_BK)
        return queries_BKD

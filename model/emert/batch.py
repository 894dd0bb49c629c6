"""What goes into a network and what comes out.

Shape suffixes of this room: B trials of a batch, T faces of a trial, S eye steps, E eye columns, X the two screen axes,
P parts of a trial that have a fixation map, K tokens of all modalities, D width of a token, M modalities, H and W
pixels, C channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from annotate.scales import Instrument


@dataclass(frozen=True)
class Batch:
    """B trials, normalised. Where a mask is False the values are 0 and mean nothing.

    `faces_BTCHW` float, `face_mask_BT`, `eye_BSE`, `gaze_BSX` float, `eye_mask_BS`, `gaze_mask_BS` bool; `maps_BPCHW`
    float and `map_mask_BP` bool, with P of 0 where the recipe asks for no fixation maps.
    """

    faces_BTCHW: Tensor
    face_mask_BT: Tensor
    eye_BSE: Tensor
    eye_mask_BS: Tensor
    gaze_BSX: Tensor
    gaze_mask_BS: Tensor
    maps_BPCHW: Tensor
    map_mask_BP: Tensor


@dataclass(frozen=True)
class InstrumentAnswer:
    """`seven` (B, 7) and `three` (B, 3) logits; `valence_arousal` (B, 2); `intensity` (B,), for FER only."""

    seven: Tensor
    three: Tensor
    valence_arousal: Tensor
    intensity: Tensor | None


@dataclass(frozen=True)
class Answer:
    """Both instruments, and what the modalities' discriminator said, where the network has one.

    `extra_losses`: scalars that a network wants small besides, by the names of their weights in LossWeights.
    """

    instruments: dict[Instrument, InstrumentAnswer]
    discriminated: "Discriminated | None" = None
    extra_losses: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Discriminated:
    """Logits (B, M, 3): which modality each modality's mean token seems to be. `present_BM`: which had any token."""

    invariant_BMM: Tensor
    specific_BMM: Tensor
    present_BM: Tensor


def masked_mean(tokens_BKD: Tensor, mask_BK: Tensor) -> Tensor:
    """(B, D): mean over the tokens that the mask lets in; 0 where it lets none in."""
    weights = mask_BK.unsqueeze(-1).to(tokens_BKD.dtype)
    return (tokens_BKD * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)

"""From measurements to tokens: one token a face, one an eye step."""

import torch
from torch import Tensor, nn

from model.emert.batch import masked_mean
from model.emert.resnet import ResNet18, Stem
from model.features.fixation_maps import MAP_PX
from model.recipe import Architecture


class FaceEncoder(nn.Module):
    """(B, T, 3, H, W) to tokens (B, T, D).

    Only faces that the mask lets in go through the network: a black picture would shift the batch norm of all others.
    """

    def __init__(self, tokens: int, width: int, stem: Stem, dropout: float) -> None:
        super().__init__()
        self.resnet = ResNet18(width, stem)
        self.to_token = nn.Linear(self.resnet.features, tokens)
        self.dropout = nn.Dropout(dropout)
        self.tokens = tokens

    def forward(self, faces_BTCHW: Tensor, mask_BT: Tensor) -> Tensor:
        seen_N = mask_BT.flatten().nonzero()[:, 0]  # a GPU is waited for here, and only here
        if not len(seen_N):
            return faces_BTCHW.new_zeros(*mask_BT.shape, self.tokens)
        faces_NCHW = faces_BTCHW.flatten(0, 1)
        all_seen = len(seen_N) == len(faces_NCHW)
        seen_NCHW = faces_NCHW if all_seen else faces_NCHW.index_select(0, seen_N)
        seen_NCHW = seen_NCHW.contiguous(memory_format=torch.channels_last)
        tokens_ND = self.dropout(self.to_token(self.resnet(seen_NCHW)))
        if not all_seen:
            nothing_ND = tokens_ND.new_zeros(len(faces_NCHW), self.tokens)  # in mixed precision not of the faces' type
            tokens_ND = nothing_ND.index_copy(0, seen_N, tokens_ND)
        return tokens_ND.unflatten(0, mask_BT.shape)


class MapEncoder(nn.Module):
    """(B, P, channels, 28, 28) to tokens (B, P, D): two convolutions, and every place of what they see kept apart.

    Only maps that the mask lets in go through the network, as with faces.
    """

    def __init__(self, channels: int, tokens: int, width: int, dropout: float) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(inplace=True),
            nn.Flatten(),
        )
        self.to_token = nn.Linear(2 * width * (MAP_PX // 4) ** 2, tokens)
        self.dropout = nn.Dropout(dropout)
        self.tokens = tokens

    def forward(self, maps_BPCHW: Tensor, mask_BP: Tensor) -> Tensor:
        if not mask_BP.any():
            return maps_BPCHW.new_zeros(*mask_BP.shape, self.tokens)
        tokens_ND = self.dropout(self.to_token(self.look(maps_BPCHW[mask_BP])))
        tokens_BPD = tokens_ND.new_zeros(*mask_BP.shape, self.tokens)
        tokens_BPD[mask_BP] = tokens_ND
        return tokens_BPD


def map_encoder(architecture: Architecture) -> MapEncoder | None:
    """None where the recipe asks for no fixation maps."""
    a = architecture
    if a.maps == "none":
        return None
    return MapEncoder(1 if a.maps == "heat" else 3, a.token_width, a.map_width, a.dropout)


class SequenceEncoder(nn.Module):
    """(B, S, inputs) to tokens (B, S, D): an LSTM, all steps kept.

    A step that was not measured enters as zeros, with a flag that says so. With `summary` every step also sees the mean
    of the steps that were measured; with `bypass` a linear map of the inputs is added to the LSTM's tokens.
    """

    def __init__(self, inputs: int, tokens: int, layers: int, dropout: float, summary: bool, bypass: bool) -> None:
        super().__init__()
        self.summary = summary
        width = (2 if summary else 1) * inputs + 1
        self.lstm = nn.LSTM(width, tokens, layers, batch_first=True)
        self.bypass = nn.Linear(width, tokens) if bypass else None
        self.dropout = nn.Dropout(dropout)

    def forward(self, values_BSE: Tensor, mask_BS: Tensor) -> Tensor:
        known_BS1 = mask_BS.unsqueeze(-1).to(values_BSE.dtype)
        inputs = [values_BSE * known_BS1, known_BS1]
        if self.summary:
            inputs.append(masked_mean(values_BSE, mask_BS).unsqueeze(1).expand_as(values_BSE))
        inputs_BSI = torch.cat(inputs, dim=-1)
        tokens_BSD, _ = self.lstm(inputs_BSI)
        if self.bypass is not None:
            tokens_BSD = tokens_BSD + self.bypass(inputs_BSI)
        return self.dropout(tokens_BSD)

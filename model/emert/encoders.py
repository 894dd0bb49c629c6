"""From measurements to tokens: one token a face, one an eye step."""

import torch
from torch import Tensor, nn

from model.emert.batch import masked_mean
from model.emert.resnet import ResNet18, Stem


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
        if not mask_BT.any():
            return faces_BTCHW.new_zeros(*mask_BT.shape, self.tokens)
        seen_NCHW = faces_BTCHW[mask_BT].contiguous(memory_format=torch.channels_last)
        tokens_ND = self.dropout(self.to_token(self.resnet(seen_NCHW)))
        tokens_BTD = tokens_ND.new_zeros(*mask_BT.shape, self.tokens)  # in mixed precision of another type than faces
        tokens_BTD[mask_BT] = tokens_ND
        return tokens_BTD


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

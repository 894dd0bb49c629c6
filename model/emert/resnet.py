"""ResNet-18 (He et al. 2016, arXiv 1512.03385), written out, with a choice of stem and width."""

from typing import Literal

import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor, nn

Stem = Literal["imagenet", "small"]


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions beside a short cut."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.short_cut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.short_cut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        y_BCHW = F.relu(self.norm1(self.conv1(x_BCHW)), inplace=True)
        return F.relu(self.norm2(self.conv2(y_BCHW)).add_(self.short_cut(x_BCHW)), inplace=True)


class ResNet18(nn.Module):
    """(B, 3, H, W) to (B, 8 · width).

    The 'imagenet' stem quarters the picture before the first block, as published; the 'small' one halves it, for
    pictures of about 56 pixels.
    """

    def __init__(self, width: int = 64, stem: Stem = "imagenet") -> None:
        super().__init__()
        self.features = 8 * width
        if stem == "imagenet":
            first: list[nn.Module] = [nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)]
            last: list[nn.Module] = [nn.MaxPool2d(3, stride=2, padding=1)]
        else:
            first, last = [nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False)], []
        self.stem = nn.Sequential(*first, nn.BatchNorm2d(width), nn.ReLU(inplace=True), *last)
        blocks = []
        channels = width
        for stage in range(4):
            for block in range(2):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(ResidualBlock(channels, width * 2**stage, stride))
                channels = width * 2**stage
        self.blocks = nn.Sequential(*blocks)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return self.blocks(self.stem(x_BCHW)).mean(dim=(2, 3))

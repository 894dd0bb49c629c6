"""From a recipe to its network."""

import torch
from torch import nn

from model.baselines.face_only import FaceOnly
from model.emert.emert import Emert
from model.recipe import Architecture


def build_network(architecture: Architecture) -> nn.Module:
    """Fresh weights, drawn from torch's current generator."""
    network = {"emert": Emert, "face-only": FaceOnly}[architecture.kind](architecture)
    # Convolutions over the last axis first are quicker on the CPU.
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
    return network

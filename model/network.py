"""From a recipe to its network."""

from collections.abc import Callable

import torch
from torch import nn

from model.baselines.eyes_only import EyesOnly
from model.baselines.face_only import FaceOnly
from model.baselines.late_fusion import LateFusion
from model.baselines.low_rank_fusion import LowRankFusion
from model.baselines.misa import Misa
from model.baselines.multimodal_transformer import MultimodalTransformer
from model.baselines.tensor_fusion import TensorFusion
from model.emert.emert import Emert
from model.recipe import Architecture, Kind

NETWORKS: dict[Kind, Callable[[Architecture], nn.Module]] = {
    "emert": Emert,
    "face-only": FaceOnly,
    "eyes-only": EyesOnly,
    "late-fusion": LateFusion,
    "tfn": TensorFusion,
    "lmf": LowRankFusion,
    "mult": MultimodalTransformer,
    "misa": Misa,
}


def build_network(architecture: Architecture) -> nn.Module:
    """Fresh weights, drawn from torch's current generator."""
    network = NETWORKS[architecture.kind](architecture)
    # Convolutions over the last axis first are quicker on the CPU.
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
    return network

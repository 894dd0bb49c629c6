"""What keeps MISA's subspaces shared, apart and whole (Hazarika et al. 2020, arXiv 2005.03545).

Each compares the vectors (B, D) of two sides over the trials that have both (masks (B,) bool); where there is none it
is 0, still with a gradient.
"""

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor

MOMENTS = 5


def central_moment_discrepancy(a_BD: Tensor, b_BD: Tensor, both_B: Tensor, moments: int = MOMENTS) -> Tensor:
    """How far two distributions in [0, 1] lie apart: norms of the differences of mean and central moments 2 … `moments`
    (Zellinger et al. 2017, arXiv 1702.08811; the powers of the range that divide them are 1 here).
    """
    mean_a, mean_b = _mean(a_BD, both_B), _mean(b_BD, both_B)
    apart = torch.linalg.vector_norm(mean_a - mean_b)
    for order in range(2, moments + 1):
        moment_a, moment_b = _mean((a_BD - mean_a) ** order, both_B), _mean((b_BD - mean_b) ** order, both_B)
        apart = apart + torch.linalg.vector_norm(moment_a - moment_b)
    return apart


def soft_orthogonality(a_BD: Tensor, b_BD: Tensor, both_B: Tensor) -> Tensor:
    """Mean square of the (D, D) products of two sides whose columns have mean 0 and rows length 1.

    The published squared Frobenius norm over D², as the authors' program has it, so that it does not grow with D.
    """
    return (_centred_rows(a_BD, both_B).T @ _centred_rows(b_BD, both_B)).square().mean()


def reconstruction_error(made_BD: Tensor, of_BD: Tensor, known_B: Tensor) -> Tensor:
    """Mean squared difference."""
    return _mean((made_BD - of_BD).square(), known_B).mean()


def _centred_rows(x_BD: Tensor, mask_B: Tensor) -> Tensor:
    return F.normalize((x_BD - _mean(x_BD, mask_B)) * mask_B[:, None], dim=1, eps=1e-6)


def _mean(x_BD: Tensor, mask_B: Tensor) -> Tensor:
    """(D,)"""
    return (x_BD * mask_B[:, None]).sum(dim=0) / mask_B.sum().clamp(min=1)

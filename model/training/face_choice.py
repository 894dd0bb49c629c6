"""Which of a trial's faces a network sees: one from each equal part of its clip."""

import torch
from torch import Tensor


def face_choice(faces_BM: Tensor, moments_B: Tensor, wanted: int, generator: torch.Generator | None) -> Tensor:
    """(B, wanted) rows of pictures, in the order of the clip; -1 where a part has no face.

    `faces_BM`: rows by moment, -1 where no face was found; `moments_B`: how many moments each trial has. A part gives
    one of its faces at random, or, without a generator, the one nearest to its middle.
    """
    moment_M = torch.arange(faces_BM.shape[1], dtype=torch.float64)
    place_BM = (moment_M + 0.5) * wanted / moments_B[:, None].clamp(min=1)
    if generator is None:
        # Of two that are equally near the earlier one.
        rank_BM = -(place_BM.remainder(1.0) - 0.5).abs().double() - 1e-9 * moment_M
    else:
        rank_BM = torch.rand(faces_BM.shape, generator=generator, dtype=torch.float64)
    parts_T = torch.arange(wanted)
    of_part_BTM = (place_BM.long()[:, None, :] == parts_T[None, :, None]) & (faces_BM >= 0)[:, None, :]
    rank_BTM = torch.where(of_part_BTM, rank_BM[:, None, :], -torch.inf)
    best_BT = rank_BTM.argmax(dim=2)
    return torch.where(of_part_BTM.any(dim=2), faces_BM.gather(1, best_BT), -1)

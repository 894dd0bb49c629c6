"""What training makes smaller. A label that is not there adds nothing, and takes nothing from the labels that are."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own custom
from torch import Tensor

from annotate.scales import Instrument
from model.emert.batch import Answer, Discriminated, InstrumentAnswer
from model.recipe import LossWeights


@dataclass(frozen=True)
class TargetTensors:
    """Labels of B trials under one instrument, a row of NaN where there is none. Shapes as in
    features.dataset.Targets.
    """

    seven: Tensor
    three: Tensor
    valence_arousal: Tensor
    intensity: Tensor


def total_loss(answer: Answer, targets: dict[Instrument, TargetTensors], weights: LossWeights) -> Tensor:
    """Task losses of both instruments, the discriminator's two where the network has one, and what else the network
    wants small. A scalar.
    """
    loss = torch.stack(
        [weights.task * instrument_loss(answer.instruments[i], targets[i], weights) for i in Instrument]
    ).sum()
    if answer.discriminated is not None:
        invariant, specific = discriminator_losses(answer.discriminated)
        loss = loss + weights.invariant * invariant + weights.specific * specific
    for name, extra in answer.extra_losses.items():
        loss = loss + getattr(weights, name) * extra
    return loss


def instrument_loss(answer: InstrumentAnswer, target: TargetTensors, weights: LossWeights) -> Tensor:
    """Cross-entropy against the raters' shares; smooth L1 on valence, arousal and (divided by its range of 3)
    intensity.
    """
    loss = weights.seven * soft_cross_entropy(answer.seven, target.seven)
    loss = loss + weights.three * soft_cross_entropy(answer.three, target.three)
    loss = loss + weights.valence_arousal * masked_smooth_l1(answer.valence_arousal, target.valence_arousal)
    if answer.intensity is not None:
        loss = loss + weights.intensity * masked_smooth_l1(answer.intensity, target.intensity, span=3.0)
    return loss


def soft_cross_entropy(logits_BC: Tensor, shares_BC: Tensor) -> Tensor:
    """Mean over the rows that have a label; 0, still with a gradient, where none has."""
    known_B = torch.isfinite(shares_BC).all(dim=1)
    shares_BC = torch.where(known_B[:, None], shares_BC, 0.0)
    each_B = -(shares_BC * F.log_softmax(logits_BC, dim=1)).sum(dim=1)
    return each_B.sum() / known_B.sum().clamp(min=1)


def masked_smooth_l1(values: Tensor, targets: Tensor, span: float = 1.0) -> Tensor:
    """Mean over the entries that have a label, both sides divided by `span`."""
    known = torch.isfinite(targets)
    # The unknown ones are set equal, so that neither value nor gradient of theirs can enter.
    filled = torch.where(known, targets, values.detach())
    return F.smooth_l1_loss(values / span, filled / span, reduction="sum") / known.sum().clamp(min=1)


def discriminator_losses(said: Discriminated) -> tuple[Tensor, Tensor]:
    """Cross-entropy of 'which modality is this?' for (invariant, specific), over the modalities that were there."""
    present = said.present_BM
    of_BM = torch.arange(present.shape[1], device=present.device).expand_as(present)
    count = present.sum().clamp(min=1)
    invariant, specific = (
        (F.cross_entropy(logits.transpose(1, 2), of_BM, reduction="none") * present).sum() / count
        for logits in (said.invariant_BMM, said.specific_BMM)
    )
    return invariant, specific

"""How much arithmetic a step of training is: its products, as torch counts them."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from model.network import build_network
from model.recipe import Recipe
from model.training.fit import learn_from, optimiser_of
from model.training.prepared import Prepared


def flop_of_step(recipe: Recipe, prepared: Prepared) -> float:
    """Floating-point operations of one step with a whole batch, forth and back, on the device of `prepared` and in the
    precision of training there.

    The step is taken by a network of its own, which is let go of.
    """
    rows = torch.arange(recipe.schedule.batch) % len(prepared)
    batch, targets = prepared.batch(rows, recipe.architecture.faces)
    network = build_network(recipe.architecture).to(prepared.device).train()
    optimiser = optimiser_of(network, recipe.schedule)
    with FlopCounterMode(display=False) as counter:
        learn_from(network, optimiser, batch, targets, recipe)
    return float(counter.get_total_flops())

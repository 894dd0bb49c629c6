"""Trains one network on one split."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from annotate.scales import Instrument
from model.emert.batch import Answer, Batch, InstrumentAnswer
from model.emert.losses import TargetTensors, total_loss
from model.errors import NotTrainableError
from model.features.dataset import TrialSet
from model.network import build_network
from model.predicted import InstrumentPredictions, Predictions, Temperatures
from model.recipe import Recipe, Schedule
from model.training.augment import augmented
from model.training.device import mixed_precision
from model.training.normalisation import Normalisation, fit_normalisation
from model.training.prepared import Prepared, prepare
from model.training.split import Split
from model.training.temperature import fit_temperatures

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Epoch:
    """Mean loss over the training batches, task loss on the validation trials."""

    train: float
    validation: float


@dataclass(frozen=True)
class Fitted:
    """A network, the epoch kept, the temperatures that the validation participants chose, and the losses of all epochs
    before anything was trained anew.
    """

    network: nn.Module
    normalisation: Normalisation
    kept_epoch: int
    history: tuple[Epoch, ...]
    temperatures: Temperatures


def fit(
    recipe: Recipe,
    trials: TrialSet,
    split: Split,
    seed: int,
    on_epoch: Callable[[int], None] = lambda done: None,
    device: torch.device = CPU,
) -> Fitted:
    """Train by the recipe; the test trials are not looked at.

    The network has the weights of the best epoch, or of the last where the schedule keeps that; where it refits, those
    of training anew on training and validation participants together for as many epochs. Temperatures are fitted
    before that, while the validation participants are strangers to the network. The same arguments (and number of
    threads) give the same weights on a CPU, bit for bit. `on_epoch` is called with the number of epochs done, refitting
    included. Raises NotTrainableError where the loss runs away.
    """
    train, validation = trials.take(split.train), trials.take(split.validation)
    normalisation = fit_normalisation(train)
    network, history, kept_epoch = _learn(
        recipe,
        prepare(train, normalisation, recipe.architecture).on(device),
        prepare(validation, normalisation, recipe.architecture).on(device),
        recipe.schedule.epochs,
        seed,
        on_epoch,
    )
    temperatures = fit_temperatures(predict_trials(network, normalisation, recipe, validation), validation)
    if recipe.schedule.refit:
        both = trials.take(np.concatenate([split.train, split.validation]))
        normalisation = fit_normalisation(both)
        everybody = prepare(both, normalisation, recipe.architecture).on(device)
        spent = len(history)
        network, *_ = _learn(recipe, everybody, None, kept_epoch, seed, lambda done: on_epoch(spent + done))
    return Fitted(network.eval(), normalisation, kept_epoch, tuple(history), temperatures)


def _learn(
    recipe: Recipe,
    training: Prepared,
    validating: Prepared | None,
    epochs: int,
    seed: int,
    on_epoch: Callable[[int], None],
) -> tuple[nn.Module, list[Epoch], int]:
    """A network after its best epoch by `validating`, or after the last of `epochs` without it or by the schedule; the
    losses, and that epoch, counted from 1.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(recipe.architecture).to(training.device)
        optimiser = optimiser_of(network, recipe.schedule)
        history: list[Epoch] = []
        best_loss, kept_epoch, kept_weights = math.inf, 0, _copy(network)
        for epoch in range(1, epochs + 1):
            _set_learning_rate(optimiser, recipe.schedule, epoch)
            train_loss = _train_epoch(network, optimiser, training, recipe, generator)
            validation_loss = math.nan if validating is None else task_loss(network, validating, recipe)
            _refuse_runaway(recipe, epoch, train_loss if validating is None else train_loss + validation_loss)
            history.append(Epoch(train_loss, validation_loss))
            if validating is None or recipe.schedule.keep == "last" or validation_loss < best_loss:
                best_loss, kept_epoch, kept_weights = validation_loss, epoch, _copy(network)
            on_epoch(epoch)
            if recipe.schedule.patience is not None and epoch - kept_epoch >= recipe.schedule.patience:
                break
    network.load_state_dict(kept_weights)
    return network, history, kept_epoch


def _refuse_runaway(recipe: Recipe, epoch: int, loss: float) -> None:
    if not math.isfinite(loss):
        raise NotTrainableError(
            f"recipe {recipe.name}, epoch {epoch}: the loss is {loss}, no number any more, nor would be what this "
            "network answers. Nothing of it was kept: give the recipe a lower learning_rate, or a clip_gradient."
        )


def optimiser_of(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """At the schedule's full rate."""
    kind = torch.optim.AdamW if schedule.decoupled else torch.optim.Adam
    return kind(network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay, fused=True)


def _set_learning_rate(optimiser: torch.optim.Optimizer, schedule: Schedule, epoch: int) -> None:
    """Linear warm-up, then a cosine to zero over the epochs that are left."""
    warm = schedule.warmup_epochs
    share = (
        epoch / (warm + 1)
        if epoch <= warm
        else (1 + math.cos(math.pi * (epoch - 1 - warm) / (schedule.epochs - warm))) / 2
    )
    for group in optimiser.param_groups:
        group["lr"] = schedule.learning_rate * share


def _train_epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    training: Prepared,
    recipe: Recipe,
    generator: torch.Generator,
) -> float:
    network.train()
    losses = [
        train_step(network, optimiser, training, rows, recipe, generator)
        for rows in _batches(len(training), recipe.schedule.batch, generator)
    ]
    # A number only at the end: asking a GPU for one waits for it.
    return float(torch.stack(losses).double().mean())


def train_step(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    training: Prepared,
    rows: Tensor,
    recipe: Recipe,
    generator: torch.Generator,
) -> Tensor:
    """One batch, the trials `rows`; returns its loss."""
    batch, targets = training.batch(rows, recipe.architecture.faces, generator)
    batch = augmented(batch, recipe.augmentation, generator)
    return learn_from(network, optimiser, batch, targets, recipe)


def learn_from(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    targets: dict[Instrument, TargetTensors],
    recipe: Recipe,
) -> Tensor:
    """A step without what goes before it; returns the loss."""
    with mixed_precision(batch.faces_BTCHW.device):
        loss = total_loss(network(batch), targets, recipe.losses)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    if recipe.schedule.clip_gradient is not None:
        nn.utils.clip_grad_norm_(network.parameters(), recipe.schedule.clip_gradient)
    optimiser.step()
    return loss.detach()


def _batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """All rows once, in random order; a single trial left over joins the batch before it."""
    order = torch.randperm(count, generator=generator)
    parts = list(order.split(size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    yield from parts


def task_loss(network: nn.Module, trials: Prepared, recipe: Recipe) -> float:
    """Task loss over all trials, without dropout and augmentation; each trial counts the same."""
    only_task = replace(recipe.losses, invariant=0.0, specific=0.0)
    answer = Answer(
        {i: _joined([each.instruments[i] for each in _answers(network, trials, recipe)]) for i in Instrument}
    )
    return float(total_loss(answer, trials.targets, only_task))


def predict_trials(network: nn.Module, normalisation: Normalisation, recipe: Recipe, trials: TrialSet) -> Predictions:
    """What the network says of each trial, in their order, before any temperature. A trial's answer does not depend on
    the others.
    """
    device = next(network.parameters()).device
    prepared = prepare(trials, normalisation, recipe.architecture).on(device)
    answers = _answers(network, prepared, recipe)
    return {i: _as_predictions(_joined([each.instruments[i] for each in answers])) for i in Instrument}


@torch.no_grad()
def _answers(network: nn.Module, trials: Prepared, recipe: Recipe) -> list[Answer]:
    network.eval()
    faces = recipe.architecture.faces
    with mixed_precision(trials.device):
        return [network(trials.batch(rows, faces)[0]) for rows in torch.arange(len(trials)).split(64)]


def _joined(answers: list[InstrumentAnswer]) -> InstrumentAnswer:
    intensities = [each.intensity for each in answers if each.intensity is not None]
    return InstrumentAnswer(
        torch.cat([each.seven for each in answers]).float(),
        torch.cat([each.three for each in answers]).float(),
        torch.cat([each.valence_arousal for each in answers]).float(),
        torch.cat(intensities).float() if intensities else None,
    )


def _as_predictions(answer: InstrumentAnswer) -> InstrumentPredictions:
    """Probabilities, and numbers kept inside their scales."""
    nothing = torch.full((len(answer.seven),), math.nan)
    return InstrumentPredictions(
        seven=answer.seven.double().softmax(dim=1).cpu().numpy(),
        three=answer.three.double().softmax(dim=1).cpu().numpy(),
        valence_arousal=answer.valence_arousal.double().clamp(-1, 1).cpu().numpy(),
        intensity=(nothing if answer.intensity is None else answer.intensity.clamp(0, 3)).double().cpu().numpy(),
    )


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

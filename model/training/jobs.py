"""Fits several networks at once, one process each.

Small networks gain nothing from several threads inside an operation: on a busy machine they wait for each other most of
the time. So each fit has one thread, and the fits share the cores; the weights do not depend on how many there are.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import numpy as np
import torch

from model.errors import NotTrainableError
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.predicted import Predictions, Temperatures, tempered
from model.progress import Progress
from model.recipe import Recipe
from model.training.fit import Epoch, fit, predict_trials
from model.training.normalisation import Normalisation
from model.training.split import Split


@dataclass(frozen=True)
class Job:
    """One recipe on one split."""

    recipe: Recipe
    split: Split
    seed: int


@dataclass(frozen=True)
class Outcome:
    """Weights of the epoch kept, how they came about, and what they say of the test trials, by their temperatures."""

    weights: dict[str, np.ndarray]
    normalisation: Normalisation
    best_epoch: int
    history: tuple[Epoch, ...]
    temperatures: Temperatures
    said: Predictions


def run_jobs(snapshot: Path, store: FeatureStore, jobs: list[Job], workers: int, progress: Progress) -> list[Outcome]:
    """The outcomes in the order of the jobs. Each worker reads the trials for itself, from the features on disk.

    `progress` counts epochs of all jobs; a job that stops early skips its rest. Raises NotTrainableError where a worker
    dies, as it does when the memory is full.
    """
    total = sum(_epochs(job) for job in jobs)
    counter = _Counter(jobs, progress, total)
    if workers <= 1 or len(jobs) <= 1:
        trials = load_trials(snapshot, store)
        with _one_thread():
            return [_run(trials, job, partial(counter.set, number)) for number, job in enumerate(jobs)]
    context = multiprocessing.get_context("spawn")
    told: SimpleQueue[tuple[int, int] | None] = context.SimpleQueue()
    listener = threading.Thread(target=counter.listen, args=(told,), daemon=True)
    listener.start()
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)), context, _start_worker, (snapshot, store.root, store.face_extractor, told)
    )
    try:
        return list(pool.map(_run_in_worker, enumerate(jobs)))
    except BrokenProcessPool as error:
        raise NotTrainableError(
            "A training process ended before its work was done. The usual cause is too little memory: train with one "
            "worker."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        told.put(None)
        listener.join()


def _epochs(job: Job) -> int:
    return job.recipe.schedule.epochs * (2 if job.recipe.schedule.refit else 1)


class _Counter:
    """Adds up the epochs of all jobs."""

    def __init__(self, jobs: list[Job], progress: Progress, total: int) -> None:
        self._epochs = [_epochs(job) for job in jobs]
        self._done = [0] * len(jobs)
        self._progress, self._total = progress, total
        progress(0, total)

    def set(self, number: int, done: int) -> None:
        """`done` epochs of a job; -1: it has ended."""
        self._done[number] = self._epochs[number] if done < 0 else done
        self._progress(sum(self._done), self._total)

    def listen(self, told: "SimpleQueue[tuple[int, int] | None]") -> None:
        while (message := told.get()) is not None:
            self.set(*message)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _run(trials: TrialSet, job: Job, tell: Callable[[int], None]) -> Outcome:
    split = job.split
    fitted = fit(job.recipe, trials, split, job.seed, tell)
    said = predict_trials(fitted.network, fitted.normalisation, job.recipe, trials.take(split.test))
    said = tempered(said, fitted.temperatures)
    tell(-1)
    weights = {name: tensor.contiguous().numpy().copy() for name, tensor in fitted.network.state_dict().items()}
    return Outcome(weights, fitted.normalisation, fitted.best_epoch, fitted.history, fitted.temperatures, said)


_trials: TrialSet
_told: "SimpleQueue[tuple[int, int] | None]"


def _start_worker(
    snapshot: Path, features_root: Path, face_extractor: str, told: "SimpleQueue[tuple[int, int] | None]"
) -> None:
    global _trials, _told
    _trials, _told = load_trials(snapshot, FeatureStore(features_root, face_extractor)), told
    torch.set_num_threads(1)


def _run_in_worker(numbered: tuple[int, Job]) -> Outcome:
    number, job = numbered
    return _run(_trials, job, lambda done: _told.put((number, done)))

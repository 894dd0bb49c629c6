"""Fits several networks at once, one process each.

How many threads each has is a part of the job (see model.training.threads), so that its weights do not depend on what
runs beside it.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
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
from model.training.device import told_if_lost
from model.training.fit import Epoch, fit, predict_trials
from model.training.memory import memory_kept
from model.training.normalisation import Normalisation
from model.training.split import Split
from model.training.threads import threads


@dataclass(frozen=True)
class Job:
    """One recipe on one split. `device` as torch names it; `threads` inside an operation on a CPU."""

    recipe: Recipe
    split: Split
    seed: int
    device: str = "cpu"
    threads: int = 1


@dataclass(frozen=True)
class Outcome:
    """Weights of the epoch kept, how they came about, and what they say of the test trials, by their temperatures.

    `seconds`: how long the fit took, beside those that shared the machine with it.
    """

    weights: dict[str, np.ndarray]
    normalisation: Normalisation
    kept_epoch: int
    history: tuple[Epoch, ...]
    temperatures: Temperatures
    said: Predictions
    seconds: float = 0.0


#: What is done to the trials before anything is learned from them; it travels to the workers.
Change = Callable[[TrialSet], TrialSet]


def unchanged(trials: TrialSet) -> TrialSet:
    """The usual change."""
    return trials


def run_jobs(snapshot: Path, store: FeatureStore, jobs: list[Job], workers: int, progress: Progress) -> list[Outcome]:
    """The outcomes of `finished_jobs` in the order of the jobs."""
    finished = dict(finished_jobs(snapshot, store, jobs, workers, progress))
    return [finished[number] for number in range(len(jobs))]


def finished_jobs(
    snapshot: Path,
    store: FeatureStore,
    jobs: list[Job],
    workers: int,
    progress: Progress,
    change: Change = unchanged,
) -> Iterator[tuple[int, Outcome]]:
    """Number and outcome of each job as soon as it is finished, and held here no longer: there may be hundreds.

    Each worker reads the trials for itself, from the features on disk. `progress` counts epochs of all jobs; a job that
    stops early skips its rest. Raises NotTrainableError where a worker dies, as it does when the memory is full, and
    DeviceError where a GPU fails.
    """
    total = sum(epochs_of(job) for job in jobs)
    counter = _Counter(jobs, progress, total)
    if workers <= 1 or len(jobs) <= 1:
        trials = change(load_trials(snapshot, store))
        for number, job in enumerate(jobs):
            yield number, run_job(trials, job, partial(counter.set, number))
        return
    context = multiprocessing.get_context("spawn")
    told: SimpleQueue[tuple[int, int] | None] = context.SimpleQueue()
    listener = threading.Thread(target=counter.listen, args=(told,), daemon=True)
    listener.start()
    arguments = (snapshot, store.root, store.face_extractor, told, change)
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, _start_worker, arguments)
    try:
        yield from _as_they_finish(pool, jobs)
    except BrokenProcessPool as error:
        raise NotTrainableError(
            "A training process ended before its work was done. The usual cause is too little memory: train with one "
            "worker. What was finished is kept, and the same command goes on with the rest."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        told.put(None)
        listener.join()


def _as_they_finish(pool: ProcessPoolExecutor, jobs: list[Job]) -> Iterator[tuple[int, Outcome]]:
    running = {pool.submit(_run_in_worker, (number, job)): number for number, job in enumerate(jobs)}
    broken = None
    for finished in as_completed(list(running)):
        number, error = running.pop(finished), finished.exception()
        if error is None:
            yield number, finished.result()
        elif isinstance(error, BrokenProcessPool):
            broken = error  # all that are waiting fail then; what others had finished is still to come
        else:
            raise error
    if broken:
        raise broken


def epochs_of(job: Job) -> int:
    """At most; those of training anew included."""
    return job.recipe.schedule.epochs * (2 if job.recipe.schedule.refit else 1)


class _Counter:
    """Adds up the epochs of all jobs."""

    def __init__(self, jobs: list[Job], progress: Progress, total: int) -> None:
        self._epochs = [epochs_of(job) for job in jobs]
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


def run_job(trials: TrialSet, job: Job, tell: Callable[[int], None]) -> Outcome:
    """One fit in this process. `tell` is called with the number of epochs done, and with -1 at the end."""
    split, began, device = job.split, time.perf_counter(), torch.device(job.device)
    with told_if_lost(device), threads(job.threads), memory_kept():
        fitted = fit(job.recipe, trials, split, job.seed, tell, device)
        said = predict_trials(fitted.network, fitted.normalisation, job.recipe, trials.take(split.test))
        state = {name: tensor.cpu().contiguous() for name, tensor in fitted.network.state_dict().items()}
    said = tempered(said, fitted.temperatures)
    tell(-1)
    weights = {name: tensor.numpy().copy() for name, tensor in state.items()}
    seconds = time.perf_counter() - began
    return Outcome(weights, fitted.normalisation, fitted.kept_epoch, fitted.history, fitted.temperatures, said, seconds)


_trials: TrialSet
_told: "SimpleQueue[tuple[int, int] | None]"


def _start_worker(
    snapshot: Path,
    features_root: Path,
    face_extractor: str,
    told: "SimpleQueue[tuple[int, int] | None]",
    change: Change,
) -> None:
    global _trials, _told
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _trials, _told = change(load_trials(snapshot, FeatureStore(features_root, face_extractor))), told


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for more work for ever, with all the trials in its memory."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "workers are spawned"
    wait([parent.sentinel])
    os._exit(1)


def _run_in_worker(numbered: tuple[int, Job]) -> Outcome:
    number, job = numbered
    return run_job(_trials, job, lambda done: _told.put((number, done)))

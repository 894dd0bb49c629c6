"""Threads and memory of a fit: a large network has the cores that are left, and pages are asked for once."""

import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from annotate.media_store import MediaStore
from annotate.snapshot.store import verify_snapshot
from model.features.dataset import load_trials
from model.progress import quiet
from model.recipe import Recipe
from model.recipes import recipe_named
from model.training import jobs
from model.training.fit_record import Circumstances, arithmetic_of, key_of
from model.training.jobs import Job
from model.training.memory import memory_kept
from model.training.split import splits_of
from model.training.threads import threads, threads_of
from tests.model.conftest import Lab

CPU, GPU = torch.device("cpu"), torch.device("cuda")
PIECE = 40 * 2**20


@pytest.mark.parametrize(
    ("name", "jobs", "workers", "cores", "expected"),
    [
        ("emert_paper", 1, 2, 2, 2),  # alone: two workers would not both have work
        ("emert_paper", 10, 1, 2, 2),
        ("emert_paper", 10, 2, 2, 1),
        ("face_only_paper", 10, 2, 16, 8),
        ("emert_paper", 10, 4, 2, 1),
        ("emert", 1, 1, 16, 1),
        ("emert_small", 10, 1, 16, 1),
        ("eyes_only", 1, 1, 16, 1),
    ],
)
def test_a_large_network_has_the_cores_that_others_leave(
    name: str, jobs: int, workers: int, cores: int, expected: int
) -> None:
    assert threads_of(recipe_named(name), jobs, workers, CPU, cores) == expected


def test_a_gpu_needs_one_thread_and_a_network_without_faces_is_never_large() -> None:
    paper = recipe_named("emert_paper")
    assert threads_of(paper, 1, 1, GPU, 16) == 1
    blind = replace(paper, architecture=replace(paper.architecture, kind="eyes-only"))
    assert threads_of(blind, 1, 1, CPU, 16) == 1


def test_threads_are_as_before_afterwards_also_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError):
        _failing_with(before + 1)
    assert torch.get_num_threads() == before


def test_a_fit_has_the_threads_of_its_job_and_is_known_by_them(
    lab: Lab, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, store = lab.snapshot(), lab.store()
    store.compute(snapshot, MediaStore(lab.media))
    trials = load_trials(snapshot, store)
    job = Job(tiny, splits_of(trials, None, seed=0)[0], seed=0)
    seen = []

    def stopped(*_: object) -> None:
        seen.append(torch.get_num_threads())
        raise InterruptedError

    monkeypatch.setattr(jobs, "fit", stopped)
    for count in (1, 2):
        with pytest.raises(InterruptedError):
            jobs.run_jobs(snapshot, store, [replace(job, threads=count)], 1, quiet)
    assert seen == [1, 2]
    circumstances = Circumstances(verify_snapshot(snapshot).content_sha256, store.extractors)
    arithmetic = arithmetic_of(torch.device("cpu"))
    keys = {key_of(circumstances, replace(job, threads=count), trials.trial, arithmetic) for count in (1, 1, 2)}
    assert len(keys) == 2


def test_memory_that_is_let_go_of_comes_back_without_the_kernel_and_goes_in_the_end() -> None:
    with memory_kept():
        _take_and_give_back()
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(10):
            _take_and_give_back()
        asked_for = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults) * resource.getpagesize()
        held = _resident()
    assert asked_for < PIECE  # and not ten times as much
    assert _resident() < held - PIECE // 2


def _failing_with(count: int) -> None:
    with threads(count):
        assert torch.get_num_threads() == count
        raise ZeroDivisionError


def _take_and_give_back() -> None:
    assert np.ones(PIECE, dtype=np.uint8)[-1] == 1


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

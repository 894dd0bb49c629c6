"""How many threads a fit may use inside an operation.

Small networks gain nothing from several: on a busy machine they wait for each other most of the time. So a fit has one
thread, and the fits share the cores. A large network that would leave cores idle has them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.recipe import Recipe

#: Pixels of a batch times channels of the first stage from which on a second thread pays. `emert_paper` has 103 million
#: (a step on two cores in 0.58 of its time on one), `emert` 13 million.
_LARGE = 50_000_000


def threads_of(recipe: Recipe, jobs: int, workers: int, device: torch.device, cores: int | None = None) -> int:
    """For each of `jobs` fits, `workers` of which run at once. It depends on the call and the machine alone, not on how
    many fits are left: threads round differently, and a run that was killed must go on as it began.
    """
    a, batch = recipe.architecture, recipe.schedule.batch
    work = 0 if a.kind == "eyes-only" else batch * a.faces * a.face_pixels**2 * a.face_width
    if device.type != "cpu" or work < _LARGE:
        return 1
    cores = cores or len(os.sched_getaffinity(0))
    return max(1, cores // max(1, min(jobs, workers)))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Inside an operation of torch, in this process."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)

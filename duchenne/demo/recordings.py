"""The demo's recordings: one session in real time, and more participants faster than that."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from collect.session.open_devices import record_virtually

PROCESSES = 2


def record_many(
    study: Path, participants: Sequence[str], destination: Path, seed: int, progress: Callable[[int, int], None]
) -> list[Path]:
    """Record each participant's session on a virtual clock; returns the bundles in the order of the participants."""
    # Spawned, because a forked child would share this process's open files and libraries' threads.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(record_virtually, study, name, destination, seed=seed): name for name in participants}
        bundles: dict[str, Path] = {}
        for done in as_completed(futures):
            bundles[futures[done]] = done.result().bundle
            progress(len(bundles), len(participants))
    return [bundles[name] for name in participants]

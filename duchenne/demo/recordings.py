"""The demo's recordings, faster than real time, and the verdicts on them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from collect.report.writing import write_report
from collect.session.open_devices import record_virtually

PROCESSES = 2
_Key = TypeVar("_Key")
_Made = TypeVar("_Made")


def record_many(
    study: Path, participants: Sequence[str], destination: Path, seed: int, progress: Callable[[int, int], None]
) -> list[Path]:
    """Record each participant's session on a virtual clock; returns the bundles in the order of the participants."""
    with _processes() as pool:
        running = {pool.submit(record_virtually, study, name, destination, seed=seed): name for name in participants}
        results = _finished(running, progress)
    return [results[name].bundle for name in participants]


def judge_many(bundles: Sequence[Path], progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Write the quality report of each session beside it; returns how many trials are good, and of how many."""
    with _processes() as pool:
        results = _finished({pool.submit(write_report, bundle): bundle for bundle in bundles}, progress)
    trials = [made.quality.trials for made in results.values()]
    return sum(tally.good for tally in trials), sum(tally.planned for tally in trials)


def _processes() -> ProcessPoolExecutor:
    # Spawned, because a forked child would share this process's open files and libraries' threads.
    return ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))


def _finished(running: Mapping["Future[_Made]", _Key], progress: Callable[[int, int], None]) -> dict[_Key, _Made]:
    results: dict[_Key, _Made] = {}
    for done in as_completed(running):
        results[running[done]] = done.result()
        progress(len(results), len(running))
    return results

"""Memory over a night: fifty runs in one process, each from the snapshot to its report, must leave nothing behind.

Every tenth run trains in two processes of its own, as a night does. `python -m tests.bench.memory_bench FOLDER` is the
process that is watched.
"""

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from annotate.media_store import MediaStore
from model.training.train import train
from tests.bench.figure import Figure
from tests.model.conftest import UTC, Lab, know_tiny_recipes

TITLE = "memory: 50 training runs in one process"
RUNS, FIRST, IN_PROCESSES = 50, 10, 10


@dataclass(frozen=True)
class Held:
    """By the process, after a run."""

    resident_mib: float
    files: int
    threads: int


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-memory-") as scratch:
        ran = subprocess.run(
            [sys.executable, "-m", __name__, scratch],
            cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        )  # fmt: skip
    early, late = (Held(**each) for each in json.loads(ran.stdout.splitlines()[-1]))
    after = f"after run {FIRST}"
    return [
        Figure(
            f"resident after run {RUNS}",
            late.resident_mib,
            "MiB",
            early.resident_mib,
            after,
            most=early.resident_mib + 8,
            note=f"grew by {late.resident_mib - early.resident_mib:+.1f} MiB",
        ),
        Figure(f"open files after run {RUNS}", late.files, "", early.files, after, most=early.files),
        Figure(f"threads after run {RUNS}", late.threads, "", early.threads, after, most=early.threads),
    ]


def _watched(folder: Path) -> None:
    lab, held = Lab(folder), []
    snapshot = lab.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        for number in range(1, RUNS + 1):
            _one_run(lab, snapshot, number)
            if number in (FIRST, RUNS):
                held.append(_held())
    print(json.dumps([asdict(each) for each in held]))


def _one_run(lab: Lab, snapshot: Path, number: int) -> None:
    """Each with a seed of its own, so that nothing is recalled."""
    train(
        snapshot, MediaStore(lab.media), lab.features, lab.root / "networks", lab.runs, "tiny",
        created_utc=UTC, seed=number, workers=2 if number % IN_PROCESSES == 0 else 1, store=lab.store(),
    )  # fmt: skip


def _held() -> Held:
    """As the kernel counts it; nothing is collected or given back for the occasion."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    files = len(list(Path("/proc/self/fd").iterdir())) - 1  # without the one that lists them
    assert threading.active_count() <= int(status["Threads"])
    return Held(int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]))


if __name__ == "__main__":
    _watched(Path(sys.argv[1]))

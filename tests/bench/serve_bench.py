"""What the server weighs: from the command to the first page, and memory after a load of raters."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.loopback_client import Connection
from tests.bench.rating_house import LOOPBACK, free_port, made_up_house
from tests.bench.rating_load import rate

TITLE = "the server: start and memory"
STARTS, RATERS, SECONDS, TRIALS = 5, 16, 15.0, 5000
_PATIENCE_S = 60.0


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-serve-") as scratch:
        home = Path(scratch)
        url = f"sqlite:///{home / 'duchenne.sqlite3'}"
        seats = made_up_house(url, TRIALS, RATERS, 3)
        starts = []
        for _ in range(STARTS):
            with _serving(home) as (port, start_s, pid):
                starts.append(start_s)
                if len(starts) == STARTS:
                    idle_mib = _resident_mib(pid)
                    tally = asyncio.run(rate(port, seats, "FER", SECONDS))
                    loaded_mib = _resident_mib(pid)
    answers = f"{len(tally.acknowledged)} answers by {RATERS} raters"
    return [
        Figure("from the command to the first page", sorted(starts)[STARTS // 2], "s", most=3, note=_peer("7–43 s")),
        Figure("memory before the load", idle_mib, "MiB"),
        Figure("memory after the load", loaded_mib, "MiB", most=200, note=f"{answers}; {_peer('393–510 MiB')}"),
    ]


def _peer(figure: str) -> str:
    return f"Label Studio 1.23.2: {figure}"


@contextlib.contextmanager
def _serving(home: Path) -> Iterator[tuple[int, float, int]]:
    """`duchenne serve` as one types it: its port, the seconds until the login page came, its process."""
    port, begun = free_port(), time.perf_counter()
    command = [sys.executable, "-m", "duchenne", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=home, env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield port, _first_page(port, process, begun), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)


def _environment(home: Path) -> dict[str, str]:
    """A lab's: no settings of ours, and Python keeps what it compiles, which the first of the starts pays for."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DUCHENNE_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours | {"DUCHENNE_HOME": str(home), "PYTHONPYCACHEPREFIX": str(home / "bytecode")}


def _first_page(port: int, process: subprocess.Popen[bytes], begun: float) -> float:
    while time.perf_counter() - begun < _PATIENCE_S:
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(f"the server ended: {process.stderr.read().decode()[-500:]}")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reply = asyncio.run(Connection(LOOPBACK, port, {"Accept": "text/html"}).request("GET", "/login"))
            if reply.status == 200:
                return time.perf_counter() - begun
        time.sleep(0.01)
    raise RuntimeError("the server under test did not answer")


def _resident_mib(pid: int) -> float:
    for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the server under test is gone")

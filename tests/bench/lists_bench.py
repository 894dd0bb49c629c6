"""Large lists: thirty rows of 100,000, wherever in the list one is."""

import asyncio
import re
import tempfile
import time
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.loopback_client import Connection
from tests.bench.postgresql import postgresql
from tests.bench.rating_house import LOOPBACK, config_of, made_up_house, served
from tests.bench.rating_load import quantile

TITLE = "lists of 30 among 100,000 trials"
TRIALS, LOOKS = 100_000, 30
_MOST_MS = 50.0
_PEER = "Label Studio 1.23.2: 181 ms among 2,000"
#: What a researcher opens; `{after}` is where a page before left off.
_LISTS = {
    "trials": "/api/trials?limit=30",
    "trials of one clip": "/api/trials?limit=30&clip=clip-7",
    "recordings": "/api/recordings?limit=30",
    "participants": "/api/participants?limit=30",
    "queue": "/api/queue?n=30",
}


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-lists-") as scratch:
        folder = Path(scratch)
        sqlite = _looked_at(f"sqlite:///{folder / 'house.db'}", folder, "SQLite")
        with postgresql() as url:
            return [*sqlite, *_looked_at(url, folder, "PostgreSQL")]


def _looked_at(url: str, folder: Path, name: str) -> list[Figure]:
    (researcher,) = made_up_house(url, TRIALS, 1, 3, role="researcher")
    with served(config_of(folder, url)) as port:
        return asyncio.run(_figures(Connection(LOOPBACK, port, researcher.headers), name))


async def _figures(connection: Connection, name: str) -> list[Figure]:
    found = []
    for what, path in _LISTS.items():
        times = [await _timed(connection, path) for _ in range(LOOKS)]
        found.append(Figure(f"{name}: {what}, p95", quantile(times, 0.95), "ms", most=_MOST_MS, note=_PEER))
    found.append(Figure(f"{name}: trials, far down, p95", await _far_down(connection), "ms", most=_MOST_MS))
    return found


async def _timed(connection: Connection, path: str) -> float:
    begun = time.perf_counter()
    reply = await connection.request("GET", path)
    if reply.status != 200:
        raise RuntimeError(f"{path}: the server under test answered {reply.status}: {reply.body[:300]!r}")
    return 1000 * (time.perf_counter() - begun)


async def _far_down(connection: Connection) -> float:
    """A hundred pages on, by the cursors that the pages hand out."""
    path, times = _LISTS["trials"], []
    for _ in range(100):
        begun = time.perf_counter()
        reply = await connection.request("GET", path)
        times.append(1000 * (time.perf_counter() - begun))
        cursor = re.search(rb'"(?:next|after|cursor)":"([^"]+)"', reply.body)
        if cursor is None:
            raise RuntimeError("a page of trials hands out no cursor")
        path = f"{_LISTS['trials']}&after={cursor[1].decode()}"
    return quantile(times[-LOOKS:], 0.95)

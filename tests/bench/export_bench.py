"""Exports: how long one waits for the answers to 2,000 trials, and what a million of them weigh in the server."""

import http.client
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from duchenne.console import bar
from server.db.engine import Database
from server.db.ratings import RatingTask, Vote
from server.db.revisions import open_database
from tests.bench.figure import Figure
from tests.bench.rating_house import LOOPBACK, Seat, config_of, free_port, log_in, made_up_house, start_server
from tests.bench.rating_load import quantile

TITLE = "exports of answers, streamed (SQLite)"
#: Five people answer for each trial under both instruments: 20,000 answers.
TRIALS, RATERS = 2000, 5
#: Ten people: a million answers.
MANY_TRIALS, MANY_RATERS = 50_000, 10
LOOKS = 15
_FORMATS = ("csv", "json", "ndjson", "parquet")
_PART_BYTES = 1 << 20
_TASKS_AT_ONCE = 2000


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-export-") as scratch:
        with _answered_house(Path(scratch) / "some", TRIALS, RATERS) as house:
            quick = [_quick(house, fmt) for fmt in _FORMATS]
        with _answered_house(Path(scratch) / "many", MANY_TRIALS, MANY_RATERS) as house:
            return [*quick, *_constant(house)]


@dataclass(frozen=True)
class _House:
    """A server process and a researcher who is logged in."""

    port: int
    pid: int
    researcher: Seat

    def export(self, fmt: str) -> tuple[float, int]:
        """Seconds and bytes of one whole export, which is thrown away as it comes."""
        begun, size = time.perf_counter(), 0
        connection = http.client.HTTPConnection(LOOPBACK, self.port)
        path = f"/api/exports/answers.{fmt}?include=simulated"
        connection.request("GET", path, headers=self.researcher.headers)
        reply = connection.getresponse()
        if reply.status != 200:
            raise RuntimeError(f"{path}: the server under test answered {reply.status}")
        while part := reply.read(_PART_BYTES):
            size += len(part)
        connection.close()
        return time.perf_counter() - begun, size

    def most_memory_mib(self) -> float:
        """The most that it has ever held."""
        for line in (Path("/proc") / str(self.pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the server under test is gone")


def _quick(house: _House, fmt: str) -> Figure:
    house.export(fmt)  # late imports are not what is measured
    seconds = quantile([house.export(fmt)[0] for _ in range(LOOKS)], 0.5)
    note = "Label Studio 1.23.2: 3.5–7.4 s" if fmt in ("csv", "json") else ""
    return Figure(f"{TRIALS:,} trials, {2 * TRIALS * RATERS:,} answers: {fmt}", seconds, "s", most=0.5, note=note)


def _constant(house: _House) -> Iterator[Figure]:
    for fmt in ("csv", "parquet"):
        before = house.most_memory_mib()
        seconds, size = house.export(fmt)
        more = house.most_memory_mib() - before
        said = f"{size / 1e6:.0f} MB in {seconds:.0f} s"
        yield Figure(
            f"{2 * MANY_TRIALS * MANY_RATERS:,} answers: more memory for {fmt}", more, "MiB", most=100, note=said
        )


@contextmanager
def _answered_house(folder: Path, trials: int, raters: int) -> Iterator[_House]:
    """A house in which all `raters` have answered for all `trials` under both instruments."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'house.db'}"
    people = made_up_house(url, trials, raters, raters)
    database = open_database(url)
    try:
        researcher = log_in(database, "grace", "researcher", datetime.now(UTC))
        answer_all(database, [person.account_id for person in people])
    finally:
        database.close()
    port = free_port()
    server = start_server(config_of(folder, url), port)
    try:
        yield _House(port, server.process.pid, researcher)
    finally:
        server.kill()


def answer_all(database: Database, raters: list[int]) -> None:
    """Every one of `raters` answers every task that nobody has answered."""
    now = datetime.now(UTC)
    nobody = ~select(Vote.id).where(Vote.task_id == RatingTask.id).exists()
    open_tasks = select(RatingTask.id, RatingTask.instrument).where(nobody)
    with database.reading() as session:
        tasks = [(row.id, row.instrument) for row in session.execute(open_tasks)]
    with bar("answers") as progress:
        for first in range(0, len(tasks), _TASKS_AT_ONCE):
            some = tasks[first : first + _TASKS_AT_ONCE]
            rows = [_vote(task, instrument, rater, now) for task, instrument in some for rater in raters]
            with database.transaction() as session:
                session.execute(insert(Vote), rows)
            progress(first + len(some), len(tasks))


def _vote(task: int, instrument: str, rater: int, now: datetime) -> dict[str, object]:
    return {
        "task_id": task, "instrument": instrument, "rater_id": rater, "seven": "sadness", "three": "negative",
        "valence": -0.25, "arousal": 0.5, "intensity": 1.5 if instrument == "FER" else None, "flags": "",
        "prelabel_seen": False, "idempotency_key": secrets.token_hex(16), "created_utc": now, "note": "",
        "position": 1, "looked_ms": 4200,
    }  # fmt: skip

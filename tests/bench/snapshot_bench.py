"""Freezing a data set of EMER's size: 1,303 trials, ten raters under both instruments, three media a trial."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import select

from annotate.media_store import MediaStore
from annotate.snapshot.format import SnapshotFilters
from server.db.engine import Database
from server.db.revisions import open_database
from server.db.trials import Trial
from server.snapshots.creating import create_snapshot
from tests.bench.export_bench import answer_all
from tests.bench.figure import Figure
from tests.bench.rating_house import add_trials, made_up_house

TITLE = "a snapshot of 1,303 trials with 26,060 answers (SQLite)"
TRIALS, RATERS, NEW_TRIALS = 1303, 10, 20
_MEDIA = ("face_sha256", "gaze_sha256", "eye_events_sha256")


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-snapshot-") as scratch:
        folder = Path(scratch)
        raters = [seat.account_id for seat in made_up_house(_url(folder), TRIALS, RATERS, RATERS)]
        first = _frozen(folder, raters)
        database = open_database(_url(folder))
        add_trials(database, NEW_TRIALS, RATERS, datetime.now(UTC))
        database.close()
        second = _frozen(folder, raters)
    return [
        Figure("first night", first["seconds"], "s", most=10, note=f"{first['trials']:,} trials"),
        Figure("second night", second["seconds"], "s", most=2, note=f"{second['trials'] - first['trials']} new trials"),
        Figure("memory for it, above that of the program", second["more_mib"], "MiB", note="media are named, not read"),
    ]


def _frozen(folder: Path, raters: list[int]) -> dict[str, float]:
    """By a process whose memory nothing else has used. What has no media and no answers yet gets them before."""
    database = open_database(_url(folder))
    _add_media(database, MediaStore(folder / "media"))
    answer_all(database, raters)
    database.close()
    ran = subprocess.run([sys.executable, "-m", __name__, str(folder)], capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def _add_media(database: Database, media: MediaStore) -> None:
    with database.transaction() as session:
        for trial in session.scalars(select(Trial)):
            for name in _MEDIA:
                content = f"{trial.id} {name}".encode()
                digest = hashlib.sha256(content).hexdigest()
                if getattr(trial, name) != digest:
                    setattr(trial, name, digest)
                    path = media.root / digest[:2] / f"{digest}.bin"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'house.db'}"


def _most_memory_mib() -> float:
    for line in Path(f"/proc/{os.getpid()}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no line VmHWM")


def _freeze_here(folder: Path) -> None:
    database = open_database(_url(folder))
    pa.array([0])  # brings pandas where it is installed, as it is beside PsychoPy and is not in a server
    before, begun = _most_memory_mib(), time.perf_counter()
    filters = SnapshotFilters(origins=("simulated",))
    header = create_snapshot(database, MediaStore(folder / "media"), folder / "snapshots", filters, k=5, seed=0)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "trials": header.rows["trials"], "more_mib": _most_memory_mib() - before}))
    database.close()


if __name__ == "__main__":
    _freeze_here(Path(sys.argv[1]))

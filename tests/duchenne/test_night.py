"""Nights that are killed at every step, or find the disk full there, come to the same end as an undisturbed one."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from signal import SIGKILL

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from annotate.prediction.file import read_predictions
from annotate.snapshot.store import list_snapshots
from duchenne import stages
from duchenne.night.lease import lease
from duchenne.night.logbook import Logbook, Unfinished
from duchenne.night.shift import work_through
from duchenne.night.tidying import tidy
from model.errors import LeakError
from model.promotion.ledger import read_ledger
from model.training.split import Split, check_disjoint
from server.db.predictions import ModelPrediction, PredictionRun
from server.db.revisions import open_database
from server.predictions.queue import queue_head
from tests.duchenne.night_lab import PEOPLE, make_lab, values_of
from tests.duchenne.night_process import MISHAPS, full_disk
from tests.duchenne.shared_night import SHARED
from tests.model.made_up_evaluation import made_up_trials

ROOT = Path(__file__).parents[2]
#: (home, mishap) to what became of the night.
Night = Callable[[Path, str], dict[str, object]]


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    command = [sys.executable, "-m", "tests.duchenne.night_process"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, asked = process.stdout, process.stdin
        assert told.readline() == "ready\n"

        def ask(home: Path, mishap: str) -> dict[str, object]:
            asked.write(f"{home}\t{mishap}\n")
            asked.flush()
            answer: dict[str, object] = json.loads(told.readline())
            return answer

        yield ask
        asked.close()


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, night: Night) -> tuple[Path, Path, dict[str, dict[str, object]]]:
    """The homes of a lab whose night was undisturbed and of the same lab after all mishaps, one after the other, and
    then none; and what each of them told.
    """
    root = tmp_path_factory.mktemp("labs")
    make_lab(root / "before")
    for name in ("undisturbed", "disturbed"):
        shutil.copytree(root / "before", root / name)
    assert night(root / "undisturbed", "here")["status"] == 0
    told = {mishap: night(root / "disturbed", mishap) for mishap in MISHAPS}
    assert night(root / "disturbed", "none") == {"status": 0, "told": ""}
    return root / "undisturbed", root / "disturbed", told


def end_of(home: Path) -> dict[str, object]:
    """What a night leaves, but for its times."""
    values = values_of(home)
    database = open_database(values.database_url)
    try:
        with database.reading() as session:
            counts = [
                session.scalar(select(func.count()).select_from(each)) for each in (PredictionRun, ModelPrediction)
            ]
        queue = queue_head(database, 100)
    finally:
        database.close()
    return {
        "snapshots": [header.content_sha256 for header in list_snapshots(values.snapshots)],
        "models": {
            str(path.relative_to(values.models)): path.read_bytes() for path in values.models.rglob("*.safetensors")
        },
        "ledger": [entry.model_dump(exclude={"at_utc"}) for entry in read_ledger(values.models).entries],
        "predictions": {path.name: read_predictions(path)[1] for path in values.predictions.iterdir()},
        "imported": counts,
        "queue": queue,
        "eyes": sorted(path.name for path in values.features.glob("eyes/*/*")),
        "faces": (values.features / "faces" / "map-1" / "index.jsonl").read_bytes().count(b"\n"),
    }


def test_whatever_happens_to_a_night_the_next_one_ends_as_if_nothing_had(
    nights: tuple[Path, Path, dict[str, dict[str, object]]],
) -> None:
    undisturbed, disturbed, told = nights
    for mishap, night in told.items():
        assert night["status"] == (-SIGKILL if mishap.startswith("killed") else 1), (mishap, night)
    assert end_of(disturbed) == end_of(undisturbed)
    left = [path for path in disturbed.rglob("*") if path.name.startswith(".") or "partial" in path.name]
    assert left == []
    assert not list((disturbed / "features").glob("fits/*"))
    assert not (disturbed / "nightly.unfinished").exists()
    assert (disturbed / "nightly.lease").read_text() == ""


def test_a_night_of_several_processes_ends_as_that_of_one(
    nights: tuple[Path, Path, dict[str, dict[str, object]]], tmp_path: Path
) -> None:
    """torchrun starts the night twice; one leads, the other one trains with it."""
    undisturbed, *_ = nights
    home = tmp_path / "shared"
    shutil.copytree(undisturbed.parent / "before", home)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DUCHENNE_")}
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
        "-m", "tests.duchenne.shared_night",
        "nightly", "--include", "simulated", "--recipe", "tiny", "--folds", "2",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env={**ours, "DUCHENNE_HOME": str(home), "DUCHENNE_DEVICE": "cpu"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nserves  m") == done.stdout.count("\nreport  ") == 1
    assert sorted((home / SHARED).read_text().split()) == ["0", "1", "2", "3"]
    assert end_of(home) == end_of(undisturbed)
    assert not (home / "nightly.unfinished").exists()


def test_nothing_that_takes_long_is_done_twice(nights: tuple[Path, Path, dict[str, dict[str, object]]]) -> None:
    """But for the network and the faces that were in hand as the night was killed or the disk was full."""
    undisturbed, disturbed, _ = nights
    once, again = (Counter((home / "done").read_text().splitlines()) for home in (undisturbed, disturbed))
    assert set(once.values()) == {1}  # the night itself too
    assert sorted(again) == sorted(once)
    fits = Counter({job: count for job, count in again.items() if job.startswith("fit")})
    assert sum(fits.values()) == 4 + 1
    faces = sum(count for job, count in again.items() if job.startswith("face"))
    assert faces <= 2 * PEOPLE + 3 * 2  # two threads, three nights that ended there


@pytest.mark.parametrize("mishap", [mishap for mishap in MISHAPS if mishap.startswith("no room")])
def test_a_full_disk_is_one_sentence_and_a_page_that_says_where(
    nights: tuple[Path, Path, dict[str, dict[str, object]]], mishap: str
) -> None:
    _, disturbed, nights_told = nights
    told = str(nights_told[mishap]["told"])
    assert "could not be written (" in told
    assert "File too large" in told
    assert "Make room" in told
    assert str(disturbed) in told
    assert "\n" not in told
    page = (disturbed / "reports" / f"night-2030-01-{1 + list(MISHAPS).index(mishap):02d}T01-30-00Z.html").read_text()
    assert "The night stopped" in page
    assert escape(told.partition(". Make room")[0]) in page


def test_the_page_after_such_nights_says_what_failed(nights: tuple[Path, Path, dict[str, dict[str, object]]]) -> None:
    undisturbed, disturbed, _ = nights
    page = max((disturbed / "reports").iterdir()).read_text()
    assert page.count("came to no end") == len(MISHAPS)
    assert "<i>decision</i>: it was killed there" in page
    assert "<i>training</i>: " in page
    assert "This is the first snapshot" in page
    (calm,) = (undisturbed / "reports").iterdir()
    assert "came to no end" not in calm.read_text()
    for told in ("What data", "This is the first snapshot", "Who serves", "For whom is it worse?", "What to rate next"):
        assert told in calm.read_text()


def test_a_night_without_anything_new_says_so(
    nights: tuple[Path, Path, dict[str, dict[str, object]]], night: Night
) -> None:
    _, disturbed, _ = nights
    before = set((disturbed / "reports").iterdir())
    assert night(disturbed, "none")["status"] == 0
    (page,) = set((disturbed / "reports").iterdir()) - before
    assert "Nothing has changed since the night before" in page.read_text()


def test_what_a_living_process_writes_is_not_swept(tmp_path: Path) -> None:
    values = values_of(tmp_path)
    for folder in (
        values.models / ".training-dead",
        values.models / ".training-alive",
        values.snapshots / ".arriving-dead",
    ):
        folder.mkdir(parents=True)
        (folder / "half").touch()
    values.predictions.mkdir()
    (values.predictions / ".m-s.jsonl.arriving-0").touch()
    with subprocess.Popen(
        ["flock", "--exclusive", str(values.models / ".training-alive"), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as alive:  # fmt: skip
        assert alive.stdout is not None
        assert alive.stdout.readline() == "held\n"
        tidy(values)
        assert [path.name for path in values.models.iterdir()] == [".training-alive"]
        assert not list(values.snapshots.iterdir())
        assert not list(values.predictions.iterdir())
        alive.communicate("end\n")
    tidy(values)
    assert not list(values.models.iterdir())


def test_the_logbook_bears_what_a_power_cut_leaves_of_it(tmp_path: Path) -> None:
    logbook = Logbook(tmp_path / "unfinished")
    assert logbook.unfinished() == ()
    logbook.begin("2030-01-01T01:30:00Z")
    with logbook.at("training"):
        logbook.failed("the disk is full")
    logbook.begin("2030-01-02T01:30:00Z")
    with logbook.at("snapshot"):
        pass
    with (tmp_path / "unfinished").open("a") as file:
        file.write('7\n{"step": "tra')
    cut_off = (
        Unfinished("2030-01-01T01:30:00Z", "training", "the disk is full"),
        Unfinished("2030-01-02T01:30:00Z", "snapshot", None),
    )
    assert logbook.unfinished() == cut_off
    logbook.begin("2030-01-03T01:30:00Z")
    logbook.failed("no network")
    assert logbook.unfinished() == (*cut_off, Unfinished("2030-01-03T01:30:00Z", told="no network"))
    logbook.end()
    assert logbook.unfinished() == ()
    nowhere = Logbook(tmp_path / "no" / "folder")
    nowhere.begin("2030-01-01T01:30:00Z")
    assert nowhere.unfinished() == ()


def leak() -> LeakError:
    trials = made_up_trials(people=2, each=2)
    with pytest.raises(LeakError) as found:
        check_disjoint(trials, Split(0, np.array([0]), np.array([1]), np.array([3])))
    return found.value


def refused_row() -> DBAPIError:
    return DBAPIError("INSERT INTO participants VALUES (?)", ("P00",), Exception("Key (pseudonym)=(P00) is there"))


@pytest.mark.parametrize("failing", [leak, refused_row])
def test_a_page_names_nobody_whatever_stopped_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: Callable[[], Exception]
) -> None:
    error = failing()
    assert "P00" in str(error)

    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stages, "freeze", stop)
    values = values_of(tmp_path)
    with pytest.raises(type(error)):
        work_through(values, ["simulated"], "tiny", 2, 0)
    (page,) = values.reports.iterdir()
    for told in (page.read_text(), (tmp_path / "nightly.unfinished").read_text()):
        assert "participant(s) would be in both" in told or "DBAPIError" in told
        assert "P00" not in told


def test_a_full_disk_does_not_hide_why_a_night_stopped(tmp_path: Path) -> None:
    def night() -> None:
        with lease(tmp_path / "nightly.lease", "2030-01-01T01:30:00Z"):
            raise RuntimeError("the first error")

    with pytest.raises(RuntimeError, match="the first error"):
        full_disk(night, room=0)()

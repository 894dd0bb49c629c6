"""`duchenne champion rollback` as a lab runs it: a process of its own, real model folders, a queue in a database."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotate.media_store import MediaStore
from annotate.prediction.file import write_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from annotate.scales import Instrument
from annotate.snapshot.store import read_table
from model.promotion.entry import Entry
from model.promotion.ledger import append
from model.training.train import train
from server.db.revisions import open_database
from server.db.snapshots import Snapshot
from server.predictions.importing import import_predictions
from server.predictions.queue import queue_head
from tests.duchenne.command_line import CommandLine
from tests.model.conftest import UTC as MADE
from tests.model.conftest import Lab, know_tiny_recipes
from tests.server.rows import add_recording, add_task, add_trial

FORMER, CHAMPION = "m" + "a" * 16, "m" + "b" * 16
THEN = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A snapshot and a model that was really trained on it, small."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    snapshot = lab.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        run = train(
            snapshot, MediaStore(lab.media), lab.features, lab.root, lab.runs, "tiny", created_utc=MADE, workers=1,
            store=lab.store(),
        )  # fmt: skip
    return snapshot, run.folder


@dataclass(frozen=True)
class Served:
    """A lab in which CHAMPION took over from FORMER, and only it has spoken so far, of every trial."""

    duchenne: CommandLine
    url: str
    snapshot: str
    trials: list[str]

    def said_by(self, model: str, uncertainties: list[float]) -> Path:
        path = self.duchenne.home / "predictions" / f"{model}-{self.snapshot}.jsonl"
        header = PredictionHeader(
            model=model, snapshot=self.snapshot, trained_on=self.snapshot, recipe="tiny", simulated=True,
            created_utc=MADE,
        )  # fmt: skip
        write_predictions(path, header, [said(*each) for each in zip(self.trials, uncertainties, strict=True)])
        return path

    def imported(self, path: Path) -> None:
        database = open_database(self.url)
        import_predictions(database, path)
        database.close()

    def first(self) -> tuple[str, str]:
        """Trial and reason of what is rated next."""
        database = open_database(self.url)
        row = queue_head(database, 1)[0]
        database.close()
        return row.trial, row.reason


def said(trial: str, uncertainty: float) -> Prediction:
    return Prediction(
        trial=trial, instrument=Instrument.ER, seven=(0.4, 0.6, 0, 0, 0, 0, 0), three=(0.4, 0.6, 0), valence=0,
        arousal=0, intensity=None, uncertainty=uncertainty, held_out=True,
    )  # fmt: skip


@pytest.fixture
def lab(database_url: str, trained: tuple[Path, Path], tmp_path: Path) -> Served:
    snapshot, model = trained
    duchenne = CommandLine(tmp_path / "home")
    duchenne.environment["DUCHENNE_DATABASE_URL"] = database_url
    shutil.copytree(snapshot.parent, duchenne.home / "snapshots")
    for name in (FORMER, CHAMPION):
        folder = duchenne.home / "models" / name
        shutil.copytree(model, folder)
        record = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(record | {"id": name}))
    append(duchenne.home / "models", decision(FORMER, None, 1), after=0)
    append(duchenne.home / "models", decision(CHAMPION, FORMER, 2), after=1)
    trials = [row["trial"] for row in read_table(snapshot, "trials")][:3]
    _put_in(database_url, snapshot.name, trials)
    served = Served(duchenne, database_url, snapshot.name, trials)
    served.imported(served.said_by(CHAMPION, [0.9, 0.1, 0.2]))
    return served


def decision(serves: str, served: str | None, night: int) -> Entry:
    return Entry(
        at_utc=f"2030-01-0{night}T03:00:00Z", decision="unproven", serves=serves, served=served, proven=False,
        challenger=serves, snapshot=None, seed=0, test=None, level=None, spent=0, comparison=None, reason="The newest.",
    )  # fmt: skip


def _put_in(url: str, snapshot: str, trials: list[str]) -> None:
    database = open_database(url)
    with database.transaction() as session:
        recording = add_recording(session, origin="simulated")
        for name in trials:
            trial = add_trial(session, recording)
            trial.id = name
            session.flush()
            add_task(session, trial, "ER")
        session.add(
            Snapshot(
                id=snapshot, content_sha256="5" * 64, created_utc=THEN, origins="simulated", folds=2, trials=3,
                labels=0, votes=0,
            )
        )  # fmt: skip
    database.close()


def test_what_the_former_champion_had_said_is_rated_next(lab: Served) -> None:
    former = lab.said_by(FORMER, [0.1, 0.2, 0.8])
    lab.imported(former)
    lab.imported(lab.duchenne.home / "predictions" / f"{CHAMPION}-{lab.snapshot}.jsonl")
    assert lab.first()[0] == lab.trials[0]
    told = lab.duchenne.done("champion", "rollback")
    assert f"serves  {FORMER}" in told
    assert lab.trials[2][:8] in next(line for line in told.splitlines() if "model unsure" in line)
    assert lab.first() == (lab.trials[2], "model unsure (0.80), nobody has rated it")


class TestOnOneMachine:
    """What does not depend on the engine."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_a_former_champion_that_was_silent_speaks(self, lab: Served) -> None:
        lab.said_by(FORMER, [0.1, 0.8, 0.2])  # written before, and never imported
        lab.duchenne.done("champion", "rollback", "--to", FORMER)
        assert lab.first()[0] == lab.trials[1]

    def test_one_that_cannot_speak_serves_all_the_same_and_what_to_do_is_told(self, lab: Served) -> None:
        (lab.duchenne.home / "predictions" / f"{FORMER}-{lab.snapshot}.jsonl").write_text("{")
        said = lab.duchenne("champion", "rollback")
        assert said.status == 1
        assert f"serves  {FORMER}" in said.out
        assert f"`duchenne predict --model {FORMER} --snapshot {lab.snapshot}`" in " ".join(said.err.split())
        assert lab.first()[0] == lab.trials[0]

"""A prediction file goes in once and whole, orders the queue, and touches no vote."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from annotate.prediction.file import PredictionsUnreadableError, write_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from annotate.scales import Instrument
from server.db.engine import Database
from server.db.predictions import ModelPrediction, PredictionRun
from server.db.ratings import RatingTask, Vote
from server.db.snapshots import Snapshot
from server.predictions.errors import (
    ImportRefusedError,
    PredictionsDifferError,
    PredictionTwiceError,
    UnknownSnapshotError,
    UnknownTrialError,
)
from server.predictions.importing import import_predictions
from server.predictions.queue import queue_head
from tests.server.rows import add_account, add_recording, add_task, add_trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SNAPSHOT = "s0123456789abcdef"


def said(trial: str, uncertainty: float, instrument: Instrument = Instrument.ER) -> Prediction:
    return Prediction(
        trial=trial,
        instrument=instrument,
        seven=(0.4, 0.6, 0, 0, 0, 0, 0),
        three=(0.4, 0.6, 0),
        valence=-0.5,
        arousal=0.25,
        intensity=1.5 if instrument is Instrument.FER else None,
        uncertainty=uncertainty,
        held_out=True,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(*predictions: Prediction, name: str = "night.jsonl", **changes: object) -> Path:
        values: dict[str, object] = {
            "model": "m0123456789abcdef", "snapshot": SNAPSHOT, "trained_on": SNAPSHOT, "recipe": "emert",
            "simulated": False, "created_utc": "2026-07-01T02:00:00+00:00",
        }  # fmt: skip
        write_predictions(tmp_path / name, PredictionHeader.model_validate(values | changes), predictions)
        return tmp_path / name

    return written


@pytest.fixture
def trials(database: Database) -> list[str]:
    """Three trials, each with an ER task, the third with FER too, and a snapshot."""
    with database.transaction() as session:
        recording = add_recording(session)
        made = [add_trial(session, recording) for _ in range(3)]
        for trial in made:
            add_task(session, trial, "ER")
        add_task(session, made[2], "FER")
        session.add(
            Snapshot(
                id=SNAPSHOT, content_sha256="5" * 64, created_utc=NOON, origins="real", folds=2, trials=3, labels=0,
                votes=0,
            )
        )  # fmt: skip
        return [trial.id for trial in made]


def counts(database: Database) -> tuple[int, int, int]:
    with database.reading() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (PredictionRun, ModelPrediction, Vote)
        )


def test_the_queue_follows_the_models_doubt(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    path = write(said(trials[0], 0.1), said(trials[1], 0.9), said(trials[2], 0.4), said(trials[2], 0.7, Instrument.FER))
    result = import_predictions(database, path)
    assert (result.status, result.rows, result.tasks_reordered, result.simulated) == ("imported", 4, 4, False)
    head = queue_head(database, 3)
    assert [(row.trial, row.instrument) for row in head] == [
        (trials[1], "ER"), (trials[2], "FER"), (trials[2], "ER"),
    ]  # fmt: skip
    assert head[0].priority == pytest.approx(0.64)
    assert head[0].reason == "model unsure (0.90), nobody has rated it"
    assert counts(database) == (1, 4, 0)


def test_raters_who_disagree_move_a_trial_up(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    with database.transaction() as session:
        tasks = {
            task.trial_id: task for task in session.scalars(select(RatingTask).where(RatingTask.instrument == "ER"))
        }
        for name, first, second in (("rita", "fear", "fear"), ("otto", "fear", "anger")):
            rater = add_account(session, name)
            for trial, seven in ((trials[0], first), (trials[1], second)):
                session.add(
                    Vote(
                        task_id=tasks[trial].id, instrument="ER", rater_id=rater.id, seven=seven, three="negative",
                        valence=0, arousal=0, idempotency_key=trial, created_utc=NOON,
                    )
                )  # fmt: skip
    import_predictions(database, write(*(said(trial, 0.5) for trial in trials)))
    order = [row.trial for row in queue_head(database, 10) if row.instrument == "ER"]
    assert order == [trials[1], trials[2], trials[0]]


def test_a_later_model_has_the_last_word(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    import_predictions(database, write(said(trials[0], 0.9), said(trials[1], 0.1)))
    later = write(said(trials[0], 0.2), name="later.jsonl", model="mfedcba9876543210", simulated=True)
    assert import_predictions(database, later).simulated
    by_trial = {row.trial: row.priority for row in queue_head(database, 10) if row.instrument == "ER"}
    assert by_trial[trials[0]] == pytest.approx(0.22)
    assert by_trial[trials[1]] == pytest.approx(0.16)
    assert by_trial[trials[2]] == pytest.approx(0.4)


def test_the_same_file_again_changes_nothing(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    path = write(said(trials[0], 0.9))
    import_predictions(database, path)
    again = import_predictions(database, path)
    assert (again.status, again.rows, again.tasks_reordered) == ("already imported", 1, 0)
    assert counts(database) == (1, 1, 0)


def test_a_models_word_is_never_replaced(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    import_predictions(database, write(said(trials[0], 0.9)))
    with pytest.raises(PredictionsDifferError, match=r"other\.jsonl, line 1, field model"):
        import_predictions(database, write(said(trials[0], 0.1), name="other.jsonl"))
    assert queue_head(database, 1)[0].priority == pytest.approx(0.64)


def test_what_this_database_does_not_know_is_refused(
    database: Database, trials: list[str], write: Callable[..., Path]
) -> None:
    refused: list[tuple[Path, type[ImportRefusedError], str]] = [
        (
            write(said(trials[0], 0.5), name="a", snapshot="s" + "f" * 16),
            UnknownSnapshotError,
            "line 1, field snapshot",
        ),
        (write(said(trials[0], 0.5), said("e" * 32, 0.5), name="b"), UnknownTrialError, "line 3, field trial"),
        (write(said(trials[0], 0.5), said(trials[0], 0.6), name="c"), PredictionTwiceError, "line 3.*line 2"),
    ]
    for path, error, told in refused:
        with pytest.raises(error, match=told):
            import_predictions(database, path)
    assert counts(database) == (0, 0, 0)


def test_a_file_that_was_cut_off_is_refused(database: Database, trials: list[str], write: Callable[..., Path]) -> None:
    path = write(said(trials[0], 0.9), said(trials[1], 0.9))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(PredictionsUnreadableError, match="cut off"):
        import_predictions(database, path)
    assert counts(database) == (0, 0, 0)


class TestThePage:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    def database(self, app: FastAPI) -> Database:
        database = app.state.database
        assert isinstance(database, Database)
        return database

    def test_the_queue_is_shown_with_its_reasons(
        self,
        database: Database,
        trials: list[str],
        write: Callable[..., Path],
        client_of: Callable[[str], TestClient],
    ) -> None:
        researcher = client_of("researcher")
        assert "No model has said anything yet" in researcher.get("/queue").text
        import_predictions(database, write(said(trials[1], 0.9), simulated=True))
        page = researcher.get("/queue?n=1").text
        assert trials[1][:8] in page
        assert trials[0][:8] not in page
        assert "model unsure (0.90), nobody has rated it" in page
        assert "trained on simulated data" in page
        assert [row["trial"] for row in researcher.get("/api/queue?n=1").json()] == [trials[1]]
        assert researcher.get("/api/queue?n=0").status_code == 422
        assert client_of("rater").get("/queue").status_code == 403

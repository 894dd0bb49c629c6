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
from server.audit.chain import head, verify
from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.predictions import ModelPrediction, PredictionRun, run_in_service
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
from server.predictions.serving import ServesAgain, serve_again
from tests.server.rating.answers import claimed, sent
from tests.server.rows import add_account, add_recording, add_task, add_trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SNAPSHOT = "s0123456789abcdef"
MODEL, LATER = "m0123456789abcdef", "mfedcba9876543210"


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
            "model": MODEL, "snapshot": SNAPSHOT, "trained_on": SNAPSHOT, "recipe": "emert",
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
        runs, answers, votes = (
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (PredictionRun, ModelPrediction, Vote)
        )
        return runs, answers, votes


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
    later = write(said(trials[0], 0.2), name="later.jsonl", model=LATER, simulated=True)
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


def of_audit(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    with database.reading() as session:
        return [(row.action, row.about, row.details) for row in session.scalars(select(AuditEntry))]


def priorities(database: Database) -> dict[str, float]:
    return {row.trial: row.priority for row in queue_head(database, 10) if row.instrument == "ER"}


def test_an_earlier_file_imported_again_has_the_last_word_again(
    database: Database, trials: list[str], write: Callable[..., Path]
) -> None:
    first = write(said(trials[0], 0.9), said(trials[1], 0.1))
    import_predictions(database, first)
    import_predictions(database, write(said(trials[0], 0.2), said(trials[2], 0.3), name="later.jsonl", model=LATER))
    again = import_predictions(database, first)
    assert (again.status, again.rows, again.tasks_reordered) == ("back in service", 2, 1)
    assert import_predictions(database, first).status == "already imported"
    found = priorities(database)
    assert [found[trial] for trial in trials] == pytest.approx([0.64, 0.16, 0.28])  # of the third the later one spoke
    assert [(action, about) for action, about, _ in of_audit(database)] == [
        ("predictions.imported", MODEL), ("predictions.imported", LATER), ("predictions.back_in_service", MODEL),
    ]  # fmt: skip
    assert of_audit(database)[-1][2] == {"snapshot": SNAPSHOT, "tasks_reordered": 1}


def test_all_that_a_former_model_said_counts_again_in_its_old_order(
    database: Database, trials: list[str], write: Callable[..., Path]
) -> None:
    second = "s" + "2" * 16
    with database.transaction() as session:
        session.add(
            Snapshot(
                id=second, content_sha256="2" * 64, created_utc=NOON, origins="real", folds=2, trials=3, labels=0,
                votes=0,
            )
        )  # fmt: skip
    import_predictions(database, write(said(trials[0], 0.9), said(trials[1], 0.9)))
    import_predictions(database, write(said(trials[0], 0.8), name="second.jsonl", snapshot=second))
    import_predictions(database, write(*(said(each, 0.1) for each in trials), name="later.jsonl", model=LATER))
    back = serve_again(database, MODEL, LATER, now=lambda: NOON)
    assert back == ServesAgain(runs=2, snapshot=SNAPSHOT, silent=False, tasks_reordered=2)
    found = priorities(database)
    assert [found[trial] for trial in trials] == pytest.approx([0.58, 0.64, 0.16])
    assert of_audit(database)[-1] == (
        "model.serves_again", MODEL, {"instead_of": LATER, "runs": 2, "tasks_reordered": 2},
    )  # fmt: skip
    with database.reading() as session:
        serving = run_in_service(session)
        assert serving is not None
        assert (serving[0].model, serving[0].snapshot_id, serving[1]) == (MODEL, second, NOON)
        assert verify(session) == head(session)


def test_a_model_that_never_spoke_changes_no_place(
    database: Database, trials: list[str], write: Callable[..., Path]
) -> None:
    assert serve_again(database, MODEL, None) == ServesAgain(0, None, silent=False, tasks_reordered=0)
    import_predictions(database, write(said(trials[0], 0.9), model=LATER))
    assert serve_again(database, MODEL, LATER) == ServesAgain(0, SNAPSHOT, silent=True, tasks_reordered=0)
    assert priorities(database)[trials[0]] == pytest.approx(0.64)


def test_an_answer_puts_its_task_where_the_model_in_service_says(
    database: Database, trials: list[str], write: Callable[..., Path]
) -> None:
    first = write(said(trials[2], 0.9, Instrument.FER))
    import_predictions(database, first)
    import_predictions(database, write(said(trials[2], 0.1, Instrument.FER), name="later.jsonl", model=LATER))
    import_predictions(database, first)
    with database.transaction() as session:
        rater = add_account(session, "rita").id
    place = claimed(database, rater, Instrument.FER)
    assert place is not None
    sent(database, rater, place[0])
    row = next(row for row in queue_head(database, 10) if row.instrument == "FER")
    assert (row.answered, row.reason) == (1, "model unsure (0.90), 1 of 3 rated")


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
        assert f"{MODEL}</code> said of snapshot <code>{SNAPSHOT}</code>, in service since" in page
        assert [row["trial"] for row in researcher.get("/api/queue?n=1").json()] == [trials[1]]
        assert researcher.get("/api/queue?n=0").status_code == 422
        assert client_of("rater").get("/queue").status_code == 403

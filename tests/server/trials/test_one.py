"""The page of one trial: everything that was said of it, and a line in the ledger for whoever reads it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.base import Table
from server.db.predictions import ModelPrediction, PredictionRun, Serving
from server.db.ratings import Exposure
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from tests.server.participants.withdrawn_house import MODEL, NOTE, NOW, furnish
from tests.server.rows import add_recording, add_trial

ClientOf = Callable[[str], TestClient]
PAGE = {"Accept": "text/html"}


@pytest.fixture
def trial(app: FastAPI, tmp_path: Path) -> str:
    return furnish(app.state.database, tmp_path).trials["P01"][0]


def seen(app: FastAPI, trial: str) -> set[str]:
    with app.state.database.reading() as session:
        return set(session.scalars(select(Exposure.what).filter_by(trial_id=trial, detail="trial")))


def test_everything_that_was_said_stands_side_by_side(client_of: ClientOf, trial: str) -> None:
    said = client_of("researcher").get(f"/api/trials/{trial}").json()
    assert [(one["instrument"], one["corrected"], one["note"]) for one in said["answers"]] == [
        ("ER", 2, NOTE),
        ("FER", 2, NOTE),
    ]
    assert said["answers"][1]["affect"] == {
        "seven": "fear", "three": "negative", "valence": -0.5, "arousal": 0.5, "intensity": 1.0,
    }  # fmt: skip
    decisions = [(one["kind"], one["instrument"], one["words"], one["stands"]) for one in said["decisions"]]
    assert decisions[:2] == [("decision", "ER", "second", True), ("decision", "ER", "first", False)]
    assert ("reference", "FER", "", True) in decisions
    assert [(one["model"], one["instrument"], one["sure"]) for one in said["predictions"]] == [
        (MODEL, "ER", 1.0),
        (MODEL, "FER", 1.0),
    ]
    assert said["self_report"]["seven"] == "fear"
    assert [one["what"] for one in said["exposures"]] == ["context"]
    assert said["media"]["face"] == f"/media/trials/{trial}/face"
    assert said["media"]["stimulus"] is None


def test_the_page_holds_it_all_and_nobodys_name(client_of: ClientOf, trial: str) -> None:
    page = client_of("researcher").get(f"/trials/{trial}", headers=PAGE).text
    for told in (NOTE, MODEL[:9], "self-report", "corrected 2×", "gaze and pupil", "not given it to rate any more"):
        assert told in page
    assert "rater-" not in page
    assert "judge-" not in page


def test_whoever_reads_it_is_in_the_ledger_and_gets_no_place_of_it(
    app: FastAPI, client_of: ClientOf, trial: str
) -> None:
    client = client_of("researcher")
    assert client.get("/trials", headers=PAGE).status_code == 200
    assert seen(app, trial) == set()  # the list shows no face
    for address in (f"/trials/{trial}", f"/api/trials/{trial}"):
        assert client.get(address).status_code == 200
        assert seen(app, trial) == {"stimulus", "self_report", "other_label", "prelabel"}


def test_a_trial_of_which_nothing_was_said(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        recording = add_recording(session, participant="P01")
        trials = [add_trial(session, recording).id for _ in range(3)]
    client = client_of("admin")
    said = client.get(f"/api/trials/{trials[1]}").json()
    assert (said["before"], said["after"]) == (trials[0], trials[2])
    assert (said["answers"], said["decisions"], said["predictions"], said["self_report"]) == ([], [], [], None)
    assert seen(app, trials[1]) == {"stimulus"}
    page = client.get(f"/trials/{trials[1]}", headers=PAGE).text
    assert page.count("No answer yet") == 2
    assert "Nobody has said anything yet" in page


def test_without_consent_to_rating_neither_media_nor_self_report_are_shown(
    app: FastAPI, client_of: ClientOf, trial: str
) -> None:
    with app.state.database.transaction() as session:
        recording = session.get_one(Trial, trial).recording_id
        session.get_one(Recording, recording).consent_rating = False
    client = client_of("researcher")
    said = client.get(f"/api/trials/{trial}").json()
    assert set(said["media"].values()) == {None}
    assert said["self_report"] is None
    page = client.get(f"/trials/{trial}", headers=PAGE).text
    assert "did not agree that people look" in page
    assert "viewer.js" not in page


def test_after_a_withdrawal_there_is_no_such_trial(app: FastAPI, client_of: ClientOf, trial: str) -> None:
    with app.state.database.transaction() as session:
        session.scalars(select(Participant).filter_by(pseudonym="P01")).one().withdrawn_utc = NOW
    refused = client_of("researcher").get(f"/api/trials/{trial}")
    assert refused.status_code == 404
    assert client_of("researcher").get("/api/trials/" + "0" * 32).status_code == 404
    assert client_of("researcher").get("/api/trials/nonsense").status_code == 422


def test_words_of_raters_are_only_words(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        trial = add_trial(session, participant="<b>P</b>", clip="'><script>")
        trial.valid, trial.invalid_reason, trial.verdict_reasons = False, "<i>lost</i>", "<u>late</u>\nagain"
        number = trial.id
    page = client_of("researcher").get(f"/trials/{number}", headers=PAGE).text
    for raw in ("<b>P</b>", "'><script>", "<i>lost</i>", "<u>late</u>"):
        assert raw not in page
    assert "<li>again</li>" in page


def test_the_current_model_comes_first_also_after_it_came_back_and_is_alone_on_the_plane(
    app: FastAPI, client_of: ClientOf, trial: str
) -> None:
    """After a hundred nights two hundred lines and marks would hide the two that count."""
    another = "m" + "8" * 16

    def told() -> list[tuple[str, bool]]:
        said = client_of("researcher").get(f"/api/trials/{trial}").json()["predictions"]
        return [(one["model"], one["current"]) for one in said]

    def put_in_service(run: PredictionRun) -> None:
        session.add(Serving(run_id=run.id, since_utc=NOW))

    with app.state.database.transaction() as session:
        first = session.scalars(select(PredictionRun)).one()
        second = _copy(first, model=another, file_sha256="9" * 64)
        session.add(second)
        session.flush()
        session.add_all(_copy(said, run_id=second.id) for said in session.scalars(select(ModelPrediction)).all())
        put_in_service(second)
    assert told() == [(another, True), (another, True), (MODEL, False), (MODEL, False)]
    with app.state.database.transaction() as session:
        put_in_service(session.scalars(select(PredictionRun).filter_by(model=MODEL)).one())
    assert told() == [(MODEL, True), (MODEL, True), (another, False), (another, False)]
    page = client_of("researcher").get(f"/trials/{trial}", headers=PAGE).text
    assert "1 other model<" in page
    assert f"model {MODEL}, ER: " in page
    assert f"model {another}" not in page


def _copy(row: Table, **changes: Any) -> Any:
    """A new row like `row`, with a number of its own."""
    columns = type(row).__table__.columns
    return type(row)(**{column.name: getattr(row, column.name) for column in columns if column.name != "id"} | changes)

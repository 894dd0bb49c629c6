"""Raters in training, through the real desk: who fails gets another attempt, and nothing of the first is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.audit import AuditEntry
from server.db.ratings import Vote
from server.db.studies import Study
from tests.server.rows import add_task, add_trial

ClientOf = Callable[[str], TestClient]

RIGHT = {"seven": "disgust", "three": "negative", "valence": -0.5, "arousal": 0.2, "intensity": 1.5}
WRONG = {"seven": "happiness", "three": "positive", "valence": 0.9, "arousal": 0.9, "intensity": 1.5}


@pytest.fixture
def researcher(app: FastAPI, client_of: ClientOf) -> TestClient:
    """Signed in, with two training trials and one of the study."""
    client = client_of("researcher")
    with app.state.database.transaction() as session:
        tasks = [add_task(session, add_trial(session), "FER") for _ in range(3)]
        session.get_one(Study, "smiles").qualifying_score = 0.7
    for task in tasks[:2]:
        body = RIGHT | {"purpose": "training", "explanation": "nose"}
        assert client.put(f"/api/training/{task.trial_id}/FER", json=body).status_code == 204
    return client


def answer(client: TestClient, values: dict[str, Any]) -> dict[str, Any]:
    task = client.post("/api/rating/fer/claim").json()
    assert task["training"]
    sent = client.post(
        f"/api/rating/claims/{task['claim']}/vote",
        json=values | {"instrument": "FER"},
        headers={"Idempotency-Key": f"attempt-{task['claim']}-{task['position']}"},
    )
    assert sent.status_code == 201, sent.text
    return dict(sent.json())


def state(client: TestClient) -> dict[str, Any]:
    (one,) = client.get("/api/training/raters").json()
    return {key: one[key] for key in ("done", "of", "attempts", "state")}


def test_another_attempt_is_given_taken_and_passed(app: FastAPI, researcher: TestClient, client_of: ClientOf) -> None:
    rater = client_of("rater")
    assert researcher.get("/api/training/raters").json() == []
    answer(rater, WRONG)
    assert state(researcher) == {"done": 1, "of": 2, "attempts": 1, "state": "learning"}
    whose = {"rater": researcher.get("/api/training/raters").json()[0]["rater"], "study": "smiles", "instrument": "FER"}
    assert researcher.post("/api/training/reopen", json=whose).status_code == 409  # not failed yet
    assert answer(rater, WRONG)["feedback"]["qualified"] is False
    assert state(researcher) == {"done": 2, "of": 2, "attempts": 1, "state": "failed"}
    assert rater.post("/api/rating/fer/claim").status_code == 204

    assert researcher.post("/api/training/reopen", json=whose).status_code == 204
    assert state(researcher) == {"done": 0, "of": 2, "attempts": 2, "state": "learning"}
    assert rater.get("/api/rating/progress").json()["FER"]["training_left"] == 2
    answer(rater, RIGHT)
    assert answer(rater, RIGHT)["feedback"]["qualified"] is True
    assert state(researcher)["state"] == "qualified"
    assert researcher.post("/api/training/reopen", json=whose).status_code == 409
    assert rater.post("/api/rating/fer/claim").json()["training"] is False  # on to the study

    with app.state.database.reading() as session:
        votes = session.scalars(select(Vote).order_by(Vote.id)).all()
        assert [vote.seven for vote in votes] == ["happiness"] * 2 + ["disgust"] * 2  # nothing was deleted
        assert all(vote.supersedes_id for vote in votes[2:])
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "training.reopened")).one()
        assert entry.about.endswith("/smiles/FER")
        assert entry.details == {"attempt": 2}


def test_the_page_offers_it_to_whoever_failed(app: FastAPI, researcher: TestClient, client_of: ClientOf) -> None:
    assert "Nobody has begun a training" in researcher.get("/training").text
    rater = client_of("rater")
    answer(rater, WRONG)
    assert "Another attempt" not in researcher.get("/training").text
    answer(rater, WRONG)
    assert "Another attempt" in researcher.get("/training").text
    one = researcher.get("/api/training/raters").json()[0]
    form = {"rater": one["rater"], "study": "smiles", "instrument": "FER"}
    assert researcher.post("/training/reopen", data=form).status_code == 303
    assert "Another attempt" not in researcher.get("/training").text


def test_raters_see_nothing_of_it(researcher: TestClient, client_of: ClientOf) -> None:
    for role in ("rater", "adjudicator", "experimenter"):
        client = client_of(role)
        assert client.get("/api/training").status_code == 403
        assert client.get("/training").status_code == 403

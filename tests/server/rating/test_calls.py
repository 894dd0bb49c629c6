"""The calls of the rating desk over HTTP, as a page or a scripted rater makes them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.provided import now_utc
from tests.server.rows import add_task, add_trial

ClientOf = Callable[[str], TestClient]
ANSWER = {"instrument": "FER", "seven": "fear", "three": "negative", "valence": -0.5, "arousal": 0.5, "intensity": 1.2}
KEY = {"Idempotency-Key": "first-answer"}


@pytest.fixture
def rater(app: FastAPI, client_of: ClientOf) -> TestClient:
    """A rater, and one trial under both instruments."""
    with app.state.database.transaction() as session:
        trial = add_trial(session)
        for instrument in ("ER", "FER"):
            add_task(session, trial, instrument)
    return client_of("rater")


def send(client: TestClient, claim: int, answer: dict[str, Any] = ANSWER, key: dict[str, str] = KEY) -> Any:
    return client.post(f"/api/rating/claims/{claim}/vote", json=answer, headers=key)


def test_from_a_place_to_a_committed_answer(rater: TestClient) -> None:
    claim = rater.post("/api/rating/fer/claim").json()["claim"]
    first, again = send(rater, claim), send(rater, claim)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    mine = rater.get("/api/rating/progress").json()
    assert mine["FER"] == {
        "answered": 1, "available": 0, "at_limit": False, "today": 1, "training_left": 0, "qualified": None,
        "break_after_min": 45,
    }  # fmt: skip
    assert rater.post("/api/rating/fer/claim").status_code == 204
    last = rater.get("/api/rating/fer/last").json()
    assert last["answer"]["vote"] == first.json()["vote"]
    better = ANSWER | {"seven": "surprise", "supersedes": first.json()["vote"]}
    correction = send(rater, claim, better, {"Idempotency-Key": "a-correction"})
    assert correction.status_code == 201


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"valence": 1.5}, "less than or equal to 1"),
        ({"intensity": None}, "intensity is asked by FER"),
        ({"seven": "joy"}, "happiness"),
        ({"flags": ["blurred"]}, "no face"),
        ({"rater": "somebody else"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(rater: TestClient, wrong: dict[str, Any], words: str) -> None:
    claim = rater.post("/api/rating/fer/claim").json()["claim"]
    refused = send(rater, claim, ANSWER | wrong)
    assert refused.status_code == 422
    assert words in refused.text
    assert rater.get("/api/rating/progress").json()["FER"]["answered"] == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(rater: TestClient, number: str) -> None:
    claim = rater.post("/api/rating/fer/claim").json()["claim"]
    body = json.dumps(ANSWER).replace("-0.5", number)
    headers = KEY | {"Content-Type": "application/json"}
    assert rater.post(f"/api/rating/claims/{claim}/vote", content=body, headers=headers).status_code == 422


def test_an_answer_needs_a_key_a_login_and_a_token(app: FastAPI, rater: TestClient) -> None:
    claim = rater.post("/api/rating/fer/claim").json()["claim"]
    assert send(rater, claim, key={}).status_code == 422
    assert send(TestClient(app), claim).status_code == 401
    del rater.headers["X-CSRF-Token"]
    assert send(rater, claim).status_code == 403


def test_an_ended_lease_and_a_foreign_place_are_told_apart(
    app: FastAPI, rater: TestClient, client_of: ClientOf
) -> None:
    claim = rater.post("/api/rating/fer/claim").json()["claim"]
    foreign = send(client_of("rater"), claim)
    assert (foreign.status_code, foreign.json()["detail"][:25]) == (404, "This place is not yours, ")
    later = datetime.now(UTC) + timedelta(hours=1)
    app.dependency_overrides[now_utc] = lambda: later
    late = send(rater, claim)
    assert late.status_code == 409
    assert "lease of this place has ended" in late.json()["detail"]
    assert rater.post(f"/api/rating/claims/{claim}/renew").status_code == 200
    assert send(rater, claim).status_code == 201


def test_a_place_is_given_back(rater: TestClient, client_of: ClientOf) -> None:
    claim = rater.post("/api/rating/er/claim").json()["claim"]
    assert rater.post(f"/api/rating/claims/{claim}/release").status_code == 204
    assert rater.post("/api/rating/fer/claim").status_code == 204  # seen is seen
    assert client_of("rater").post("/api/rating/er/claim").json()["claim"] == claim


def test_an_experimenter_does_not_rate(client_of: ClientOf) -> None:
    assert client_of("experimenter").post("/api/rating/fer/claim").status_code == 403

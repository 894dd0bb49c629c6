"""Each rater against the others, on both engines."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from server.db.accounts import Account
from server.db.engine import Database
from server.db.ratings import Qualification, RatingTask, ReferenceAnswer, Vote
from tests.server.agreement.routes import ROUTES
from tests.server.agreement.votes import NOW, add_rated, add_vote
from tests.server.rows import add_account, add_task, add_trial


@pytest.fixture
def database(app: FastAPI) -> Database:
    database = app.state.database
    assert isinstance(database, Database)
    return database


@pytest.fixture
def researcher(client_of: Callable[[str], TestClient]) -> TestClient:
    return client_of("researcher")


def told(researcher: TestClient, query: str = "") -> dict[str, dict[str, Any]]:
    """Name to the rater's document."""
    return {rater["name"]: rater for rater in researcher.get(f"/api/raters{query}").json()["raters"]}


def test_the_one_who_guesses_stands_first_and_apart(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        add_rated(session, ("ada", "bela", "cleo", "dora"))
        add_account(session, "new")
        add_account(session, "gone", active=False)
    raters = told(researcher)
    assert set(raters) == {"ada", "bela", "cleo", "dora", "new"}
    assert raters["new"]["instruments"] == []
    alphas = {name: raters[name]["instruments"][0]["alpha"] for name in ("ada", "bela", "cleo", "dora")}
    assert max(alphas["cleo"]["high"], 0.25) < min(alphas[name]["value"] for name in ("ada", "bela", "dora"))
    page = researcher.get("/raters").text
    assert page.index("/raters/" + raters["cleo"]["pseudonym"]) < page.index("/raters/" + raters["ada"]["pseudonym"])
    assert "No answer here yet" in page


def test_answers_time_flags_and_bias_are_counted(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        (ada, _bela, _cleo), _, _ = add_rated(session)
        for vote in session.query(Vote).filter_by(rater_id=ada.id).order_by(Vote.id).limit(10).all():
            task = session.get_one(RatingTask, vote.task_id)
            add_vote(
                session, task, ada.id, "neutral", supersedes_id=vote.id, flags="occluded,unsure", looked_ms=1000,
                valence=1.0, created_utc=datetime.now(NOW.tzinfo),
            )  # fmt: skip
    own = told(researcher)["ada"]["instruments"][0]
    assert (own["answers"], own["today"], own["looked_ms"]) == (40, 10, 9000.0)
    assert own["flags"] == {"occluded": 10, "unsure": 10}
    assert own["class_bias"]["neutral"]["value"] > 0.1
    assert sum(one["value"] for one in own["class_bias"].values()) == pytest.approx(0, abs=1e-9)
    assert own["valence_bias"]["value"] > 0.15


def test_gold_and_training_are_scored_and_training_is_no_agreement(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        (ada, bela, _cleo), _, _ = add_rated(session)
        expert = add_account(session, "expert", "researcher")
        for purpose, seven in (("gold", "fear"), ("training", "anger")):
            trial = add_trial(session, participant="P99")
            task = add_task(session, trial, "ER")
            task.purpose = purpose
            session.add(
                ReferenceAnswer(
                    trial_id=trial.id, instrument="ER", seven="fear", three="negative", valence=0.1, arousal=0.9,
                    by_id=expert.id, created_utc=NOW,
                )
            )  # fmt: skip
            add_vote(session, task, ada.id, seven)
        session.add(
            Qualification(rater_id=ada.id, study_id="smiles", instrument="ER", score=0.8, trials=10, passed_utc=NOW)
        )
        del bela
    own = told(researcher)["ada"]["instruments"][0]
    assert own["gold"] == {"mean": pytest.approx(0.85), "answers": 1}  # arousal lies 0.9 off
    assert own["training"] == {"mean": pytest.approx(0.35), "answers": 1}
    assert own["qualified"] == [{"study": "smiles", "score": 0.8, "trials": 10}]
    assert own["answers"] == 41
    assert "smiles 0.80" in researcher.get("/raters").text


def test_a_rater_who_lets_go_is_falling(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        (ada, _b, _c), _, _ = add_rated(session, guesses="", people=12, trials=6, weeks=8)
        votes = session.query(Vote).filter_by(rater_id=ada.id).order_by(Vote.created_utc, Vote.id).all()
        for number, vote in enumerate(votes[len(votes) // 2 :]):
            other = ("fear", "anger", "neutral")[number % 3]
            task = session.get_one(RatingTask, vote.task_id)
            add_vote(session, task, ada.id, other, supersedes_id=vote.id, created_utc=vote.created_utc)
    own = told(researcher)["ada"]["instruments"][0]
    assert own["change"]["high"] < 0
    assert "falling" in researcher.get("/raters").text
    one = researcher.get(f"/api/raters/{told(researcher)['ada']['pseudonym']}").json()
    (over_time,) = one["over_time"]
    assert len(over_time["weeks"]) == 8
    early, late = over_time["weeks"][0]["alpha"], over_time["weeks"][-1]["alpha"]
    assert late["value"] < early["value"]
    assert over_time["without"]["value"] > one["alpha_of_all"]["ER"]["value"]
    page = researcher.get(f"/raters/{one['rater']['pseudonym']}").text
    assert "α of all others without ada" in page
    assert 'class="figure-time"' in page
    assert over_time["weeks"][0]["monday"] in page


def test_nobody_of_that_name_is_said_in_words(researcher: TestClient) -> None:
    answer = researcher.get("/api/raters/nobody")
    assert answer.status_code == 404
    assert "'nobody': nobody has this pseudonym" in answer.json()["detail"]
    page = researcher.get("/raters/nobody", headers={"accept": "text/html"})
    assert (page.status_code, "nobody has this pseudonym" in page.text) == (404, True)


def test_a_name_with_markup_in_it_is_shown_as_it_is(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        add_rated(session, ("<b>ada</b>", "bela", "cleo"))
    page = researcher.get("/raters").text
    assert "<b>ada" not in page
    assert "&lt;b&gt;ada" in page


def test_a_rater_of_the_week_before_has_nothing_today(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        (ada, *_), _, _ = add_rated(session)
        assert ada.created_utc < NOW - timedelta(days=1)
    assert told(researcher)["ada"]["instruments"][0]["today"] == 0


class TestWhoMayLook:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.mark.parametrize("role", ["rater", "experimenter", "adjudicator", "researcher", "admin"])
    def test_researchers_and_admins_only(self, app: FastAPI, client_of: Callable[[str], TestClient], role: str) -> None:
        client = client_of(role)
        with app.state.database.reading() as session:
            pseudonym = session.query(Account).first().pseudonym
        for (_, path), roles in ROUTES.items():
            wanted = 200 if role in roles else 403
            assert client.get(path.format(pseudonym=pseudonym)).status_code == wanted, path
            assert TestClient(app).get(path.format(pseudonym=pseudonym)).status_code == 401, path

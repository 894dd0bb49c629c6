"""The agreement of what is in the database, on both engines."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import event, update
from starlette.testclient import TestClient

from annotate.agreement.answers import from_table
from annotate.agreement.icc import icc
from annotate.agreement.krippendorff import alpha_interval, alpha_nominal
from server.db.engine import Database
from server.db.ratings import RatingTask, Vote
from server.db.studies import Participant
from tests.server.agreement.votes import NOW, add_rated, add_vote


@pytest.fixture
def database(app: FastAPI) -> Database:
    database = app.state.database
    assert isinstance(database, Database)
    return database


@pytest.fixture
def researcher(client_of: Callable[[str], TestClient]) -> TestClient:
    return client_of("researcher")


def fields_of(document: dict[str, Any], instrument: str = "ER") -> dict[str, dict[str, Any]]:
    """Field to statistic to what is told of it."""
    (own,) = (one for one in document["instruments"] if one["instrument"] == instrument)
    return {field["field"]: {one["statistic"]: one for one in field["statistics"]} for field in own["fields"]}


def test_figures_are_those_of_the_answers(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        _, sevens, valences = add_rated(session)
        add_rated(session, instrument="FER", seed=1)
    document = researcher.get("/api/agreement").json()
    people = np.repeat(np.arange(8), 5)
    told = fields_of(document)
    nominal = alpha_nominal(from_table(sevens, people), 7)
    assert nominal is not None
    assert told["seven"]["alpha nominal"]["figure"] == pytest.approx(
        {"value": nominal.value, "low": nominal.low, "high": nominal.high, "participants": 8}
    )
    valence = alpha_interval(from_table(valences, people))
    assert valence is not None
    assert told["valence"]["alpha interval"]["figure"]["value"] == pytest.approx(valence.value)
    average = icc(from_table(valences, people)).average
    assert average is not None
    assert told["valence"]["ICC(2,k)"]["figure"]["value"] == pytest.approx(average.value)
    assert told["valence"]["ICC(2,k)"]["k"] == pytest.approx(3)
    assert (told["seven"]["alpha nominal"]["trials"], told["seven"]["alpha nominal"]["raters"]) == (40, 3)
    assert set(told) == {"seven", "three", "valence", "arousal"}
    assert list(fields_of(document, "FER")["intensity"]) == ["alpha ordinal", "alpha interval"]


def test_weeks_are_those_of_the_last_answers(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        _, sevens, _ = add_rated(session)
    (instrument,) = researcher.get("/api/agreement").json()["instruments"]
    weeks = instrument["fields"][0]["weeks"]
    assert [week["monday"] for week in weeks] == ["2026-06-15", "2026-06-22", "2026-06-29"]
    assert [week["trials"] for week in weeks] == [14, 13, 13]
    people = np.repeat(np.arange(8), 5)
    for number, week in enumerate(weeks):
        own = alpha_nominal(from_table(sevens[number::3], people[number::3]), 7)
        assert own is not None
        assert week["figure"]["value"] == pytest.approx(own.value)
        assert week["figure"]["low"] < own.value < week["figure"]["high"]


class TestWhoseAnswers:
    """One answer more or less, of which it matters whether it counts."""

    @pytest.fixture
    def before(self, database: Database, researcher: TestClient) -> Any:
        with database.transaction() as session:
            add_rated(session)
        return self.told(researcher)

    @staticmethod
    def told(researcher: TestClient, query: str = "") -> tuple[int, float]:
        document = researcher.get(f"/api/agreement{query}").json()
        if not document["instruments"]:
            return 0, 0.0
        told = fields_of(document)["seven"]["alpha nominal"]
        return document["instruments"][0]["answers"], told["figure"]["value"]

    def test_answers_to_training_trials_do_not_count_and_gold_does(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            task = session.query(RatingTask).first()
            assert task is not None
            task.purpose = "gold"
        assert self.told(researcher) == before
        with database.transaction() as session:
            session.execute(update(RatingTask).where(RatingTask.id == task.id).values(purpose="training"))
        assert self.told(researcher)[0] == before[0] - 3

    def test_what_was_said_after_a_models_label_does_not_count(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            for vote in session.query(Vote).limit(30).all():
                task = session.get_one(RatingTask, vote.task_id)
                changed = {"rater_id": vote.rater_id, "supersedes_id": vote.id, "prelabel_seen": True}
                session.add(
                    Vote(
                        task_id=task.id, instrument="ER", seven="fear", three="negative", valence=0.0, arousal=0.0,
                        idempotency_key=f"seen {vote.id}", created_utc=NOW, **changed,
                    )
                )  # fmt: skip
        assert self.told(researcher) == before

    def test_a_correction_stands_in_the_place_of_what_it_corrects(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            vote = session.query(Vote).order_by(Vote.id).first()
            assert vote is not None
            other = "fear" if vote.seven != "fear" else "anger"
            add_vote(session, session.get_one(RatingTask, vote.task_id), vote.rater_id, other, supersedes_id=vote.id)
        answers, value = self.told(researcher)
        assert answers == before[0]
        assert value != before[1]

    def test_whoever_withdraws_is_out(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            session.execute(update(Participant).where(Participant.pseudonym == "P03").values(withdrawn_utc=NOW))
        assert self.told(researcher)[0] == before[0] - 15

    def test_an_answer_that_says_nothing_of_emotion_is_left_out(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            vote = session.query(Vote).order_by(Vote.id).first()
            assert vote is not None
            task = session.get_one(RatingTask, vote.task_id)
            add_vote(session, task, vote.rater_id, vote.seven, supersedes_id=vote.id, flags="no face,unsure")
        (instrument,) = researcher.get("/api/agreement").json()["instruments"]
        assert (instrument["answers"], instrument["left_out"]) == (before[0] - 1, 1)

    def test_simulated_answers_only_by_name_and_studies_apart(
        self, database: Database, researcher: TestClient, before: tuple[int, float]
    ) -> None:
        with database.transaction() as session:
            add_rated(session, study="tears", origin="simulated", people=3, seed=4)
        assert self.told(researcher) == before
        assert self.told(researcher, "?origin=simulated")[0] == 45
        assert self.told(researcher, "?origin=simulated&study=smiles")[0] == 0
        assert self.told(researcher, "?origin=simulated&origin=real")[0] == before[0] + 45


def test_the_same_state_is_read_once(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        raters, _, _ = add_rated(session)
    seen: list[str] = []
    event.listen(database.engine, "after_cursor_execute", lambda _c, _cu, statement, *_rest: seen.append(statement))
    researcher.get("/api/agreement")
    reading = [one for one in seen if "vote.arousal" in one]
    assert len(reading) == 1
    seen.clear()
    researcher.get("/api/agreement")
    researcher.get("/agreement")
    assert not [one for one in seen if "vote.arousal" in one]
    with database.transaction() as session:
        task = session.query(RatingTask).first()
        assert task is not None
        first = session.query(Vote).order_by(Vote.id).first()
        assert first is not None
        add_vote(session, task, raters[0].id, "fear", supersedes_id=first.id)
    seen.clear()
    researcher.get("/api/agreement")
    assert len([one for one in seen if "vote.arousal" in one]) == 1


def test_nothing_rated_and_one_answer_a_trial_are_said_in_words(database: Database, researcher: TestClient) -> None:
    assert researcher.get("/api/agreement").json()["instruments"] == []
    assert "Nobody has rated anything" in researcher.get("/agreement").text
    with database.transaction() as session:
        add_rated(session, names=("ada",))
    told = fields_of(researcher.get("/api/agreement").json())
    assert told["seven"]["alpha nominal"]["figure"] is None
    assert "not defined: no trial has two answers" in researcher.get("/agreement").text


@pytest.mark.parametrize(
    "query", ["?origin=made-up", "?study=" + "x" * 65, "?origin=real&origin=real&origin=real&origin=real"]
)
def test_filters_that_do_not_exist_are_refused(researcher: TestClient, query: str) -> None:
    for path in ("/api/agreement", "/api/raters", "/raters"):
        assert researcher.get(path + query).status_code == 422


def test_the_page_shows_figures_pictures_and_how_to_read_them(database: Database, researcher: TestClient) -> None:
    with database.transaction() as session:
        add_rated(session, origin="simulated")
    page = researcher.get("/agreement?origin=simulated")
    assert page.status_code == 200
    figure = fields_of(researcher.get("/api/agreement?origin=simulated").json())["seven"]["alpha nominal"]["figure"]
    for words in (f"{figure['value']:.2f}", f"{figure['low']:.2f} to {figure['high']:.2f}", "Krippendorff (2004)"):
        assert words in page.text
    assert page.text.count('class="figure-row"') == 12
    assert page.text.count('class="figure-time"') == 4
    assert "badge simulated" in page.text
    assert "P03" not in page.text
    assert "120 answers are of other origins" in researcher.get("/agreement").text

"""What waits for an adjudicator: in order, in stretches, without what is not theirs."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.accounts import Account
from server.db.disagreements import Disagreement
from server.db.ratings import RatingTask
from server.db.studies import Participant
from server.db.trials import Recording
from tests.server.disputes import add_dispute, add_vote
from tests.server.rows import add_trial

ClientOf = Callable[[str], TestClient]


@pytest.fixture
def client(client_of: ClientOf) -> TestClient:
    return client_of("adjudicator")


def rows(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/adjudication/queue", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rows"])


def test_the_greatest_disagreement_comes_first_and_agreement_not_at_all(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        two_to_one = add_dispute(session, ["fear", "fear", "anger"]).trial_id
        add_dispute(session, ["fear", "fear", "fear"])
        all_differ = add_dispute(session, ["fear", "anger", "disgust"], "ER").trial_id
    found = rows(client)
    assert [row["trial"] for row in found] == [all_differ, two_to_one]
    assert found[0]["reasons"] == ["tie", "class"]
    assert (found[0]["answers"], found[0]["places"], found[0]["instrument"]) == (3, 3, "ER")
    assert "fear" not in str(found)  # what they said is told on the trial's page, once asked for


def test_a_new_vote_or_a_correction_is_counted_at_once(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        task = add_dispute(session, ["fear", "fear"])
    assert rows(client) == []
    with app.state.database.transaction() as session:
        third = add_vote(session, task, "r2", "anger")
    assert [row["trial"] for row in rows(client)] == [task.trial_id]
    with app.state.database.transaction() as session:
        add_vote(session, task, "r2", "fear", supersedes_id=third.id)
    assert rows(client) == []
    with app.state.database.reading() as session:
        assert session.get_one(Disagreement, task.id).answers == 3


def test_pages_follow_each_other_without_gap_or_repeat(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        for i in range(7):  # many have the same score
            add_dispute(session, ["fear", "anger", "disgust" if i % 3 == 0 else "fear"])
    whole = rows(client)
    assert len(whole) == 7
    assert [row["score"] for row in whole] == sorted((row["score"] for row in whole), reverse=True)
    seen, after = [], None
    while True:
        page = client.get("/api/adjudication/queue", params={"n": 2} | ({"after": after} if after else {})).json()
        seen += page["rows"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole


def test_a_made_up_cursor_is_refused_in_words(client: TestClient) -> None:
    for cursor in ("1", "x~1", "nan~1", "0.5~0", "2~1", "0.5~99999999999", "~"):
        answer = client.get("/api/adjudication/queue", params={"after": cursor})
        assert answer.status_code == 422, cursor
        assert "start from the top" in answer.json()["detail"]


def test_filters_narrow_it(app: FastAPI, client: TestClient) -> None:
    split = ["fear", "anger", "disgust"]
    with app.state.database.transaction() as session:
        here = add_dispute(session, split, "FER").trial_id
        felt = add_dispute(session, split, "ER").trial_id
        elsewhere = add_dispute(session, split[:2], "FER", study="frowns").trial_id
    found = lambda **query: {row["trial"] for row in rows(client, **query)}  # noqa: E731 -- short, used four times
    assert found(study="smiles") == {here, felt}
    assert found(instrument="ER") == {felt}
    assert found(whole=True) == {here, felt}  # the third has two answers of three
    assert found(study="frowns", instrument="ER") == set()
    assert elsewhere in found()


def test_what_is_not_to_be_looked_at_is_left_out(app: FastAPI, client: TestClient) -> None:
    split = ["fear", "anger", "disgust"]
    with app.state.database.transaction() as session:
        add_dispute(session, split, consent_rating=False)
        add_dispute(session, split).purpose = "gold"
        add_dispute(session, split).purpose = "training"
        add_dispute(session, split).state = "withdrawn"
        gone = add_dispute(session, split, participant="P9")
        person = session.scalars(select(Participant).join(Recording).where(Participant.pseudonym == "P9")).one()
        person.withdrawn_utc = gone.created_utc
    assert rows(client) == []


def test_trials_that_one_rated_oneself_are_not_offered(app: FastAPI, client_of: ClientOf) -> None:
    client = client_of("researcher")
    with app.state.database.transaction() as session:
        me = session.scalars(select(Account).where(Account.role == "researcher")).one()
        trial = add_trial(session)
        mine = add_dispute(session, ["fear", "anger"], "ER", trial=trial)
        add_vote(session, mine, me.name, "disgust")
        add_dispute(session, ["fear", "anger", "disgust"], "FER", trial=trial)  # the same trial's other instrument
        other = add_dispute(session, ["fear", "anger", "disgust"]).trial_id
    assert [row["trial"] for row in rows(client)] == [other]
    refused = client.get(f"/api/adjudication/{trial.id}/FER")
    assert refused.status_code == 409
    assert "rated this trial yourself" in refused.json()["detail"]


def test_votes_that_came_while_nobody_looked_are_counted_in_small_batches(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.adjudication.counting.BATCH", 2)
    with app.state.database.transaction() as session:
        for _ in range(5):
            add_dispute(session, ["fear", "anger", "disgust"])
    answer = client.get("/api/adjudication/queue").json()
    assert answer["complete"]
    assert len(answer["rows"]) == 5
    with app.state.database.reading() as session:
        assert len(session.scalars(select(RatingTask.id)).all()) == 5


def test_the_page_lists_it_and_says_when_nothing_waits(app: FastAPI, client: TestClient) -> None:
    empty = client.get("/adjudication", headers={"Accept": "text/html"})
    assert "Nothing waits for a decision" in empty.text
    with app.state.database.transaction() as session:
        task = add_dispute(session, ["fear", "anger", "disgust"])
    page = client.get("/adjudication?study=&instrument=&decided=false&whole=false", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f'href="/adjudication/{task.trial_id}/FER"' in page.text

"""An adjudicator looks, answers, asks what raters said, decides; and what stands in the way of that."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.db.accounts import Account
from server.db.audit import AuditEntry
from server.db.ratings import Adjudication, Exposure, RatingTask
from server.db.studies import Study
from server.db.trials import SelfReport
from tests.server.disputes import add_dispute, add_vote

ClientOf = Callable[[str], TestClient]

DECISION = {
    "seven": "disgust", "three": "negative", "valence": -0.5, "arousal": 0.2, "intensity": 1.5, "flags": ["unsure"],
    "reason": "Nose wrinkle at 3 s", "supersedes": None,
}  # fmt: skip


@pytest.fixture
def client(client_of: ClientOf) -> TestClient:
    return client_of("adjudicator")


@pytest.fixture
def task(app: FastAPI) -> RatingTask:
    with app.state.database.transaction() as session:
        task = add_dispute(session, ["fear", "anger"])
        add_vote(session, task, "r2", "disgust", -0.4, note="the nose", flags="unsure", prelabel_seen=True)
        return task


def address(task: RatingTask) -> str:
    return f"/api/adjudication/{task.trial_id}/{task.instrument}"


def decisions(app: FastAPI) -> list[Adjudication]:
    with app.state.database.reading() as session:
        return list(session.scalars(select(Adjudication).order_by(Adjudication.id)))


def seen(app: FastAPI, role: str = "adjudicator") -> set[str]:
    with app.state.database.reading() as session:
        mine = select(Account.id).where(Account.role == role)
        return set(session.scalars(select(Exposure.what).where(Exposure.rater_id.in_(mine))))


def test_what_raters_said_is_told_only_once_asked_for_and_that_is_noted(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    first = client.get(address(task)).json()
    assert first["votes"] is None
    assert not {"fear", "anger", "disgust"} & set(str(first).split("'"))
    assert seen(app) == set()
    votes = client.post(f"{address(task)}/reveal").json()
    assert [answer["rater"] for answer in votes["answers"]] == ["A", "B", "C"]
    assert {answer["seven"] for answer in votes["answers"]} == {"fear", "anger", "disgust"}
    remark = next(answer for answer in votes["answers"] if answer["note"])
    assert (remark["seven"], remark["flags"], remark["prelabel_seen"]) == ("disgust", ["unsure"], True)
    assert "r2" not in str(votes)  # letters, no names
    assert seen(app) == {"other_label"}
    assert client.get(address(task)).json()["votes"] == votes  # the same letters after a reload


def test_a_decision_stands_is_told_to_the_audit_log_and_bars_from_rating(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    blind = {key: DECISION[key] for key in ("seven", "three", "valence", "arousal", "intensity")}
    sent = DECISION | {"blind_answer": blind | {"seven": "anger"}}
    answer = client.post(address(task), json=sent)
    assert answer.status_code == 201, answer.text
    (row,) = decisions(app)
    assert answer.json() == {"decision": row.id}
    assert (row.seven, row.valence, row.intensity, row.flags) == ("disgust", -0.5, 1.5, "unsure")
    assert row.blind_answer is not None
    assert row.blind_answer["seven"] == "anger"
    assert seen(app) == {"other_label"}
    with app.state.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "adjudication.decided")).one()
        assert entry.about == f"{task.trial_id}/FER"
        assert entry.details == {"decision": row.id, "supersedes": None, "blind": True}  # never asked for the votes
    assert client.get("/api/adjudication/queue").json()["rows"] == []
    (listed,) = client.get("/api/adjudication/queue?decided=true").json()["rows"]
    assert listed["decided"]["by"].startswith("adjudicator-")


def test_the_same_decision_twice_is_saved_once(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    first = client.post(address(task), json=DECISION)
    again = client.post(address(task), json=DECISION)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(decisions(app)) == 1


def test_a_later_decision_supersedes_and_the_history_keeps_both(
    app: FastAPI, client: TestClient, client_of: ClientOf, task: RatingTask
) -> None:
    first = client.post(address(task), json=DECISION).json()["decision"]
    other = client_of("researcher")
    assert other.get(address(task)).json()["current"] == first
    late = other.post(address(task), json=DECISION | {"seven": "anger"})
    assert late.status_code == 409
    assert "Somebody has decided on this trial meanwhile" in late.json()["detail"]
    assert other.post(address(task), json=DECISION | {"seven": "anger", "supersedes": 9999}).status_code == 409
    taken = other.post(address(task), json=DECISION | {"seven": "anger", "supersedes": first})
    assert taken.status_code == 201
    history = client.get(address(task)).json()["votes"]["history"]
    assert [(one["seven"], one["supersedes"]) for one in history] == [("disgust", None), ("anger", first)]
    assert history[0]["by"].startswith("adjudicator-")
    # The first author's page is late now.
    assert client.post(address(task), json=DECISION | {"supersedes": first}).status_code == 409


def test_a_decision_cannot_be_changed_in_the_database(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    client.post(address(task), json=DECISION)
    with pytest.raises(DBAPIError, match="never changed"), app.state.database.transaction() as session:
        session.execute(text("UPDATE adjudication SET seven = 'fear'"))


def test_what_does_not_fit_is_refused_and_nothing_saved(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"reason": ""}, "reason"),
        ({"reason": "  \n "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"valence": 1.1}, "valence"),
        ({"seven": "boredom"}, "seven"),
        ({"intensity": None}, "intensity"),
        ({"flags": ["tired"]}, "flags"),
        ({"who": "me"}, "who"),
        ({"supersedes": 2**40}, "supersedes"),
    )
    for changes, where in cases:
        refused = client.post(address(task), json=DECISION | changes)
        assert refused.status_code == 422, changes
        assert where in refused.text
    assert decisions(app) == []
    assert seen(app) == set()


def test_one_answer_is_nothing_to_decide_and_a_withdrawn_trial_is_gone(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        single = add_dispute(session, ["fear"])
        gone = add_dispute(session, ["fear", "anger", "disgust"])
        gone.state = "withdrawn"
    refused = client.post(address(single), json=DECISION)
    assert refused.status_code == 409
    assert "one answer under FER" in refused.json()["detail"]
    assert client.post(address(gone), json=DECISION).status_code == 404
    assert client.get(f"/adjudication/{gone.trial_id}/FER", headers={"Accept": "text/html"}).status_code == 404
    assert client.get(f"/api/adjudication/{'0' * 32}/ER").status_code == 404


def test_the_self_report_is_shown_in_er_where_the_study_says_so_and_noted(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        task = add_dispute(session, ["fear", "anger", "disgust"], "ER")
        session.add(SelfReport(trial_id=task.trial_id, seven="fear", three="negative", valence=-0.75, arousal=0.5))
    assert client.get(address(task)).json()["self_report"] is None
    with app.state.database.transaction() as session:
        session.get_one(Study, "smiles").er_shows_self_report = True
    assert client.get(address(task)).json()["self_report"]["valence"] == -0.75
    assert seen(app) == {"self_report"}


def test_raters_and_strangers_are_kept_out_and_a_decision_needs_the_csrf_token(
    client: TestClient, client_of: ClientOf, task: RatingTask
) -> None:
    assert client_of("rater").get(address(task)).status_code == 403
    assert client_of("rater").post(f"{address(task)}/reveal").status_code == 403
    del client.headers["X-CSRF-Token"]
    assert client.post(address(task), json=DECISION).status_code == 403

"""A trial becomes a training or gold trial, and a trial of the study again, in one piece."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from annotate.scales import Instrument
from annotate.training import score
from server.db.answers import current_answers
from server.db.audit import AuditEntry
from server.db.ratings import Adjudication, Claim, Exposure, RatingTask, ReferenceAnswer, Vote
from server.training.proposing import majority
from tests.server.disputes import ANSWERED, add_dispute, add_vote, rater
from tests.server.rating.answers import vote

ClientOf = Callable[[str], TestClient]

ITEM = {
    "purpose": "training", "seven": "disgust", "three": "negative", "valence": -0.5, "arousal": 0.2, "intensity": 1.5,
    "explanation": "The nose wrinkles.",
}  # fmt: skip


@pytest.fixture
def client(client_of: ClientOf) -> TestClient:
    return client_of("researcher")


@pytest.fixture
def task(app: FastAPI) -> RatingTask:
    with app.state.database.transaction() as session:
        return add_dispute(session, ["disgust", "anger", "anger"])


def address(task: RatingTask) -> str:
    return f"/api/training/{task.trial_id}/{task.instrument}"


def as_it_is(app: FastAPI, task: RatingTask) -> RatingTask:
    with app.state.database.reading() as session:
        return session.get_one(RatingTask, task.id)


def labels(app: FastAPI) -> int:
    with app.state.database.reading() as session:
        return len(session.execute(current_answers()).all())


def test_in_and_out_again_leaves_every_answer(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    assert client.put(address(task), json=ITEM).status_code == 204
    now = as_it_is(app, task)
    assert (now.purpose, now.state) == ("training", "open")  # open to everybody, though all places are taken
    assert labels(app) == 0
    (item,) = client.get("/api/training").json()["items"]
    assert item["reference"]["seven"] == "disgust"
    assert (item["answers"], round(item["right_share"], 2), item["too_hard"]) == (3, 0.33, True)
    assert item["mistakes"] == [{"seven": "anger", "raters": 2}]
    right = vote(seven="disgust", three="negative", valence=-0.5, arousal=0.2, intensity=1.5)
    given = [vote(seven=seven, three="negative", valence=0, arousal=0) for seven in ("disgust", "anger", "anger")]
    assert item["mean_score"] == pytest.approx(sum(score(one, right) for one in given) / 3)

    assert client.delete(address(task)).status_code == 204
    now = as_it_is(app, task)
    assert (now.purpose, now.state) == ("study", "done")
    assert labels(app) == 3
    assert client.get("/api/training").json() == {"items": [], "next": None}
    assert client.delete(address(task)).status_code == 409
    with app.state.database.reading() as session:
        acts = session.execute(select(AuditEntry.action, AuditEntry.about).where(AuditEntry.action.like("training.%")))
        assert acts.all() == [(f"training.{act}", f"{task.trial_id}/FER") for act in ("added", "removed")]


def test_places_are_counted_anew_so_that_nobody_too_many_comes_in(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        task = add_dispute(session, ["fear"])
        late = rater(session, "late")
        # As the desk gives places of trials that are open to everybody.
        session.add(
            Claim(task_id=task.id, rater_id=late.id, slot=1_000_000 + late.id, state="done", claimed_utc=ANSWERED,
                  expires_utc=ANSWERED)
        )  # fmt: skip
    client.put(address(task), json=ITEM)
    client.delete(address(task))
    with app.state.database.reading() as session:
        assert session.get_one(RatingTask, task.id).state == "open"  # two of three
        slots = session.scalars(select(Claim.slot).where(Claim.task_id == task.id).order_by(Claim.slot)).all()
    assert slots == [1, 2]


def test_a_gold_trial_keeps_its_labels_and_can_become_a_training_trial(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    client.put(address(task), json=ITEM | {"purpose": "gold"})
    assert labels(app) == 3
    client.put(address(task), json=ITEM | {"seven": "anger"})
    (item,) = client.get("/api/training").json()["items"]
    assert (item["purpose"], item["reference"]["seven"]) == ("training", "anger")
    with app.state.database.reading() as session:
        assert len(session.scalars(select(ReferenceAnswer)).all()) == 1
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "training.changed")).one()
        assert (entry.details["was"], entry.details["purpose"]) == ("gold", "training")


def test_the_answer_is_proposed_from_the_decision_or_else_from_the_majority(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    first = client.get(address(task)).json()
    assert first["proposal"]["source"] == "majority"
    assert first["proposal"]["seven"] == "anger"
    with app.state.database.transaction() as session:
        values = {key: ITEM[key] for key in ("seven", "three", "valence", "arousal", "intensity")}
        decided = {"trial_id": task.trial_id, "instrument": "FER", "by_id": rater(session, "r0").id}
        session.add(Adjudication(**decided, **values, reason="the nose", created_utc=ANSWERED))
    then = client.get(address(task)).json()["proposal"]
    assert (then["source"], then["seven"], then["explanation"]) == ("decision", "disgust", "the nose")
    client.put(address(task), json=ITEM | {"seven": "fear"})
    assert client.get(address(task)).json()["proposal"]["seven"] == "fear"


def test_no_class_is_proposed_where_raters_are_tied_nor_anything_of_who_saw_no_face() -> None:
    answers = [vote(seven="fear", three="negative"), vote(seven="anger", three="negative")]
    tied = majority(answers, Instrument.FER)
    assert (tied.seven, tied.three) == (None, "negative")
    assert majority([vote(flags=("no face",))], Instrument.FER).source == "nothing"


def test_whoever_reads_what_raters_said_is_not_given_the_trial_to_rate(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    client.get(address(task))
    client.get(address(task))
    with app.state.database.reading() as session:
        assert session.scalars(select(Exposure.what)).all() == ["other_label"]


def test_trials_are_found_by_the_beginning_of_their_id(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    found = client.get("/api/training/find", params={"trial": task.trial_id[:6]}).json()
    assert [(match["trial"], match["instrument"], match["purpose"]) for match in found] == [
        (task.trial_id, "FER", "study")
    ]
    other = ("0" if task.trial_id[0] != "0" else "1") * 6
    assert client.get("/api/training/find", params={"trial": other}).json() == []
    assert client.get("/api/training/find", params={"trial": "%"}).status_code == 422


def test_long_sets_come_in_stretches(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        tasks = [add_dispute(session, ["fear"]) for _ in range(5)]
    for task in tasks:
        client.put(address(task), json=ITEM)
    first = client.get("/api/training", params={"n": 3}).json()
    rest = client.get("/api/training", params={"n": 3, "before": first["next"]}).json()
    trials = [item["trial"] for item in first["items"] + rest["items"]]
    assert trials == [task.trial_id for task in reversed(tasks)]
    assert rest["next"] is None


def test_what_does_not_fit_is_refused_and_nothing_changed(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    cases = ({"purpose": "study"}, {"intensity": None}, {"valence": 2}, {"explanation": "x" * 2001}, {"seven": ""})
    for changes in cases:
        assert client.put(address(task), json=ITEM | changes).status_code == 422, changes
    assert as_it_is(app, task).purpose == "study"


def test_trials_that_nobody_may_look_at_are_refused(app: FastAPI, client: TestClient) -> None:
    with app.state.database.transaction() as session:
        hidden = add_dispute(session, ["fear"], consent_rating=False)
        withdrawn = add_dispute(session, ["fear"])
        withdrawn.state = "withdrawn"
    for task in (hidden, withdrawn):
        assert client.put(address(task), json=ITEM).status_code == 404
        assert client.get(address(task)).status_code == 404


def test_a_correction_counts_in_the_place_of_what_it_corrects(
    app: FastAPI, client: TestClient, task: RatingTask
) -> None:
    client.put(address(task), json=ITEM)
    with app.state.database.transaction() as session:
        old = session.scalars(select(Vote).where(Vote.seven == "anger").limit(1)).one()
        name = next(name for name in ("r1", "r2") if rater(session, name).id == old.rater_id)
        add_vote(session, task, name, "disgust", supersedes_id=old.id)
    (item,) = client.get("/api/training").json()["items"]
    assert (item["answers"], round(item["right_share"], 2)) == (3, 0.67)


def test_the_form_of_the_page_does_the_same(app: FastAPI, client: TestClient, task: RatingTask) -> None:
    page = f"/training/{task.trial_id}/FER"
    assert "choose …" not in client.get(page).text  # the majority is filled in
    form = {key: str(value) for key, value in ITEM.items()}
    saved = client.post(page, data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/training")
    shown = client.get("/training?order=hardest&study=&instrument=FER").text
    assert task.trial_id[:8] in shown
    assert "too hard?" in shown
    bad = client.post(page, data=form | {"valence": "3"}, headers={"Accept": "text/html"})
    assert bad.status_code == 422
    assert "valence" in bad.text
    assert client.post(f"{page}/remove").status_code == 303
    assert as_it_is(app, task).purpose == "study"
    del client.headers["X-CSRF-Token"]
    assert client.post(page, data=form).status_code == 403

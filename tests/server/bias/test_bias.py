"""Anchoring, carry-over and reaction lag from a real database, as data and as a page."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from annotate.carry_over import Placed, carry_over
from server.bias.filters import Filters
from server.bias.loading import first_answers
from server.db.ratings import RatingTask, Vote
from tests.annotate.gap.made_up import Plan, make_up
from tests.server.bias.study import let_a_model_speak, let_them_trace
from tests.server.gap.study import id_of, put_in
from tests.server.rows import add_account

PLAN = Plan(participants=8, clips=14, pool=4)


def text_of(client: TestClient) -> str:
    page = client.get("/bias")
    assert page.status_code == 200
    return " ".join(page.text.split())


def test_an_empty_house_says_what_there_is_to_come(client_of: Callable[[str], TestClient]) -> None:
    text = text_of(client_of("researcher"))
    assert "No model's label has been shown to a rater yet" in text
    assert "Nobody has answered anything here yet" in text
    assert "No trial has been traced by two raters yet" in text


def test_acceptance_of_the_models_label_is_found_as_planted(
    app: FastAPI, client_of: Callable[[str], TestClient]
) -> None:
    with app.state.database.transaction() as session:
        put_in(session, make_up(PLAN))
        let_a_model_speak(session, accepts=0.4)
    client = client_of("researcher")
    told = client.get("/api/bias").json()["anchoring"]
    assert told["reveals"] + told["blind"] <= 8 * 14 * 6
    assert told["blind"] > 250
    assert told["moved_to"]["low"] <= 0.4 <= told["moved_to"]["high"]
    assert told["acceptance_bias"]["low"] > 0.2
    assert told["moved_away"]["value"] == 0
    assert told["balance"]["low"] <= 0 <= told["balance"]["high"]
    assert "Raters name the model's emotion" in text_of(client)
    assert len(client.get("/api/bias").json()["anchoring_by_rater"]) == 8


def test_carry_over_is_that_of_first_answers_in_their_order(
    app: FastAPI, client_of: Callable[[str], TestClient]
) -> None:
    made = make_up(PLAN)
    with app.state.database.transaction() as session:
        put_in(session, made)
        let_a_model_speak(session, accepts=1.0, share=1.0)  # whatever the model changes is no first answer
    with app.state.database.reading() as session:
        placed = first_answers(session, Filters())
        positions = {
            (trial, rater): position
            for trial, rater, position in session.execute(
                select(RatingTask.trial_id, Vote.rater_id, Vote.position)
                .join(RatingTask, RatingTask.id == Vote.task_id)
                .where(Vote.instrument == "ER")
            )
        }
    assert len(placed["ER"]) == len(placed["FER"]) == 8 * 14 * 3
    said = {id_of("smiles", one.trial): one for one in made.answers if one.instrument == "ER"}
    assert {one.trial for one in placed["ER"]} == set(said)
    plain = carry_over(
        [
            Placed(one.rater, one.trial, one.participant, one.clip, one.clip_emotion,
                   positions[one.trial, one.rater], one.seven, one.valence, one.arousal)
            for one in placed["ER"]
        ]
    ).overall  # fmt: skip
    er, fer = client_of("researcher").get("/api/bias").json()["carry_over"]
    assert (er["instrument"], fer["instrument"]) == ("ER", "FER")
    assert plain.excess is not None
    assert er["overall"]["excess"]["value"] == pytest.approx(plain.excess.value)
    assert er["overall"]["steps"] == 8 * 14 * 3 - 4  # all but each rater's first
    assert er["overall"]["excess"]["low"] <= 0 <= er["overall"]["excess"]["high"]
    kinds = {one["kind"]: one for one in er["neighbours"]}
    chance = kinds["the same emotion of the clip"]
    assert chance["excess"]["low"] <= 0 <= chance["excess"]["high"]


def test_a_place_without_a_blind_one_beside_it_leaves_the_bias_unknown(
    app: FastAPI, client_of: Callable[[str], TestClient]
) -> None:
    with app.state.database.transaction() as session:
        put_in(session, make_up(PLAN))
        let_a_model_speak(session, accepts=0.4, share=1.0)
    client = client_of("researcher")
    assert client.get("/api/bias").json()["anchoring"]["acceptance_bias"] is None
    assert "without blind places the acceptance bias is not known" in text_of(client)


def test_a_slow_hand_is_told_by_its_traces(app: FastAPI, client_of: Callable[[str], TestClient]) -> None:
    with app.state.database.transaction() as session:
        put_in(session, make_up(Plan(participants=4, clips=7, pool=3)))
        raters = [add_account(session, f"tracer-{n}", pseudonym=f"tracer{n}") for n in range(3)]
        let_them_trace(session, {raters[0].id: 0.0, raters[1].id: 0.0, raters[2].id: 1400.0})
    told = {one["rater"]: one for one in client_of("researcher").get("/api/bias").json()["reaction_lags"]}
    assert set(told) == {"tracer0", "tracer1", "tracer2"}
    assert told["tracer2"]["figures"]["median_ms"]["value"] == pytest.approx(1400, abs=150)
    assert told["tracer2"]["figures"]["traces"] == 12
    assert (told["tracer0"]["instrument"], told["tracer0"]["scale"]) == ("FER", "valence")


def test_flagged_and_simulated_answers_stay_out(app: FastAPI, client_of: Callable[[str], TestClient]) -> None:
    made = make_up(PLAN)
    unusable = [one._replace(flags=frozenset({"unusable"})) if n % 2 else one for n, one in enumerate(made.answers)]
    with app.state.database.transaction() as session:
        put_in(session, make_up(PLAN), "robots", origin="simulated")
        put_in(session, type(made)(made.plan, unusable, made.facts, made.felt, made.shown))
        votes = session.scalar(select(func.count()).select_from(Vote))
    client = client_of("researcher")
    told = client.get("/api/bias").json()["carry_over"]
    assert sum(one["answers"] for one in told) == votes // 4
    both = client.get("/api/bias?origin=real&origin=simulated").json()["carry_over"]
    assert sum(one["answers"] for one in both) == votes // 4 + votes // 2
    assert [one["instrument"] for one in both] == ["ER", "FER"]


def test_nobody_but_researchers_gets_in(client_of: Callable[[str], TestClient]) -> None:
    for role in ("rater", "adjudicator", "experimenter"):
        client = client_of(role)
        assert {client.get(path).status_code for path in ("/bias", "/api/bias")} == {403}

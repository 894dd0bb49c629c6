"""Settings of a study: checked, audited, and more raters open trials again while fewer take nothing away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.ratings import Claim, RatingTask
from server.studies.settings import Settings, change_settings, settings_of
from tests.server.rows import add_account, add_task, add_trial

ClientOf = Callable[[str], TestClient]
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PAGE = {"Accept": "text/html"}
ADDRESS = "/studies/smiles/settings"
FORM = {
    "raters_per_instrument": "4", "er_shows_self_report": "on", "prelabel_share": "12.5", "gold_share": "5",
    "qualifying_score": "70", "trace_scale": "valence", "break_after_min": "30",
}  # fmt: skip


def set_raters(database: Database, number: int) -> dict[str, str]:
    with database.transaction() as session:
        _, before = settings_of(session, "smiles")
        wanted = before.model_copy(update={"raters_per_instrument": number})
        return change_settings(session, "smiles", wanted, NOW, None)


def tasks(database: Database) -> dict[str, tuple[int, str]]:
    with database.reading() as session:
        return {task.media_id[0]: (task.places, task.state) for task in session.scalars(select(RatingTask))}


@pytest.fixture
def rated(database: Database) -> None:
    """Three places each: a is done, b has two answers and a lease, c nobody's, d gold, e withdrawn, f elsewhere."""
    with database.transaction() as session:
        raters = [add_account(session, f"rater-{n}").id for n in range(3)]
        for letter, done, leased in (("a", 3, 0), ("b", 2, 1), ("c", 0, 0), ("d", 1, 0), ("e", 1, 0), ("f", 1, 0)):
            trial = add_trial(session, study="frowns" if letter == "f" else "smiles")
            task = add_task(session, trial, "ER", places=3)
            task.media_id = letter * 32
            task.state = {"a": "done", "e": "withdrawn"}.get(letter, "open")
            task.purpose = "gold" if letter == "d" else "study"
            for slot in range(1, done + leased + 1):
                session.add(
                    Claim(task_id=task.id, rater_id=raters[slot - 1], slot=slot, state="done" if slot <= done else
                          "leased", claimed_utc=NOW, expires_utc=NOW + timedelta(minutes=5))
                )  # fmt: skip


def test_more_raters_open_finished_trials_again(database: Database, rated: None) -> None:
    assert set_raters(database, 5) == {"raters_per_instrument": "3 → 5"}
    assert tasks(database) == {
        "a": (5, "open"), "b": (5, "open"), "c": (5, "open"), "d": (3, "open"), "e": (3, "withdrawn"), "f": (3, "open"),
    }  # fmt: skip


def test_fewer_raters_take_no_answer_and_no_held_place_away(database: Database, rated: None) -> None:
    set_raters(database, 1)
    assert tasks(database) == {
        "a": (3, "done"), "b": (3, "open"), "c": (1, "open"), "d": (3, "open"), "e": (3, "withdrawn"), "f": (3, "open"),
    }  # fmt: skip
    with database.reading() as session:
        assert len(session.scalars(select(Claim)).all()) == 9
    set_raters(database, 2)
    assert tasks(database)["c"] == (2, "open")
    set_raters(database, 3)
    assert (tasks(database)["a"], tasks(database)["c"]) == ((3, "done"), (3, "open"))


def test_what_was_changed_is_in_the_audit_log_and_nothing_else(database: Database, rated: None) -> None:
    set_raters(database, 3)
    with database.transaction() as session:
        _, before = settings_of(session, "smiles")
        wanted = before.model_copy(update={"prelabel_share": 0.25, "trace_scale": "arousal", "fer_sound": True})
        change_settings(session, "smiles", wanted, NOW, None)
    with database.reading() as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.action, entry.about) == ("study.settings_changed", "smiles")
        assert entry.details == {"prelabel_share": "0 → 0.25", "trace_scale": "none → arousal", "fer_sound": "no → yes"}
        assert settings_of(session, "smiles")[1] == wanted


@pytest.fixture
def client(app: FastAPI, client_of: ClientOf) -> TestClient:
    with app.state.database.transaction() as session:
        add_trial(session)
    return client_of("researcher")


def test_the_form_saves_what_is_typed(client: TestClient) -> None:
    page = client.get(ADDRESS, headers=PAGE).text
    assert "no training trials for ER and FER" in page
    saved = client.post(ADDRESS, data=FORM, headers=PAGE)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{ADDRESS}?saved=true")
    assert client.get(f"/api{ADDRESS}").json() == {
        "raters_per_instrument": 4, "er_shows_self_report": True, "fer_sound": False, "prelabel_share": 0.125,
        "gold_share": 0.05, "qualifying_score": 0.7, "trace_scale": "valence", "break_after_min": 30,
    }  # fmt: skip
    page = client.get(f"{ADDRESS}?saved=true", headers=PAGE).text
    assert 'value="12.5"' in page
    assert "Saved." in page


def test_what_does_not_fit_is_told_beside_its_field_and_nothing_is_saved(client: TestClient) -> None:
    before = client.get(f"/api{ADDRESS}").json()
    for field, typed, told in (
        ("raters_per_instrument", "0", "whole number from 1 to 50"),
        ("raters_per_instrument", "three", "whole number from 1 to 50"),
        ("raters_per_instrument", "", "whole number from 1 to 50"),
        ("prelabel_share", "101", "number from 0 to 100"),
        ("gold_share", "nan", "number from 0 to 100"),
        ("qualifying_score", "-1", "number from 0 to 100"),
        ("break_after_min", "601", "whole minutes from 0 to 600"),
        ("break_after_min", "12.5", "whole minutes from 0 to 600"),
        ("trace_scale", "happiness", "valence"),
    ):
        refused = client.post(ADDRESS, data=FORM | {field: typed}, headers=PAGE)
        assert refused.status_code == 422
        assert f'id="wrong-{field}"' in refused.text
        assert told in refused.text
        assert 'value="30"' in refused.text or field == "break_after_min"  # what fitted is still there
    assert client.get(f"/api{ADDRESS}").json() == before


def test_by_api_whole_or_not_at_all(client: TestClient) -> None:
    before: dict[str, Any] = client.get(f"/api{ADDRESS}").json()
    assert client.put(f"/api{ADDRESS}", json=before | {"gold_share": 2}).status_code == 422
    assert client.put(f"/api{ADDRESS}", json=before | {"colour": "red"}).status_code == 422
    assert client.put(f"/api{ADDRESS}", json={"gold_share": 0.1}).status_code == 422
    assert client.put(f"/api{ADDRESS}", json=before | {"gold_share": 0.1}).json() == before | {"gold_share": 0.1}
    unknown = client.get("/api/studies/frowns/settings")
    assert (unknown.status_code, "there are: smiles" in unknown.json()["detail"]) == (404, True)


def test_settings_are_those_of_the_table() -> None:
    from server.db.studies import Study

    assert set(Settings.model_fields) == {column.name for column in Study.__table__.columns} - {"id", "title"}

"""The audit log as a page and as data: page by page, by action, by whom, and for admins only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from server.audit.listing import NOBODY, actions, audit_page
from server.db.audit import note
from server.db.engine import Database
from tests.server.rows import add_account

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(database: Database) -> Database:
    """25 entries: five actions in turn, every other by nobody."""
    with database.transaction() as session:
        who = add_account(session, "ada", "admin")
        for number in range(1, 26):
            by = who.id if number % 2 else None
            note(session, f"act.{number % 5}", who.pseudonym, NOON + timedelta(seconds=number), actor_id=by, n=number)
    return database


def walk(database: Database, action: str = "", actor: str = "") -> list[int]:
    found, before = [], None
    while True:
        with database.reading() as session:
            page = audit_page(session, before, action, actor, 4)
        found += [entry.id for entry in page.entries]
        if (before := page.next_before) is None:
            return found


def test_page_by_page_every_entry_comes_once(filled: Database) -> None:
    assert walk(filled) == list(range(25, 0, -1))
    assert walk(filled, action="act.3") == [23, 18, 13, 8, 3]
    assert walk(filled, actor="Ada ") == list(range(25, 0, -2))
    assert walk(filled, actor=NOBODY) == list(range(24, 0, -2))
    assert walk(filled, action="act.0", actor="ada") == [25, 15, 5]
    assert walk(filled, actor="no such person") == walk(filled, action="no.such.act") == []


def test_an_entry_names_people_as_they_are_called_now(filled: Database) -> None:
    with filled.reading() as session:
        first = audit_page(session, 2, "", "", 1).entries[0]
        assert (first.actor, first.about_name, first.details) == ("ada", "ada", {"n": 1})
        assert actions(session) == [f"act.{number}" for number in range(5)]


def test_the_page_leads_on_and_keeps_its_filter(app: FastAPI, client_of: Callable[[str], TestClient]) -> None:
    client = client_of("admin")
    with app.state.database.transaction() as session:
        for number in range(60):
            note(session, "study.changed", f"<i>study</i>{number}", NOON, actor_id=None, places=number)
    first = client.get("/audit", params={"action": "study.changed", "actor": "-"})
    assert "<i>study" not in first.text
    link = first.text.partition('href="/audit?action=')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(f"/audit?action={link}")
    assert "&lt;i&gt;study&lt;/i&gt;9<" in second.text
    assert "&lt;i&gt;study&lt;/i&gt;10<" not in second.text
    assert "Nothing fits" in client.get("/audit", params={"actor": "nobody-here"}).text
    data = client.get("/api/audit", params={"n": 2}).json()
    assert [entry["action"] for entry in data["entries"]] == ["study.changed"] * 2
    assert data["next_before"] == data["entries"][-1]["id"]

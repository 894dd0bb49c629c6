"""Links let one person in once, end by themselves, and leave no trace that opens anything."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from duchenne.commands.users import users
from server.accounts.access import COOKIE
from server.accounts.errors import AccountExistsError, AccountRefusedError, InvitationEndedError, NoSuchAccountError
from server.accounts.invitations import (
    FIRST_LASTS,
    JOIN_LASTS,
    RESET_LASTS,
    accept,
    invite,
    invite_first_admin,
    invite_to_reset,
    link,
    look_at,
    open_invitations,
    void_invitation,
)
from server.accounts.logins import find_login, log_in
from server.accounts.service import add_account, close_account, list_accounts
from server.db.accounts import Invitation, Role
from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.revisions import open_database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PASSWORD = "a few words in a row"


def actions(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_link_makes_one_account_and_logs_in(database: Database) -> None:
    secret = invite(database, Role.ADJUDICATOR, "Anna from Ulm", NOON, actor_id=None)
    assert look_at(database, secret, NOON).role is Role.ADJUDICATOR
    token = accept(database, secret, " Anna ", PASSWORD, NOON)
    login = find_login(database, token, NOON)
    assert login is not None
    assert (login.name, login.role) == ("anna", Role.ADJUDICATOR)
    for again in (lambda: look_at(database, secret, NOON), lambda: accept(database, secret, "otto", PASSWORD, NOON)):
        with pytest.raises(InvitationEndedError):
            again()
    assert actions(database) == ["invitation.made", "account.added", "invitation.used", "login.opened"]
    with database.reading() as session:
        kept = session.execute(select(Invitation.__table__)).one()
    assert secret not in map(str, kept)


def test_the_whole_link_does_where_its_end_does(database: Database) -> None:
    secret = invite(database, Role.RATER, "", NOON, actor_id=None)
    assert link("https://rating.example.org/", secret) == f"https://rating.example.org/join#{secret}"
    assert look_at(database, f" https://rating.example.org/join#{secret}\n", NOON).kind == "join"


def test_links_end_by_themselves_and_when_they_are_voided(database: Database) -> None:
    first, second = (invite(database, Role.RATER, word, NOON, actor_id=None) for word in ("one", "two"))
    with database.reading() as session:
        listed = {row.note: row.key for row in open_invitations(session, NOON)}
    void_invitation(database, listed["one"], NOON, actor_id=None)
    with pytest.raises(InvitationEndedError):
        accept(database, first, "anna", PASSWORD, NOON)
    with pytest.raises(InvitationEndedError):
        void_invitation(database, listed["one"], NOON, actor_id=None)
    accept(database, second, "anna", PASSWORD, NOON + JOIN_LASTS - timedelta(seconds=1))
    late = invite(database, Role.RATER, "", NOON, actor_id=None)
    with pytest.raises(InvitationEndedError):
        accept(database, late, "otto", PASSWORD, NOON + JOIN_LASTS)
    assert [one.name for one in list_accounts(database)] == ["anna"]


def test_what_is_refused_leaves_the_link_unused(database: Database) -> None:
    add_account(database, "anna", "rater", PASSWORD)
    secret = invite(database, Role.RATER, "", NOON, actor_id=None)
    with pytest.raises(AccountExistsError):
        accept(database, secret, "Anna", PASSWORD, NOON)
    for name, password in (("<b>", PASSWORD), ("otto", "short"), ("ottokar", "ottokar123"), ("otto", "x" * 1001)):
        with pytest.raises(AccountRefusedError):
            accept(database, secret, name, password, NOON)
    assert accept(database, secret, "otto", PASSWORD, NOON)


def test_many_at_once_with_one_link_make_one_account(database: Database) -> None:
    secret = invite(database, Role.RATER, "", NOON, actor_id=None)

    def join(number: int) -> bool:
        try:
            return bool(accept(database, secret, f"crowd{number}", PASSWORD, NOON))
        except InvitationEndedError:
            return False

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(join, range(8))) == 1
    assert len(list_accounts(database)) == 1


def test_a_reset_sets_the_password_ends_logins_and_earlier_links(database: Database) -> None:
    old = add_account(database, "anna", "rater", PASSWORD)
    login = log_in(database, "anna", old.password, NOON)
    earlier = invite_to_reset(database, "anna", NOON, actor_id=None)
    secret = invite_to_reset(database, "Anna", NOON, actor_id=None)
    with pytest.raises(InvitationEndedError):
        look_at(database, earlier, NOON)
    assert log_in(database, "anna", PASSWORD, NOON)  # the old password counts until the link is used
    assert accept(database, secret, "somebody-else", "another few words", NOON)
    assert find_login(database, login, NOON) is None
    assert log_in(database, "anna", "another few words", NOON)
    assert [one.name for one in list_accounts(database)] == ["anna"]
    late = invite_to_reset(database, "anna", NOON, actor_id=None)
    with pytest.raises(InvitationEndedError):
        accept(database, late, "", PASSWORD, NOON + RESET_LASTS)


def test_a_closed_account_cannot_be_reset(database: Database) -> None:
    add_account(database, "anna", "rater", PASSWORD)
    secret = invite_to_reset(database, "anna", NOON, actor_id=None)
    close_account(database, "anna")
    with pytest.raises(InvitationEndedError):
        accept(database, secret, "", PASSWORD, NOON)
    with pytest.raises(NoSuchAccountError):
        invite_to_reset(database, "anna", NOON, actor_id=None)


def test_the_first_start_makes_one_admin_and_a_second_start_voids_its_link(database: Database) -> None:
    first = invite_first_admin(database, NOON)
    second = invite_first_admin(database, NOON)
    assert first is not None
    assert second is not None
    with pytest.raises(InvitationEndedError):
        look_at(database, first, NOON)
    with pytest.raises(InvitationEndedError):
        look_at(database, second, NOON + FIRST_LASTS)
    assert accept(database, second, "ada", PASSWORD, NOON)
    assert invite_first_admin(database, NOON) is None
    assert list_accounts(database)[0].role is Role.ADMIN


def test_the_commands(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUCHENNE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DUCHENNE_PUBLIC_URL", "https://rating.example.org")
    told = CliRunner().invoke(users, ["invite", "Anna", "--role", "rater"])
    assert told.output.startswith("https://rating.example.org/join#")
    database = open_database(sqlite_url)
    now = datetime.now(UTC)
    accept(database, told.output.splitlines()[0], "anna", PASSWORD, now)
    reset = CliRunner().invoke(users, ["reset", "anna"])
    assert look_at(database, reset.output.splitlines()[0], now).name == "anna"
    database.close()


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.fixture
    def visitor(self, app: FastAPI) -> TestClient:
        return TestClient(app, follow_redirects=False)

    def test_the_page_is_the_same_for_every_link_and_the_form_lets_in(self, app: FastAPI, visitor: TestClient) -> None:
        secret = invite(app.state.database, Role.RATER, "", datetime.now(UTC), actor_id=None)
        page = visitor.get("/join")
        assert page.status_code == 200
        assert secret not in page.text
        asked = visitor.post("/api/invitation", json={"secret": secret})
        assert asked.json() | {"expires_utc": ""} == {"kind": "join", "role": "rater", "name": "", "expires_utc": ""}
        refused = visitor.post("/join", data={"secret": secret, "name": "a b", "password": PASSWORD})
        assert refused.status_code == 422
        assert "expected up to 64" in refused.text
        taken = visitor.post("/join", data={"secret": secret, "name": "anna", "password": PASSWORD})
        assert (taken.status_code, taken.headers["location"]) == (303, "/")
        assert COOKIE in visitor.cookies
        assert "anna" in visitor.get("/").text
        assert visitor.post("/api/invitation", json={"secret": secret}).status_code == 410
        assert visitor.post("/join", data={"secret": secret, "name": "x", "password": PASSWORD}).status_code == 410

    def test_a_foreign_page_cannot_make_somebody_join(self, visitor: TestClient) -> None:
        form = {"secret": "x", "name": "anna", "password": PASSWORD}
        assert visitor.post("/join", data=form, headers={"Origin": "https://evil.example"}).status_code == 403

    def test_an_admin_makes_links_changes_roles_closes_and_reopens(
        self, app: FastAPI, client_of: Callable[[str], TestClient], visitor: TestClient, tmp_path: Path
    ) -> None:
        admin = client_of("admin")
        made = admin.post("/people/invitations", data={"role": "rater", "whom": "<script>alert(1)</script>"})
        assert made.status_code == 201
        assert "<script>alert" not in made.text
        secret = made.text.partition("/join#")[2].partition('"')[0]
        visitor.post("/join", data={"secret": secret, "name": "anna", "password": PASSWORD})
        assert secret not in admin.get("/people").text
        anna = next(row for row in list_accounts(app.state.database) if row.name == "anna")
        assert admin.post(f"/people/{anna.id}/role", data={"role": "researcher"}).status_code == 303
        assert visitor.get("/queue").status_code == 401  # the login of the old role has ended
        visitor.post("/login", data={"name": "anna", "password": PASSWORD})
        assert visitor.get("/queue").status_code == 200
        assert admin.post(f"/people/{anna.id}/close").status_code == 303
        assert visitor.get("/queue").status_code == 401
        assert visitor.post("/login", data={"name": "anna", "password": PASSWORD}).status_code == 401
        assert admin.post(f"/people/{anna.id}/reopen").status_code == 303
        reset = admin.post(f"/people/{anna.id}/reset")
        secret = reset.text.partition("/join#")[2].partition('"')[0]
        visitor.post("/join", data={"secret": secret, "password": "another few words"})
        assert visitor.get("/queue").status_code == 200
        assert admin.post(f"/people/{anna.id}/role", data={"role": "boss"}).status_code == 422
        assert admin.post("/people/999/close").status_code == 404

    def test_the_last_admin_stays(self, app: FastAPI, client_of: Callable[[str], TestClient]) -> None:
        admin = client_of("admin")
        own = list_accounts(app.state.database)[0]
        for act, form in (("close", {}), ("role", {"role": "rater"})):
            refused = admin.post(f"/people/{own.id}/{act}", data=form)
            assert refused.status_code == 409
            assert "only admin" in refused.text
        second = client_of("admin")
        assert admin.post(f"/people/{own.id}/close").status_code == 303
        assert second.get("/people").status_code == 200

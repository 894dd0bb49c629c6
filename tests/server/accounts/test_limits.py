"""Logins end, guesses are limited by name and by address, and a proxy is believed only where there is one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from server.accounts import logins, passwords
from server.accounts.access import COOKIE
from server.accounts.errors import LoginRefusedError, TooManyFailuresError
from server.accounts.logins import (
    IDLE_LASTS,
    LOGIN_LASTS,
    MAX_FAILURES,
    MAX_FAILURES_OF_ADDRESS,
    MAX_FAILURES_OF_NAME,
    find_login,
    log_in,
)
from server.accounts.service import add_account, change_role, close_account
from server.config import ServerConfig
from server.db.accounts import LoginFailure, LoginSession
from server.db.audit import AuditEntry
from server.db.engine import Database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PASSWORD = "long enough to be one"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of guesses, none of which needs a hash."""
    monkeypatch.setattr(logins, "is_password", lambda given, kept: kept is not None and given == PASSWORD)


def guess(database: Database, name: str, address: str = "192.0.2.1") -> None:
    with pytest.raises(LoginRefusedError):
        log_in(database, name, "wrong", NOON, address)


def test_a_login_ends_when_nothing_is_heard_of_it(database: Database) -> None:
    add_account(database, "rita", "rater", PASSWORD)
    token = log_in(database, "rita", PASSWORD, NOON)
    at = NOON
    for minutes in (90, 90, 119):  # used now and then it lives on
        at += timedelta(minutes=minutes)
        assert find_login(database, token, at)
    assert find_login(database, token, at + IDLE_LASTS) is None
    second = log_in(database, "rita", PASSWORD, NOON)
    for hour in range(1, 12):
        assert find_login(database, second, NOON + timedelta(hours=hour))
    assert find_login(database, second, NOON + LOGIN_LASTS) is None  # however busy


def test_reads_stay_reads(database: Database) -> None:
    add_account(database, "rita", "rater", PASSWORD)
    token = log_in(database, "rita", PASSWORD, NOON)

    def seen() -> datetime | None:
        with database.reading() as session:
            return session.scalar(select(LoginSession.seen_utc))

    for seconds, written in ((30, 0), (59, 0), (60, 60), (100, 60), (-3600, 60), (121, 121)):
        assert find_login(database, token, NOON + timedelta(seconds=seconds))
        assert seen() == NOON + timedelta(seconds=written)


def test_another_role_ends_the_logins_of_the_old_one(database: Database) -> None:
    add_account(database, "rita", "researcher", PASSWORD)
    token = log_in(database, "rita", PASSWORD, NOON)
    change_role(database, "rita", "researcher", now=NOON)
    assert find_login(database, token, NOON)
    change_role(database, "rita", "rater", now=NOON)
    assert find_login(database, token, NOON) is None


@pytest.mark.usefixtures("quick")
def test_somebody_elsewhere_cannot_lock_a_person_out(database: Database) -> None:
    add_account(database, "rita", "rater", PASSWORD)
    for _ in range(MAX_FAILURES):
        guess(database, "rita", "192.0.2.1")
    with pytest.raises(TooManyFailuresError, match="under this name"):
        log_in(database, "rita", PASSWORD, NOON, "192.0.2.1")
    assert log_in(database, "rita", PASSWORD, NOON, "192.0.2.2")


@pytest.mark.usefixtures("quick")
def test_guesses_from_many_addresses_and_at_many_names_end(database: Database) -> None:
    add_account(database, "rita", "rater", PASSWORD)
    with database.transaction() as session:
        for number in range(MAX_FAILURES_OF_NAME - 1):
            session.add(LoginFailure(name="rita", address=f"198.51.100.{number}", failed_utc=NOON))
        for number in range(MAX_FAILURES_OF_ADDRESS - 1):
            session.add(LoginFailure(name=f"name{number}", address="192.0.2.9", failed_utc=NOON))
    guess(database, "rita", "203.0.113.1")
    with pytest.raises(TooManyFailuresError, match="under this name"):
        log_in(database, "rita", PASSWORD, NOON, "203.0.113.2")
    guess(database, "otto", "192.0.2.9")
    with pytest.raises(TooManyFailuresError, match="from this address"):
        log_in(database, "anna", PASSWORD, NOON, "192.0.2.9")


@pytest.mark.usefixtures("quick")
def test_failed_logins_are_noted_without_a_name_that_is_none(database: Database) -> None:
    add_account(database, "rita", "rater", PASSWORD)
    guess(database, "rita")
    guess(database, "my password by mistake")
    with database.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "login.failed")).all()
    assert [entry.about[:1] for entry in noted] == ["r", ""]
    assert "mistake" not in str([(entry.about, entry.details) for entry in noted])


def test_a_wrong_name_takes_the_steps_of_a_wrong_password(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time is the hash: as many are looked at, of the same cost, whether or not there is such an account."""
    looked_at: list[str] = []
    real = passwords._HASHER

    class Counting:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            looked_at.append(kept.rpartition("$")[0].rpartition("$")[0])  # the cost, without salt and hash
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    passwords._nobody.cache_clear()
    add_account(database, "rita", "rater", PASSWORD)
    add_account(database, "gone", "rater", PASSWORD)
    close_account(database, "gone")
    for name in ("rita", "gone", "nobody"):
        guess(database, name)
    assert len(looked_at) == 3
    assert len(set(looked_at)) == 1


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.fixture
    def visitor(self, app: FastAPI) -> TestClient:
        add_account(app.state.database, "rita", "rater", PASSWORD)
        return TestClient(app, follow_redirects=False)

    @staticmethod
    def configure(app: FastAPI, **changes: object) -> None:
        config: ServerConfig = app.state.config
        app.state.config = replace(config, **changes)  # type: ignore[arg-type]  # the fields' own types

    @staticmethod
    def address_of_failure(app: FastAPI, visitor: TestClient, **headers: str) -> str | None:
        visitor.post("/login", data={"name": "x", "password": "y"}, headers=headers)
        with app.state.database.reading() as session:
            return session.scalar(select(LoginFailure.address).order_by(LoginFailure.id.desc()))

    def test_a_forwarded_address_counts_only_behind_a_proxy(self, app: FastAPI) -> None:
        client = TestClient(app, client=("192.0.2.77", 1))
        assert self.address_of_failure(app, client, **{"X-Forwarded-For": "203.0.113.5"}) == "192.0.2.77"
        self.configure(app, behind_proxy=True)
        # What the client itself put before the proxy's word is not believed.
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.5"}
        assert self.address_of_failure(app, client, **forged) == "203.0.113.5"
        assert self.address_of_failure(app, client, **{"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"}) == "2001:db8:1:2::"
        assert self.address_of_failure(app, client, **{"X-Forwarded-For": "<script>"}) == ""

    @pytest.mark.parametrize(
        ("changes", "headers", "secure"),
        [
            ({}, {}, False),
            ({}, {"X-Forwarded-Proto": "https"}, False),
            ({"behind_proxy": True}, {"X-Forwarded-Proto": "https"}, True),
            ({"behind_proxy": True}, {"X-Forwarded-Proto": "https, http"}, False),
            ({"public_url": "https://rating.example.org"}, {}, True),
            ({"public_url": "http://rating.lab"}, {"X-Forwarded-Proto": "https"}, False),
        ],
    )
    def test_the_cookie_goes_over_https_only_where_there_is_https(
        self, app: FastAPI, visitor: TestClient, changes: dict[str, object], headers: dict[str, str], secure: bool
    ) -> None:
        self.configure(app, **changes)
        answer = visitor.post("/login", data={"name": "rita", "password": PASSWORD}, headers=headers)
        assert ("Secure" in answer.headers["set-cookie"]) is secure

    def test_behind_a_proxy_the_form_comes_from_the_public_address(self, app: FastAPI, visitor: TestClient) -> None:
        form = {"name": "rita", "password": PASSWORD}
        origin = {"Origin": "https://rating.example.org", "Host": "127.0.0.1:8707"}
        assert visitor.post("/login", data=form, headers=origin).status_code == 403
        self.configure(app, public_url="https://rating.example.org")
        assert visitor.post("/login", data=form, headers=origin).status_code == 303
        assert visitor.post("/login", data=form, headers={"Origin": "null"}).status_code == 403

    def test_logging_out_everywhere(self, app: FastAPI, visitor: TestClient) -> None:
        second = TestClient(app, follow_redirects=False)
        for client in (visitor, second):
            client.post("/login", data={"name": "rita", "password": PASSWORD})
        login = find_login(app.state.database, second.cookies[COOKIE], datetime.now(UTC))
        assert login is not None
        assert "In 2 browsers" in second.get("/account").text
        assert second.post("/logout/everywhere").status_code == 403  # without its CSRF token
        answer = second.post("/logout/everywhere", data={"csrf_token": login.csrf_token})
        assert answer.headers["location"] == "/login"
        assert [client.get("/account").status_code for client in (visitor, second)] == [401, 401]

    def test_another_password_ends_the_other_logins(self, app: FastAPI, visitor: TestClient) -> None:
        second = TestClient(app, follow_redirects=False)
        for client in (visitor, second):
            client.post("/login", data={"name": "rita", "password": PASSWORD})
        login = find_login(app.state.database, second.cookies[COOKIE], datetime.now(UTC))
        assert login is not None
        second.headers["X-CSRF-Token"] = login.csrf_token
        refused = second.post("/account/password", data={"old": "wrong", "new": "another few words"})
        assert (refused.status_code, "The old password is another" in refused.text) == (403, True)
        assert second.post("/account/password", data={"old": PASSWORD, "new": "short"}).status_code == 422
        assert visitor.get("/account").status_code == 200
        assert second.post("/account/password", data={"old": PASSWORD, "new": "another few words"}).status_code == 200
        assert [client.get("/account").status_code for client in (visitor, second)] == [401, 200]
        assert log_in(app.state.database, "rita", "another few words", datetime.now(UTC))

"""Getting in, staying in, getting out; and everybody else staying out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from server.accounts import logins
from server.accounts.access import COOKIE, SignedIn, require_role
from server.accounts.errors import (
    AccountExistsError,
    AccountRefusedError,
    LoginRefusedError,
    NoSuchAccountError,
    TooManyFailuresError,
)
from server.accounts.logins import FAILURES_COUNT_FOR, LOGIN_LASTS, MAX_FAILURES, Login, find_login, log_in, log_out
from server.accounts.service import add_account, close_account, list_accounts
from server.db.accounts import Account, LoginFailure, LoginSession, Role
from server.db.engine import Database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_login_lasts_a_working_day(database: Database) -> None:
    made = add_account(database, "Rita", "rater")
    token = log_in(database, "RITA ", made.password, NOON)
    login = find_login(database, token, NOON)
    assert login is not None
    assert (login.name, login.role) == ("rita", Role.RATER)
    assert find_login(database, token, NOON + LOGIN_LASTS) is None
    assert find_login(database, token + "x", NOON) is None


def test_the_database_holds_neither_password_nor_token(database: Database) -> None:
    made = add_account(database, "rita", "rater")
    token = log_in(database, "rita", made.password, NOON)
    with database.reading() as session:
        kept = session.execute(
            select(Account.password_hash, LoginSession.token_sha256).join_from(LoginSession, Account)
        ).one()
    assert kept.password_hash.startswith("$argon2id$")
    assert token not in kept.token_sha256


def test_generated_passwords_differ_and_short_ones_are_refused(database: Database) -> None:
    first, second = (add_account(database, name, "rater").password for name in ("rita", "otto"))
    assert first != second
    with pytest.raises(AccountRefusedError, match="9 characters, expected at least 10"):
        add_account(database, "anna", "rater", "too short")


@pytest.mark.parametrize(("name", "role"), [("", "rater"), ("a b", "rater"), ("rita", "boss"), ("x" * 65, "rater")])
def test_an_account_that_cannot_be_is_refused(database: Database, name: str, role: str) -> None:
    with pytest.raises(AccountRefusedError, match="expected"):
        add_account(database, name, role)
    assert list_accounts(database) == []


def test_names_are_unique_whatever_their_case(database: Database) -> None:
    add_account(database, "rita", "rater")
    with pytest.raises(AccountExistsError, match="'rita'"):
        add_account(database, "RITA", "admin")


def test_logging_out_ends_this_login_only(database: Database) -> None:
    made = add_account(database, "rita", "rater")
    first, second = (log_in(database, "rita", made.password, NOON) for _ in range(2))
    log_out(database, first)
    assert find_login(database, first, NOON) is None
    assert find_login(database, second, NOON) is not None


def test_a_closed_account_is_out_at_once(database: Database) -> None:
    made = add_account(database, "rita", "rater")
    token = log_in(database, "rita", made.password, NOON)
    close_account(database, "Rita")
    assert find_login(database, token, NOON) is None
    with pytest.raises(LoginRefusedError):
        log_in(database, "rita", made.password, NOON)
    with pytest.raises(NoSuchAccountError, match="nobody"):
        close_account(database, "nobody")


def test_guessing_is_stopped_and_does_not_tell_names(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    password = add_account(database, "rita", "rater").password
    monkeypatch.setattr(logins, "is_password", lambda given, kept: kept is not None and given == password)  # quicker
    told = set()
    for name in ("rita", "nobody"):
        for _ in range(MAX_FAILURES):
            with pytest.raises(LoginRefusedError) as refused:
                log_in(database, name, "wrong", NOON)
            told.add(str(refused.value))
        with pytest.raises(TooManyFailuresError, match="15 minutes"):
            log_in(database, name, password, NOON)
    assert len(told) == 1
    assert log_in(database, "rita", password, NOON + FAILURES_COUNT_FOR + timedelta(seconds=1))
    with database.reading() as session:  # old failures are forgotten, the right attempt was struck out
        assert session.scalar(select(func.count(LoginFailure.id))) == 0


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.fixture
    def app(self, app: FastAPI) -> FastAPI:
        @app.post("/for-researchers")
        def for_researchers(login: Annotated[Login, require_role(Role.RESEARCHER)]) -> str:
            return login.name

        @app.get("/for-anybody")
        def for_anybody(login: SignedIn) -> str:
            return login.name

        return app

    @pytest.fixture
    def visitor(self, app: FastAPI) -> TestClient:
        add_account(app.state.database, "rita", "researcher", "long enough")
        return TestClient(app, follow_redirects=False)

    def test_the_form_gives_a_cookie_that_scripts_cannot_read(self, visitor: TestClient) -> None:
        answer = visitor.post("/login", data={"name": "rita", "password": "long enough", "next": "/rate"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/rate")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert visitor.get("/for-anybody").json() == "rita"

    def test_a_wrong_password_shows_the_page_again(self, visitor: TestClient) -> None:
        answer = visitor.post("/login", data={"name": "<rita>", "password": "wrong"})
        assert answer.status_code == 401
        assert "do not go together" in answer.text
        assert "&lt;rita&gt;" in answer.text
        assert COOKIE not in visitor.cookies

    @pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
    def test_a_login_leads_nowhere_else(self, visitor: TestClient, elsewhere: str) -> None:
        answer = visitor.post("/login", data={"name": "rita", "password": "long enough", "next": elsewhere})
        assert answer.headers["location"] == "/"

    def test_a_login_form_on_a_foreign_page_is_refused(self, visitor: TestClient) -> None:
        form = {"name": "rita", "password": "long enough"}
        assert visitor.post("/login", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
        assert visitor.post("/login", data=form, headers={"Origin": "http://testserver"}).status_code == 303

    def test_unsafe_requests_need_the_csrf_token(self, app: FastAPI, visitor: TestClient) -> None:
        visitor.post("/login", data={"name": "rita", "password": "long enough"})
        login = find_login(app.state.database, visitor.cookies[COOKIE], datetime.now(UTC))
        assert login is not None
        assert visitor.post("/for-researchers").status_code == 403
        assert visitor.post("/for-researchers", headers={b"X-CSRF-Token": b"\xfc"}).status_code == 403
        assert visitor.post("/for-researchers", headers={"X-CSRF-Token": login.csrf_token}).json() == "rita"
        assert visitor.post("/for-researchers", data={"csrf_token": login.csrf_token}).json() == "rita"
        assert visitor.post("/logout").status_code == 403
        assert visitor.post("/logout", data={"csrf_token": login.csrf_token}).headers["location"] == "/login"
        assert visitor.get("/for-anybody").status_code == 401

    @pytest.mark.parametrize(("role", "status"), [("rater", 403), ("researcher", 200), ("admin", 200)])
    def test_roles_are_asked(self, client_of: Callable[[str], TestClient], role: str, status: int) -> None:
        assert client_of(role).post("/for-researchers").status_code == status

    def test_without_a_login_a_person_is_led_to_the_page_and_a_program_is_told(self, visitor: TestClient) -> None:
        page = visitor.get("/for-anybody", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login?next_path=/for-anybody")
        assert visitor.get("/for-anybody").status_code == 401

    def test_after_the_login_the_page_is_filtered_as_it_was_asked_for(self, visitor: TestClient) -> None:
        page = visitor.get("/for-anybody?origin=simulated&study=a%20b", headers={"Accept": "text/html"})
        login = visitor.get(page.headers["location"]).text
        assert 'name="next" value="/for-anybody?origin=simulated&amp;study=a%20b"' in login

    def test_every_answer_is_safe_and_kept_by_nobody(self, visitor: TestClient) -> None:
        for path in ("/login", "/healthz", "/for-anybody", "/nothing-here"):
            headers = visitor.get(path).headers
            assert "script-src 'self'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"

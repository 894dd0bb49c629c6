"""API tokens open the routes that name their purpose, to the roles that may, for as long as they last."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from server.accounts.access import SignedIn, require_role
from server.accounts.errors import NoSuchTokenError, TokenRefusedError
from server.accounts.logins import Login
from server.accounts.service import add_account, change_role, close_account
from server.accounts.tokens import LONGEST, MAX_TOKENS, find_token, list_tokens, make_token, revoke_token
from server.db.accounts import Account, ApiToken, Role
from server.db.engine import Database

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def login_of(database: Database, name: str, role: str) -> Login:
    add_account(database, name, role, "long enough to be one")
    with database.reading() as session:
        account = session.scalars(select(Account).where(Account.name == name)).one()
    return Login(account.id, name, Role(role), "")


def test_a_token_acts_for_its_account_until_it_expires(database: Database) -> None:
    owner = login_of(database, "rita", "researcher")
    token = make_token(database, owner, " the lab PC ", frozenset({"read", "upload"}), WEEK, NOON)
    found = find_token(database, token, NOON + WEEK - timedelta(seconds=1))
    assert found is not None
    assert (found.name, found.scopes) == ("rita", {"read", "upload"})
    assert find_token(database, token, NOON + WEEK) is None
    assert find_token(database, token + "x", NOON) is None
    (row,) = list_tokens(database, owner.account_id, NOON)
    assert (row.label, row.state, token.startswith(row.hint)) == ("the lab PC", "in use", True)
    with database.reading() as session:
        kept = session.execute(select(ApiToken.__table__)).one()
    assert token not in map(str, kept)
    assert len(row.hint) < 16


def test_use_is_written_down_at_most_once_a_minute(database: Database) -> None:
    owner = login_of(database, "rita", "researcher")
    token = make_token(database, owner, "x", frozenset({"read"}), WEEK, NOON)
    for second, written in ((10, 10), (40, 10), (80, 80)):
        find_token(database, token, NOON + timedelta(seconds=second))
        (row,) = list_tokens(database, owner.account_id, NOON)
        assert row.used_utc == NOON + timedelta(seconds=written)


def test_what_ends_a_token(database: Database) -> None:
    owner = login_of(database, "rita", "researcher")
    tokens = [make_token(database, owner, "x", frozenset({"read"}), WEEK, NOON) for _ in range(3)]
    number = list_tokens(database, owner.account_id, NOON)[0].id
    revoke_token(database, owner, number, NOON)
    assert find_token(database, tokens[2], NOON) is None
    with pytest.raises(NoSuchTokenError):
        revoke_token(database, login_of(database, "otto", "researcher"), number, NOON)
    change_role(database, "rita", "experimenter", now=NOON)
    assert find_token(database, tokens[0], NOON) is None
    third = make_token(
        database, Login(owner.account_id, "rita", Role.EXPERIMENTER, ""), "x", frozenset({"read"}), WEEK, NOON
    )
    close_account(database, "rita", now=NOON)
    assert find_token(database, third, NOON) is None


@pytest.mark.parametrize(
    ("role", "label", "scopes", "lasts", "told"),
    [
        ("experimenter", "x", {"export"}, WEEK, "export is not for the role experimenter"),
        ("rater", "x", {"read"}, WEEK, "not for the role rater"),
        ("researcher", "x", {"read", "everything"}, WEEK, "everything"),
        ("researcher", "x", set(), WEEK, "none is chosen"),
        ("researcher", " ", {"read"}, WEEK, "label"),
        ("researcher", "x" * 101, {"read"}, WEEK, "label"),
        ("researcher", "x", {"read"}, timedelta(0), "expiry"),
        ("researcher", "x", {"read"}, LONGEST + timedelta(days=1), "expiry"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    database: Database, role: str, label: str, scopes: set[str], lasts: timedelta, told: str
) -> None:
    owner = login_of(database, "rita", role)
    with pytest.raises(TokenRefusedError, match=told):
        make_token(database, owner, label, frozenset(scopes), lasts, NOON)


def test_nobody_heaps_up_tokens(database: Database) -> None:
    owner = login_of(database, "rita", "researcher")
    for _ in range(MAX_TOKENS):
        make_token(database, owner, "x", frozenset({"read"}), WEEK, NOON)
    with pytest.raises(TokenRefusedError, match="revoke one"):
        make_token(database, owner, "x", frozenset({"read"}), WEEK, NOON)


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.fixture
    def app(self, app: FastAPI) -> FastAPI:
        @app.post("/api/for-uploads")
        def for_uploads(login: Annotated[Login, require_role(Role.EXPERIMENTER, scope="upload")]) -> str:
            return login.name

        @app.post("/api/for-people")
        def for_people(login: SignedIn) -> str:
            return login.name

        return app

    @staticmethod
    def bearer(app: FastAPI, role: str, *scopes: str) -> dict[str, str]:
        owner = login_of(app.state.database, f"{role}1", role)
        token = make_token(app.state.database, owner, "x", frozenset(scopes), WEEK, datetime.now(UTC))
        return {"Authorization": f"Bearer {token}"}

    def test_the_scope_opens_its_routes_and_no_others(self, app: FastAPI) -> None:
        program = TestClient(app)
        token = self.bearer(app, "experimenter", "upload")
        assert program.post("/api/for-uploads", headers=token).json() == "experimenter1"  # and no CSRF token is needed
        refused = program.post("/api/for-people", headers=token)
        assert (refused.status_code, "API tokens do not open" in refused.json()["detail"]) == (403, True)
        for path in ("/", "/tokens", "/account", "/api/rating/progress"):
            assert program.get(path, headers=token, follow_redirects=False).status_code == 403

    def test_a_token_without_the_scope_or_the_role_is_refused(self, app: FastAPI) -> None:
        program = TestClient(app)
        reading = self.bearer(app, "experimenter", "read")
        assert "has no scope 'upload'" in program.post("/api/for-uploads", headers=reading).json()["detail"]
        researcher = self.bearer(app, "researcher", "upload")
        assert "logged in as researcher" in program.post("/api/for-uploads", headers=researcher).json()["detail"]

    @pytest.mark.parametrize("sent", ["Bearer nonsense", "Bearer ", "Basic cml0YTp4", "nonsense", ""])
    def test_a_wrong_token_is_not_helped_by_a_cookie(self, client_of: Callable[[str], TestClient], sent: str) -> None:
        answer = client_of("admin").post("/api/for-uploads", headers={"Authorization": sent})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_a_login_still_needs_its_csrf_token(self, client_of: Callable[[str], TestClient]) -> None:
        client = client_of("experimenter")
        assert client.post("/api/for-uploads").status_code == 200
        del client.headers["X-CSRF-Token"]
        assert client.post("/api/for-uploads").status_code == 403

    def test_the_page_shows_a_token_once(self, client_of: Callable[[str], TestClient]) -> None:
        client = client_of("experimenter")
        made = client.post("/tokens", data={"label": "<i>lab</i>", "scopes": ["upload"], "days": 30})
        assert made.status_code == 201
        assert "<i>lab</i>" not in made.text
        token = "duchenne_" + made.text.partition('value="duchenne_')[2].partition('"')[0]
        assert client.get("/tokens").text.count(token) == 0
        program = TestClient(client.app)
        assert program.post("/api/for-uploads", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert client.post("/tokens/1/revoke").status_code == 303
        assert program.post("/api/for-uploads", headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert client.post("/tokens", data={"label": "x", "scopes": ["export"]}).status_code == 422
        assert client.post("/tokens", data={"label": "x"}).status_code == 422

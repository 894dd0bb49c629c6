"""Alive, ready, measured: what a proxy, a starter and Prometheus ask the server."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, text
from starlette.testclient import TestClient

from server.accounts.logins import Login
from server.accounts.service import add_account
from server.accounts.tokens import make_token
from server.db.accounts import Account, Role
from server.operations import health
from server.shell.body_limit import MAX_BODY_BYTES, takes_any_length


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def figures(client: TestClient, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(answer.text)
    }


def test_a_server_that_can_work_says_so(visitor: TestClient) -> None:
    assert visitor.get("/healthz").json() == {"status": "ok"}
    ready = visitor.get("/readyz")
    checks = {"database": "ok", "revision": "ok", "media": "ok", "disk": "ok"}
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "checks": checks})


def test_an_old_revision_a_blocked_folder_and_a_full_disk_are_told(
    app: FastAPI, visitor: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.state.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    (tmp_path / "a file").write_text("")
    app.state.config = replace(app.state.config, media_root=tmp_path / "a file" / "media")
    monkeypatch.setattr(health, "free_bytes", lambda _folder: 3 * 1024**2)
    ready = visitor.get("/readyz")
    assert ready.status_code == 503
    checks = ready.json()["checks"]
    assert "duchenne db upgrade" in checks["revision"]
    assert checks["media"] == "cannot be written to (Not a directory)"
    assert checks["disk"] == "only 0.0 GiB are free; make room"
    assert str(tmp_path) not in ready.text
    assert visitor.get("/healthz").status_code == 200  # nothing that killing the process would mend


def test_a_database_that_is_gone_is_told_in_words(app: FastAPI, visitor: TestClient) -> None:
    app.state.database.close()
    with app.state.database.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert visitor.get("/readyz").json()["checks"]["revision"].startswith("another")


def test_requests_are_counted_by_route_and_never_by_path(visitor: TestClient, app: FastAPI) -> None:
    on_the_machine = TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1:8707")
    for path in (
        "/healthz",
        "/media/0123456789abcdef0123456789abcdef/face",
        "/no-such-place",
        "/static/shell/base.css",
    ):
        visitor.get(path)
    visitor.request("BREW", "/healthz")
    found = figures(on_the_machine)
    counted = found["duchenne_http_requests"]
    assert counted["GET", "/media/{media_id}/face", "401"] == 1
    assert counted["GET", "none", "404"] == 1
    assert counted["GET", "/static/shell", "200"] == 1
    assert counted["other", "/healthz", "405"] == 1
    assert found["duchenne_http_requests_in_progress"][()] == 1  # the question itself
    assert found["duchenne_disk_free_bytes"]["media",] > 0
    assert set(found) >= {"process_resident_memory_bytes", "duchenne_logins", "duchenne_votes"}


class TestWhoMayReadMetrics:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.mark.parametrize(
        ("client", "url", "headers", "status"),
        [
            ("127.0.0.1", "http://127.0.0.1:8707", {}, 200),
            ("::1", "http://[::1]:8707", {}, 200),
            ("127.0.0.1", "http://localhost:8707", {}, 200),
            ("192.0.2.1", "http://127.0.0.1:8707", {}, 401),
            ("127.0.0.1", "http://evil.example:8707", {}, 401),
            ("127.0.0.1", "http://127.0.0.1:8707", {"X-Forwarded-For": "203.0.113.1"}, 401),
            ("127.0.0.1", "http://127.0.0.1:8707", {"Via": "1.1 proxy"}, 401),
        ],
    )
    def test_programs_on_the_machine(
        self, app: FastAPI, client: str, url: str, headers: dict[str, str], status: int
    ) -> None:
        assert TestClient(app, client=(client, 1), base_url=url).get("/metrics", headers=headers).status_code == status

    @pytest.mark.parametrize("changes", [{"behind_proxy": True}, {"public_url": "https://rating.example.org"}])
    def test_nobody_without_a_token_behind_a_proxy(self, app: FastAPI, changes: dict[str, object]) -> None:
        app.state.config = replace(app.state.config, **changes)
        local = TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1:8707")
        assert local.get("/metrics").status_code == 401

    def test_a_token_of_an_admin_that_names_them(
        self, app: FastAPI, visitor: TestClient, client_of: Callable[[str], TestClient]
    ) -> None:
        now, database = datetime.now(UTC), app.state.database
        add_account(database, "ada", "admin")
        with database.reading() as session:
            owner = Login(session.scalars(select(Account.id)).one(), "ada", Role.ADMIN, "")
        for scope, status in (("metrics", 200), ("read", 403)):
            token = make_token(database, owner, "x", frozenset({scope}), timedelta(days=1), now)
            answer = visitor.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
        assert client_of("admin").get("/metrics").status_code == 200
        assert client_of("researcher").get("/metrics").status_code == 403


class TestWhatEveryAnswerHas:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url  # nothing here depends on the engine

    @pytest.fixture
    def app(self, app: FastAPI) -> FastAPI:
        @app.get("/breaks")
        def breaks() -> None:
            raise RuntimeError("of 'somebody'")

        @app.post("/long")
        @takes_any_length
        async def long(request: Request) -> int:
            return len(await request.body())

        return app

    def test_a_crash_is_answered_in_words_with_all_headers(self, visitor: TestClient) -> None:
        for accept, words in (("text/html", "The server made a mistake</h1>"), ("*/*", '{"detail":"The server made')):
            answer = visitor.get("/breaks", headers={"Accept": accept})
            assert answer.status_code == 500
            assert words in answer.text
            assert "somebody" not in answer.text
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert len(answer.headers["x-request-id"]) == 16

    def test_a_number_that_a_client_sends_is_not_taken(self, visitor: TestClient) -> None:
        assert visitor.get("/healthz", headers={"X-Request-Id": "mine"}).headers["x-request-id"] != "mine"

    @pytest.mark.parametrize("announced", [True, False])
    @pytest.mark.parametrize(("path", "kind"), [("/api/invitation", "application/json"), ("/login", "form")])
    def test_a_long_body_is_refused_in_words(self, visitor: TestClient, announced: bool, path: str, kind: str) -> None:
        content = b"name=" + b"a" * MAX_BODY_BYTES
        kind = kind if "/" in kind else "application/x-www-form-urlencoded"
        sent = content if announced else (content[at : at + 65536] for at in range(0, len(content), 65536))
        answer = visitor.post(path, content=sent, headers={"Content-Type": kind})
        assert answer.status_code == 413
        assert "longer than 1024 KiB" in answer.json()["detail"]
        assert "content-security-policy" in answer.headers

    def test_a_route_may_take_more(self, visitor: TestClient) -> None:
        assert visitor.post("/long", content=b"a" * (MAX_BODY_BYTES + 1)).json() == MAX_BODY_BYTES + 1

    def test_a_page_that_is_not_there_still_shows_the_way(self, client_of: Callable[[str], TestClient]) -> None:
        client = client_of("researcher")
        page = client.get("/nothing/here", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert 'href="/gap"' in page.text
        assert client.headers["X-CSRF-Token"] in page.text  # so that one can log out of there
        assert 'href="/gap"' not in TestClient(client.app).get("/nothing", headers={"Accept": "text/html"}).text


def test_values_that_no_database_can_hold_are_refused_on_both(
    app: FastAPI, client_of: Callable[[str], TestClient]
) -> None:
    client = client_of("admin")
    for before in (2**31 - 1, 1):
        assert client.get("/api/audit", params={"before": before}).status_code == 200
    for params in ({"actor": "a\0b"}, {"action": "a\0b"}, {"before": 2**31}):
        answer = client.get("/api/audit", params=params)
        assert answer.status_code == 422, (params, answer.text)
    assert client.post("/login", data={"name": "a\0b", "password": "x"}).status_code == 422
    huge = client.post("/api/rating/claims/99999999999999999999999/release")
    assert huge.status_code in (404, 422)

"""Roles × routes: every route that there is, tried by everybody. A route that no slice lists fails."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from server.accounts.access import COOKIE
from server.accounts.logins import Login, find_login, open_login
from server.accounts.service import add_account
from server.accounts.tokens import SCOPES_OF, Scope, make_token
from server.db.accounts import Account, Role
from tests.server.access.listed import ANY_ROLE, ANYBODY, Route, address, existing, listed, may, slices

ROUTES = listed()
NOBODY = "nobody"
ClientOf = Callable[[Account | None], TestClient]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url  # who may call what does not depend on the engine


@pytest.fixture
def accounts(app: FastAPI) -> dict[str, Account]:
    """One account of each role."""
    for role in Role:
        add_account(app.state.database, f"one-{role}", role)
    with app.state.database.reading() as session:
        return {account.role: account for account in session.scalars(select(Account))}


@pytest.fixture(scope="module")
def loop() -> Iterator[BlockingPortal]:
    """One event loop for all clients: one for each of more than a thousand requests takes longer than the requests."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def client(app: FastAPI, loop: BlockingPortal) -> ClientOf:
    """Gives a client that is logged in without the slow hash; the CSRF token is in its headers."""

    def made_for(account: Account | None) -> TestClient:
        made = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        made.portal = loop
        if account is not None:
            now, database = datetime.now(UTC), app.state.database
            with database.transaction() as session:
                token = open_login(session, account, now)
            login = find_login(database, token, now)
            assert login is not None
            made.cookies[COOKIE] = token
            made.headers["X-CSRF-Token"] = login.csrf_token
        return made

    return made_for


def call(made: TestClient, route: Route, **headers: str) -> Response:
    method, path = route
    body: dict[str, Any] = {}
    if method in ("POST", "PUT", "PATCH"):
        body = {"json": {}} if path.startswith("/api/") else {"data": {"nothing": ""}}
    return made.request(method, address(path), headers={"Tus-Resumable": "1.0.0", **headers}, **body)


def test_every_route_is_listed_and_every_listed_route_is_there(app: FastAPI) -> None:
    there = list(existing(app))
    assert len(there) == len(set(there)), "a route is there twice"
    assert set(there) - ROUTES.keys() == set(), "list these in tests/server/<slice>/routes.py"
    assert ROUTES.keys() - set(there) == set(), "these are listed and not there"
    documented = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert documented <= set(there)
    assert len(slices()) > 10


def of_role(client: ClientOf, account: Account | None) -> Iterator[tuple[Route, Response]]:
    made = client(account)
    for route in sorted(ROUTES, key=lambda route: route[1].startswith("/logout")):  # these end the login: last
        yield route, call(client(account) if route[1].startswith("/logout") else made, route)


@pytest.mark.parametrize("role", [*Role, NOBODY])
def test_a_route_is_open_to_its_roles_and_to_no_others(
    client: ClientOf, accounts: dict[str, Account], role: str
) -> None:
    wrong = []
    for route, answer in of_role(client, accounts.get(role)):
        roles, status = ROUTES[route], answer.status_code
        if role == NOBODY:
            right = status not in (401, 403) if ANYBODY in roles else status == 401
        else:
            right = status not in (401, 403) if may(roles, role) else status == 403
        if not right or status >= 500:
            wrong.append(f"{role}: {' '.join(route)} gave {status}: {answer.text[:100]}")
    assert wrong == []


def test_a_browser_without_a_login_is_led_to_the_login_page(client: ClientOf) -> None:
    visitor = client(None)
    pages = [path for (method, path), roles in ROUTES.items() if method == "GET" and ANYBODY not in roles]
    for path in pages:
        if path.startswith("/api/"):
            continue
        answer = visitor.get(address(path), headers={"Accept": "text/html"})
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login?next_path="), path


def test_nothing_is_changed_without_the_token_of_the_login(client: ClientOf, accounts: dict[str, Account]) -> None:
    made = client(accounts["admin"])
    del made.headers["X-CSRF-Token"]
    for method, path in sorted(ROUTES):
        if method in ("GET", "HEAD", "OPTIONS") or ANYBODY in ROUTES[method, path]:
            continue
        for headers in ({}, {"X-CSRF-Token": "wrong"}):
            answer = call(made, (method, path), **headers)
            assert answer.status_code == 403, (method, path)
            assert "CSRF" in answer.text, (method, path)


def test_a_program_opens_what_its_token_is_for_and_nothing_else(
    app: FastAPI, client: ClientOf, accounts: dict[str, Account]
) -> None:
    scopes_of = {
        (method.upper(), path): [need["token"] for need in says.get("security", ()) if "token" in need]
        for path, methods in app.openapi()["paths"].items()
        for method, says in methods.items()
    }
    scopes_of["GET", "/metrics"] = [["metrics"]]
    # Of the admin's one for each purpose; of the experimenter's one for all that the role may make one for.
    tried = [(Role.ADMIN, frozenset({scope})) for scope in Scope]
    for role, scopes in [*tried, (Role.EXPERIMENTER, frozenset(SCOPES_OF[Role.EXPERIMENTER]))]:
        login = Login(accounts[role].id, accounts[role].name, role, "")
        token = make_token(app.state.database, login, "x", scopes, timedelta(days=1), datetime.now(UTC))
        program = client(None)
        for route, roles in sorted(ROUTES.items()):
            if ANYBODY in roles:
                continue
            answer = call(program, route, Authorization=f"Bearer {token}")
            opened = any([scope] in scopes_of.get(route, []) for scope in scopes) and may(roles, role)
            told = (role, scopes, route, answer.status_code, answer.text[:100])
            assert (answer.status_code != 403) is opened, told
            assert answer.status_code != 401, told


def test_the_listings_name_roles_that_there_are() -> None:
    for route, roles in ROUTES.items():
        assert roles, route
        assert all(may(roles, role) in (True, False) for role in Role), route
        if roles & {ANYBODY, ANY_ROLE}:
            assert len(roles) == 1, route

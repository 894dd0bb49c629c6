"""A real server on the loopback, a real Chromium, and a few real trials."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from annotate.media_store import MediaStore
from server.accounts.access import COOKIE
from server.accounts.logins import log_in
from server.accounts.service import add_account
from server.config import ServerConfig
from server.db.engine import Database
from server.db.revisions import open_database
from server.db.studies import Study
from server.serve import running_server
from tests.server.real_media import RealFiles, add_real_trial, write_real_files

PASSWORD = "long enough to be one"


@dataclass(frozen=True)
class House:
    """A running server and its open database."""

    url: str
    database: Database


@pytest.fixture(scope="session")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    return write_real_files(tmp_path_factory.mktemp("media"))


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, real_files: RealFiles) -> Iterator[House]:
    """Three simulated trials, one of them without a clip, ER and FER each; a rater 'ada'."""
    config = ServerConfig(sqlite_url, tmp_path / "media", tmp_path / "snapshots")
    database = open_database(sqlite_url)
    add_account(database, "ada", "rater", PASSWORD)
    marks = {"origin": "simulated", "tracker_simulated": True, "camera_simulated": True}
    store = MediaStore(config.media_root)
    with database.transaction() as session:
        for person, with_clip in (("P0", True), ("P1", True), ("P2", False)):
            add_real_trial(session, store, real_files, with_clip=with_clip, participant=person, **marks)
        session.get_one(Study, "smiles").er_shows_self_report = True
    with running_server(config) as url:
        yield House(url, database)
    database.close()


@pytest.fixture
def page(chromium: Browser, house: House) -> Iterator[Page]:
    """A page on which ada is logged in. Errors of scripts and refusals by the page's policy fail the test."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    token = log_in(house.database, "ada", PASSWORD, datetime.now(UTC))
    context.add_cookies([{"name": COOKIE, "value": token, "url": house.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
    yield page
    page.unroute_all(behavior="ignoreErrors")  # a request may be in a test's hands
    context.close()
    assert complaints == []

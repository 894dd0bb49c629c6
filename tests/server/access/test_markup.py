"""A name with HTML in it is a name: on every page that there is, whatever the name is of."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from server.db.accounts import Account
from server.db.audit import note
from server.db.studies import Study
from server.db.trials import Recording, Trial
from server.db.uploads import Upload
from tests.server.access.listed import address, listed
from tests.server.real_media import add_real_trial, write_real_files
from tests.server.rows import add_account

#: Leaves an attribute, a text, a script's string and a template; and would be an element that one can look for.
MARK = "\"'><b id=xss>{{7*7}}</b>"
RAW = re.compile(r"<b id=[\"']?xss")
LINK = re.compile(r'href="(/[^"#]*)"')
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url  # what templates do does not depend on the engine


@pytest.fixture
def there(app: FastAPI, tmp_path: Path) -> dict[str, str]:
    """Every text that comes from outside holds markup; gives what stands for a place in a path."""
    with app.state.database.transaction() as session:
        files, study = write_real_files(tmp_path), f"s{MARK}"
        for number in (1, 2):
            add_real_trial(
                session, app.state.media, files, participant=f"P{number}{MARK}"[:32], study=study,
                tracker_model=f"t{MARK}", camera_model=f"c{MARK}", tracker_kind=f"k{MARK}", outcome=MARK[:32],
            )  # fmt: skip
        session.get_one(Study, study).title = f"title{MARK}"
        for recording in session.scalars(select(Recording)):
            recording.quality = {"why": [MARK], MARK: 1}
        trial = session.scalars(select(Trial)).first()
        assert trial is not None
        trial.invalid_reason, trial.verdict_reasons = MARK, MARK
        person = add_account(session, f"rita{MARK}", "rater")
        session.add(
            Upload(
                id="1" * 32, account_id=person.id, length=10, sha256="2" * 64, state="refused", name=MARK,
                message=MARK, created_utc=NOW, changed_utc=NOW, expires_utc=NOW + timedelta(days=1),
            )
        )  # fmt: skip
        note(session, f"act.{MARK}", MARK, NOW, actor_id=person.id, **{f"k{MARK}": MARK})
        return {
            "trial": trial.id, "recording": trial.recording_id, "instrument": "FER", "participant_id": "1",
            "by": "stimulus", "pseudonym": person.pseudonym,
        }  # fmt: skip


def test_no_page_takes_it_for_an_element(
    app: FastAPI, client_of: Callable[[str], TestClient], there: dict[str, str]
) -> None:
    client = client_of("admin")
    client.post("/people/invitations", data={"role": "rater", "whom": MARK})
    client.post("/tokens", data={"label": MARK, "scopes": ["read"]})
    waiting = [address(path, **there) for method, path in listed() if method == "GET" and not path.startswith("/api/")]
    seen: dict[str, str] = {}
    while waiting and len(seen) < 300:
        page = waiting.pop()
        if page in seen or page.startswith(("/media/", "/static/")):
            continue
        answer = client.get(page, headers={"Accept": "text/html"})
        assert answer.status_code < 500, page
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        seen[page] = answer.text if is_page else ""
        waiting += [html.unescape(link) for link in LINK.findall(seen[page])]
    assert [page for page, text in seen.items() if RAW.search(text)] == []
    assert [page for page, text in seen.items() if "id=xss>49" in html.unescape(text)] == []
    shown = {page.partition("?")[0] for page, text in seen.items() if "id=xss" in html.unescape(text)}
    assert shown >= {"/people", "/tokens", "/audit", "/participants"}, shown


def test_not_even_in_the_reason_of_an_error(client_of: Callable[[str], TestClient], app: FastAPI) -> None:
    client = client_of("admin")
    for path in (f"/nothing/{MARK}", f"/audit?before={MARK}", f"/login?next_path={MARK}", f"/people/{MARK}/close"):
        for method in ("GET", "POST"):
            answer = client.request(method, path, headers={"Accept": "text/html"})
            assert not RAW.search(answer.text), (method, path)
    with app.state.database.reading() as session:
        assert session.scalar(select(Account.id).where(Account.name.contains("xss"))) is None

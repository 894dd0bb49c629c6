"""What belongs to one account is not there for another, whatever its role: 404, as if it did not exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from server.db.accounts import Account
from server.db.uploads import Upload
from tests.server.access.listed import Route, address, listed, parameters
from tests.server.real_media import add_real_trial, write_real_files

ROUTES = listed()
#: Names in paths that stand for what one account has, and those that do not. A new name must be judged and put here.
OWNED = frozenset({"claim", "media_id", "token", "upload"})
SHARED = {
    "account": "for admins only",
    "benchmark": "for everybody whose role opens the page",
    "by": "a word",
    "digits": "of a replay, for everybody whose role opens the page",
    "fmt": "a word",
    "instrument": "a word",
    "model": "for everybody whose role opens the page",
    "night": "for everybody whose role opens the page",
    "participant_id": "for everybody whose role opens the page",
    "pseudonym": "for researchers",
    "recording": "for everybody whose role opens the page",
    "snapshot": "for everybody whose role opens the page",
    "study": "for everybody whose role opens the page",
    "table": "a word",
    "trial": "for everybody whose role opens the page",
}
ANSWER = {"instrument": "FER", "seven": "fear", "three": "negative", "valence": 0, "arousal": 0, "intensity": 1}


@dataclass(frozen=True)
class Things:
    """What one account has, by the name in the path."""

    values: dict[str, str]
    owner: TestClient
    others: tuple[TestClient, TestClient]


@pytest.fixture
def things(app: FastAPI, client_of: Callable[[str], TestClient], tmp_path: Path) -> Things:
    owner = client_of("admin")
    # An admin may do everything, and owns nothing by it. Uploads are listed for researchers, but not for experimenters.
    others = client_of("admin"), client_of("experimenter")
    with app.state.database.transaction() as session:
        files = write_real_files(tmp_path)
        add_real_trial(session, app.state.media, files, participant="P0", study="s0")
    task = owner.post("/api/rating/fer/claim", json={"have": []}).json()
    owner.post("/tokens", data={"label": "x", "scopes": ["read"]})
    now = datetime.now(UTC)
    with app.state.database.transaction() as session:
        account = session.scalars(select(Account).order_by(Account.id)).first()
        assert account is not None
        session.add(
            Upload(
                id="1" * 32, account_id=account.id, length=10, sha256="2" * 64,
                created_utc=now, changed_utc=now, expires_utc=now + timedelta(days=1),
            )
        )  # fmt: skip
    media_id = task["media"]["face"].split("/")[2]
    values = {"claim": str(task["claim"]), "media_id": media_id, "token": "1", "upload": "1" * 32}
    return Things(values, owner, others)


def call(client: TestClient, route: Route, values: dict[str, str]) -> Response:
    method, path = route
    body: dict[str, Any] = {"json": ANSWER} if method == "POST" and path.startswith("/api/") else {}
    headers = {"Idempotency-Key": "somebodys-key", "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    if method == "PATCH":
        headers["Content-Type"] = "application/offset+octet-stream"
    return client.request(method, address(path, **values), headers=headers, **body)


def owned() -> Iterator[Route]:
    for method, path in sorted(ROUTES):
        if OWNED & set(parameters(path)):
            yield method, path


def test_every_name_in_a_path_was_judged() -> None:
    names = {name for _, path in ROUTES for name in parameters(path)}
    assert names - OWNED - SHARED.keys() == set()
    assert len(list(owned())) > 8


def test_what_is_anothers_is_not_there(things: Things) -> None:
    wrong = []
    for route in owned():
        reads_upload = route[0] in ("GET", "HEAD") and "upload" in parameters(route[1])
        answer = call(things.others[1 if reads_upload else 0], route, things.values)
        if answer.status_code != 404:
            wrong.append(f"{' '.join(route)} gave {answer.status_code}: {answer.text[:120]}")
    assert wrong == []


def test_its_owner_finds_it(things: Things) -> None:
    """The control: what was refused above was refused because of who asked."""
    found = {route: call(things.owner, route, things.values).status_code for route in owned() if route[0] != "DELETE"}
    del found["GET", "/media/{media_id}/stimulus"], found["GET", "/media/{media_id}/gaze"]  # of an ER task only
    found = {route: status for route, status in found.items() if route[0] != "HEAD"}
    assert [route for route, status in found.items() if status == 404] == []

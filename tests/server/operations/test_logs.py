"""The log tells what the server does, and of nobody: a real process, a whole session, every word."""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from annotate.media_store import MediaStore
from server.db.accounts import Account, LoginSession
from server.db.revisions import open_database
from server.db.trials import Trial
from server.operations.logs import configure_logs, mask
from tests.server.real_media import add_real_trial, write_real_files

PASSWORD = "a-few-words-in-a-row"
ANSWER = {"instrument": "FER", "seven": "fear", "three": "negative", "valence": 0, "arousal": 0, "intensity": 1}


@contextmanager
def served(home: Path, database_url: str, log: str) -> Iterator[tuple[str, str]]:
    """`duchenne serve` in a process of its own: its URL, and the secret of the first admin's link ('' without one)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "DUCHENNE_HOME": str(home), "DUCHENNE_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "duchenne", "serve", "--port", str(port), "--log", log]
    with (
        (home / "log").open("a") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environ) as process,
    ):
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[2]
            has_account = "Next:" in (home / "log").read_text()
            yield url, "" if has_account else process.stdout.readline().strip().rpartition("#")[2]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def join(url: str, secret: str, name: str) -> httpx2.Client:
    client = httpx2.Client(base_url=url)
    taken = client.post("/join", data={"secret": secret, "name": name, "password": PASSWORD})
    assert (taken.status_code, taken.headers.get("location")) == (303, "/"), taken.text
    page = client.get("/account").text
    client.headers["X-CSRF-Token"] = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    return client


def everything_people_do(url: str, secret: str) -> set[str]:
    """A session from the first link to the last mistake; gives the words of it that stand for people."""
    admin = join(url, secret, "ada-lovelace")
    made = admin.post("/people/invitations", data={"role": "rater", "whom": "Rita Hayworth"}).text
    second = made.partition("/join#")[2].partition('"')[0]
    assert admin.post("/api/invitation", json={"secret": second}).status_code == 200
    rater = join(url, second, "rita-hayworth")
    token = admin.post("/tokens", data={"label": "my laboratory", "scopes": ["read"]}).text
    token = "duchenne_" + token.partition('value="duchenne_')[2].partition('"')[0]
    program = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/audit", params={"actor": "rita-hayworth"}).status_code == 200
    task = rater.post("/api/rating/fer/claim", json={"have": []}).json()
    face = task["media"]["face"]
    assert rater.get(face, headers={"Range": "bytes=0-9"}).status_code == 206
    vote = rater.post(
        f"/api/rating/claims/{task['claim']}/vote", json=ANSWER, headers={"Idempotency-Key": "key-of-this-answer"}
    )
    assert vote.status_code == 201
    # And what goes wrong.
    assert rater.post("/login", data={"name": "typed-secret", "password": "wrong-word"}).status_code == 401
    assert rater.get("/participants/PSEUDONYM0/nothing-here?who=PSEUDONYM0").status_code == 404
    assert rater.get("/people?name=rita-hayworth", headers={"Accept": "text/html"}).status_code == 403
    assert rater.post("/api/rating/claims/1/vote", json={"seven": "PSEUDONYM0"}).status_code == 422
    assert program.get("/", headers={"Authorization": "Bearer PSEUDONYM0"}).status_code == 401
    assert admin.post("/logout").status_code == 303
    words = {secret, second, token, face.split("/")[2], PASSWORD, "key-of-this-answer", "Rita", "my laboratory"}
    words |= {"ada-lovelace", "rita-hayworth", "typed-secret", "wrong-word", "PSEUDONYM0", "nothing-here", "fear"}
    words |= {str(client.cookies.get("duchenne_login")) for client in (admin, rater)} - {"None"}
    words |= {client.headers["X-CSRF-Token"] for client in (admin, rater)}
    for client in (admin, rater, program):
        client.close()
    return words


def test_the_log_of_a_whole_session_names_nobody(sqlite_url: str, tmp_path: Path) -> None:
    database = open_database(sqlite_url)
    (tmp_path / "media").mkdir()
    with database.transaction() as session:
        files = write_real_files(tmp_path)
        add_real_trial(session, MediaStore(tmp_path / "media"), files, participant="PSEUDONYM0", study="tell-tale")
    with served(tmp_path, sqlite_url, "json") as (url, first):
        pass
    with served(tmp_path, sqlite_url, "json") as (url, second):
        assert httpx2.post(f"{url}/api/invitation", json={"secret": first}).status_code == 410  # the second voids it
        words = everything_people_do(url, second) | {first, "tell-tale", "127.0.0.1"}
    with database.reading() as session:
        words |= {value for row in session.execute(select(Account.pseudonym, Account.password_hash)) for value in row}
        words |= set(session.scalars(select(LoginSession.token_sha256)))
        trial = session.scalars(select(Trial)).one()
        words |= {trial.id, trial.recording_id, str(trial.face_sha256)}
    database.close()
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert len(lines) > 15
    for line in lines:
        assert not [word for word in words if word in line], line
    requests = [json.loads(line) for line in lines if '"event": "request"' in line]
    assert {"time", "level", "event", "request_id", "method", "route", "status", "ms"} == set(requests[0])
    seen = {(one["method"], one["route"], one["status"]) for one in requests}
    assert {
        ("POST", "/join", 303),
        ("GET", "/media/{media_id}/face", 206),
        ("POST", "/api/rating/claims/{claim}/vote", 201),
        ("GET", "none", 404),
        ("GET", "/api/audit", 200),
    } <= seen
    assert len({one["request_id"] for one in requests}) == len(requests)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the process logs, with the logging of before put back."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def log_a_crash(style: str, stream: io.StringIO) -> str:
    configure_logs(style, stream)
    try:
        raise RuntimeError("participant 'P01' of study \"smiles\"\n[SQL: SELECT 'P01']\n[parameters: ('P01',)]")
    except RuntimeError:
        logging.getLogger("server.somewhere").exception("it broke for %r", "rita")
    return stream.getvalue()


def test_a_crash_is_told_with_its_places_and_without_its_values(stream: io.StringIO) -> None:
    written = log_a_crash("json", stream)
    line: dict[str, Any] = json.loads(written)
    assert line["error"]["kind"] == "RuntimeError"
    assert line["error"]["message"] == "participant … of study …"
    assert any(place.endswith("log_a_crash") for place in line["error"]["at"])
    assert not [word for word in ("P01", "smiles", "rita") if word in written]


def test_in_a_terminal_the_same_stands_below_one_another(stream: io.StringIO) -> None:
    written = log_a_crash("text", stream)
    assert written.count("\n") > 2
    assert "RuntimeError: participant … of study …" in written
    assert not [word for word in ("P01", "smiles", "rita") if word in written]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("cannot listen on port 8707", "cannot listen on port 8707"),
        ("/data/media/ab/ab12cd34ef56ab12.bin: missing", "/data/media/ab/….bin: missing"),
        ("GET /people?name=rita now", "GET /people… now"),
        ("token duchenne_abcdefghijklmnopqrstuvwxyz0123", "token …"),
        ("no account 'rita', no \"otto\"", "no account …, no …"),
        ("the deadbeef of a facade", "the deadbeef of a facade"),
    ],
)
def test_what_may_stand_for_a_person_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked

"""A FER rater goes everywhere a FER rater can go and finds nothing but faces."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from annotate.scales import EMOTIONS, Instrument
from server.db.ratings import Claim, RatingTask
from server.db.studies import Stimulus
from server.db.trials import Trial
from server.rating.sequence import walk_of
from tests.server.real_media import RealFiles, add_real_trial, write_real_files

#: The words of the scale stand on every rating page; what matters is that none stands out.
LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)"')
SCRIPT_IMPORT = re.compile(r'from "\./([a-z_]+\.js)"')


@pytest.fixture(scope="module")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    return write_real_files(tmp_path_factory.mktemp("media"))


@pytest.fixture
def trials(app: FastAPI, real_files: RealFiles) -> list[Trial]:
    with app.state.database.transaction() as session:
        return [
            add_real_trial(session, app.state.media, real_files, participant=f"PSEUDONYM{i}", study="tell-tale-study")
            for i in range(2)
        ]


def secrets_of(app: FastAPI, trials: list[Trial]) -> set[str]:
    """Every string of the database that would tell a FER rater more than the face."""
    with app.state.database.reading() as session:
        hidden = {"PSEUDONYM", "tell-tale-study", *session.scalars(select(Stimulus.clip))}
        for trial in trials:
            row = session.get_one(Trial, trial.id)
            hidden |= {row.id, row.recording_id}
            hidden |= {digest for digest in (row.face_sha256, row.gaze_sha256, row.eye_events_sha256) if digest}
            # Digests that are cut short tell as much.
            hidden |= {digest[:12] for digest in hidden if len(digest) == 64}
    return hidden


def everything_of(response: Response) -> bytes:
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return str(response.url).encode() + b"\n" + headers.encode() + b"\n" + response.content


def crawl(client: TestClient, starts: list[str]) -> dict[str, Response]:
    """Every address that can be reached by links, scripts and style sheets, by GET."""
    found: dict[str, Response] = {}
    waiting = list(starts)
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        response = found[address] = client.get(address, headers={"Accept": "text/html"})
        text = response.text if "text" in response.headers.get("content-type", "") else ""
        waiting += LINK.findall(text)
        waiting += [f"/static/rating/{name}" for name in SCRIPT_IMPORT.findall(text)]
    return found


def api_answers(client: TestClient, app: FastAPI, claim: int, media_id: str) -> list[Response]:
    """Every route of the API document, with what a FER rater can put into it; ER claims left out."""
    answers = []
    for path, methods in app.openapi()["paths"].items():
        if path in ("/api/rating/er/claim",):
            continue
        address = path.replace("{claim}", str(claim)).replace("{media_id}", media_id)
        address = re.sub(r"\{[^}]+\}", "1", address)
        answers += [client.request(method, address, json={} if method != "get" else None) for method in methods]
    return answers


def test_no_byte_that_a_fer_rater_can_get_tells_more_than_the_face(
    app: FastAPI, client_of: Callable[[str], TestClient], trials: list[Trial]
) -> None:
    client = client_of("rater")
    documents = [client.post("/api/rating/fer/claim", json={"have": []})]
    task = documents[0].json()
    documents.append(client.post("/api/rating/fer/claim", json={"have": [task["claim"]]}))
    media_id = task["media"]["face"].split("/")[2]
    face = client.get(task["media"]["face"])
    answers = [*documents, face, *crawl(client, ["/", "/rate", "/rate/fer"]).values()]
    answers += api_answers(client, app, task["claim"], media_id)
    answer = {"instrument": "FER", "seven": "fear", "three": "negative", "valence": 0, "arousal": 0, "intensity": 1}
    headers = {"Idempotency-Key": "a-key-of-my-own"}
    second = documents[1].json()["claim"]
    answers.append(client.post(f"/api/rating/claims/{second}/vote", json=answer, headers=headers))
    answers.append(client.get("/api/rating/fer/last"))
    assert len(answers) > 20
    hidden = secrets_of(app, trials)
    for response in answers:
        everything = everything_of(response)
        found = {secret for secret in hidden if secret.encode() in everything}
        assert not found, f"{response.request.method} {response.url}: {found}"
    # What the page learns of the trial, as against the scale that stands on it, names no emotion at all.
    for response in (*documents, face):
        assert not [emotion for emotion in EMOTIONS if emotion.encode() in everything_of(response)]


def test_the_document_of_a_face_has_these_fields_and_no_others(
    client_of: Callable[[str], TestClient], trials: list[Trial]
) -> None:
    task = client_of("rater").post("/api/rating/fer/claim").json()
    assert set(task) == {
        "claim", "expires_utc", "lease_s", "simulated", "instrument", "media", "sound", "training", "trace_scale",
        "position",
    }  # fmt: skip
    assert set(task["media"]) == {"face"}
    assert re.fullmatch(r"/media/[0-9a-f]{32}/face", task["media"]["face"])


def test_the_order_of_faces_is_not_the_order_of_the_session(
    app: FastAPI, client_of: Callable[[str], TestClient], trials: list[Trial]
) -> None:
    client = client_of("rater")
    have: list[int] = []
    given = []
    for _ in trials:
        task = client.post("/api/rating/fer/claim", json={"have": have}).json()
        have.append(task["claim"])
        given.append(task["media"]["face"].split("/")[2])
    with app.state.database.reading() as session:
        rater = session.scalars(select(Claim.rater_id)).first()
        keys = {row.media_id: row.order_key for row in session.scalars(select(RatingTask))}
    assert rater is not None
    walk = walk_of(rater, Instrument.FER)
    assert given == sorted(given, key=lambda face: walk.steps_to(keys[face]))  # by random key, whatever came first

"""Media for raters: in ranges, to those who hold a place alone, and telling nothing beside the picture."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.db.trials import Trial
from tests.server.real_media import RealFiles, add_real_trial, write_real_files

ClientOf = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    return write_real_files(tmp_path_factory.mktemp("media"))


@pytest.fixture
def trial(app: FastAPI, real_files: RealFiles) -> Trial:
    with app.state.database.transaction() as session:
        return add_real_trial(session, app.state.media, real_files)


def media_of(client: TestClient, instrument: str) -> dict[str, str]:
    media: dict[str, str] = client.post(f"/api/rating/{instrument}/claim").json()["media"]
    return media


def test_a_face_comes_whole_and_in_ranges(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    address = media_of(client, "fer")["face"]
    whole = client.get(address)
    assert whole.content == app.state.media.path(trial.face_sha256).read_bytes()
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.content == whole.content[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert client.get(address, headers={"Range": "bytes=-50"}).content == whole.content[-50:]
    assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_ten_thousand_ranges_are_not_worth_an_answer_of_their_own(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    ranges = ",".join(f"{i}-{i}" for i in range(0, 20_000, 2))
    response = client.get(media_of(client, "fer")["face"], headers={"Range": f"bytes={ranges}"})
    assert response.status_code in (200, 206, 416)
    assert len(response.content) < 2_000_000


def test_headers_tell_neither_content_nor_time(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    headers = client.get(media_of(client, "fer")["face"]).headers
    assert headers["content-disposition"] == 'inline; filename="clip.mp4"'
    assert headers["cache-control"] == "private, no-store"
    assert "etag" not in headers
    assert "last-modified" not in headers


def test_er_gets_face_clip_and_gaze(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    media = media_of(client, "er")
    assert client.get(media["face"]).status_code == 200
    assert client.get(media["stimulus"]).content != client.get(media["face"]).content
    gaze = client.get(media["gaze"]).json()
    assert set(gaze) == {"t_ms", "x", "y", "pupil", "fixations", "blinks"}


def test_the_same_face_has_another_address_in_the_other_instrument(client_of: ClientOf, trial: Trial) -> None:
    fer, er = media_of(client_of("rater"), "fer"), media_of(client_of("rater"), "er")
    assert fer["face"].split("/")[2] not in str(er)


def test_a_fer_place_opens_the_face_alone(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    stem = media_of(client, "fer")["face"].removesuffix("/face")
    for other in ("stimulus", "gaze"):
        refused = client.get(f"{stem}/{other}")
        assert refused.status_code == 404
        assert refused.json() == {"detail": "There is no such recording for you; open it from the rating page"}


@pytest.mark.parametrize("role", ["rater", "researcher", "admin", "experimenter"])
def test_nobody_else_may_look(client_of: ClientOf, trial: Trial, role: str) -> None:
    address = media_of(client_of("rater"), "fer")["face"]
    assert client_of(role).get(address).status_code == 404


def test_without_a_login_there_is_nothing(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    address = media_of(client_of("rater"), "fer")["face"]
    assert TestClient(app).get(address).status_code == 401


@pytest.mark.parametrize("address", ["/media/" + "0" * 32 + "/face", "/media/../../etc/passwd/face", "/media/x/face"])
def test_invented_addresses_are_refused(client_of: ClientOf, address: str) -> None:
    assert client_of("rater").get(address).status_code in (404, 422)


def test_after_the_answer_the_rater_may_still_look(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("rater")
    task = client.post("/api/rating/fer/claim").json()
    answer = {"instrument": "FER", "seven": "fear", "three": "negative", "valence": 0, "arousal": 0, "intensity": 1}
    headers = {"Idempotency-Key": "a-key-of-my-own"}
    assert client.post(f"/api/rating/claims/{task['claim']}/vote", json=answer, headers=headers).status_code == 201
    assert client.get(task["media"]["face"]).status_code == 200

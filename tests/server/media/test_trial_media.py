"""Media of a trial for those who look at trials: what they see is noted, and withdrawal closes it at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.ratings import Exposure
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from tests.server.real_media import RealFiles, add_real_trial, write_real_files

ClientOf = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    return write_real_files(tmp_path_factory.mktemp("media"))


@pytest.fixture
def trial(app: FastAPI, real_files: RealFiles) -> Trial:
    with app.state.database.transaction() as session:
        return add_real_trial(session, app.state.media, real_files)


def seen(app: FastAPI) -> set[tuple[str, str]]:
    with app.state.database.reading() as session:
        return {(row.trial_id, row.what) for row in session.scalars(select(Exposure))}


@pytest.mark.parametrize("role", ["adjudicator", "researcher", "admin"])
def test_what_is_seen_of_a_trial_is_noted_and_a_face_alone_is_not(
    app: FastAPI, client_of: ClientOf, trial: Trial, role: str
) -> None:
    client = client_of(role)
    assert client.get(f"/media/trials/{trial.id}/face").headers["content-type"] == "video/mp4"
    assert seen(app) == set()
    assert set(client.get(f"/media/trials/{trial.id}/gaze").json()) >= {"t_ms", "fixations", "blinks"}
    assert seen(app) == {(trial.id, "context")}
    for _ in range(2):
        part = client.get(f"/media/trials/{trial.id}/stimulus", headers={"Range": "bytes=0-99"})
        assert (part.status_code, len(part.content)) == (206, 100)
    assert seen(app) == {(trial.id, "context"), (trial.id, "stimulus")}


@pytest.mark.parametrize("role", ["rater", "experimenter"])
def test_trials_are_not_for_raters_nor_experimenters(
    app: FastAPI, client_of: ClientOf, trial: Trial, role: str
) -> None:
    for medium in ("face", "stimulus", "gaze"):
        assert client_of(role).get(f"/media/trials/{trial.id}/{medium}").status_code == 403
    assert seen(app) == set()


def test_whoever_has_looked_at_a_trial_is_not_given_its_face_to_rate(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("researcher")
    client.get(f"/media/trials/{trial.id}/gaze")
    assert client.post("/api/rating/fer/claim", json={"have": []}).status_code == 204


def test_after_a_withdrawal_nothing_is_served_at_once(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    researcher, rater = client_of("researcher"), client_of("rater")
    mine = rater.post("/api/rating/er/claim").json()["media"]
    with app.state.database.transaction() as session:
        person = session.scalars(select(Participant)).one()
        person.withdrawn_utc = datetime.now(UTC)
    for medium in ("face", "stimulus", "gaze"):
        refused = researcher.get(f"/media/trials/{trial.id}/{medium}")
        assert refused.status_code == 404
        assert "withdrawn" in refused.json()["detail"]
        assert rater.get(mine[medium]).status_code == 404


def test_without_consent_to_rating_nobody_looks(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    with app.state.database.transaction() as session:
        session.get_one(Recording, trial.recording_id).consent_rating = False
    assert client_of("admin").get(f"/media/trials/{trial.id}/face").status_code == 404


def test_a_file_that_is_gone_is_told_in_words(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    app.state.media.path(trial.face_sha256).unlink()
    lost = client_of("researcher").get(f"/media/trials/{trial.id}/face")
    assert lost.status_code == 404
    assert "backup" in lost.json()["detail"]


def test_a_medium_is_only_data_to_the_browser(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("researcher")
    for medium in ("face", "stimulus", "gaze"):
        headers = client.get(f"/media/trials/{trial.id}/{medium}").headers
        assert headers["content-security-policy"].startswith("sandbox;")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert not {"etag", "last-modified"} & set(headers)


def test_head_tells_the_length_and_sends_nothing(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("researcher")
    address = f"/media/trials/{trial.id}/face"
    whole = client.get(address)
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["accept-ranges"] == "bytes"
    part = client.head(address, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.headers["content-length"], part.content) == (206, "5", b"")


RANGES = {
    "bytes=9-5": 400,
    "bytes=-0": 416,
    "bytes=999999999-": 416,
    "lines=1-2": 400,
    "bytes": 400,
    "bytes=a-b": 400,
    "bytes=--5": 416,
    "bytes=" + "9" * 5000 + "-": 400,
    "bytes=0-0,2-2": 206,
    "bytes=" + ",".join(["0-"] * 8): 206,
    "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 20_000, 2)): 200,
}


def test_ranges_that_are_none_or_too_many_cost_nothing(client_of: ClientOf, trial: Trial) -> None:
    client = client_of("researcher")
    whole = client.get(f"/media/trials/{trial.id}/face").content
    for asked, status in RANGES.items():
        answer = client.get(f"/media/trials/{trial.id}/face", headers={"Range": asked})
        assert answer.status_code == status, asked[:60]
        assert len(answer.content) <= len(whole) + 500


def test_two_ranges_of_a_clip_at_once_are_one_exposure(app: FastAPI, client_of: ClientOf, trial: Trial) -> None:
    client = client_of("researcher")
    together, answers = Barrier(4), []

    def fetch() -> None:
        other = TestClient(app, cookies=dict(client.cookies))
        together.wait()
        answers.append(other.get(f"/media/trials/{trial.id}/stimulus", headers={"Range": "bytes=0-9"}).status_code)

    threads = [Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [206] * 4
    assert seen(app) == {(trial.id, "stimulus")}

"""The recordings as pages and as data."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from server.sessions import examples
from server.sessions.ingest import ingest_bundle
from server.sessions.listing import RecordingPage
from server.sessions.one import OneRecording
from tests.server.bundles import Plan, record
from tests.server.reports import report_beside
from tests.server.rows import THEN, add_recording, add_trial

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"
ClientOf = Callable[[str], TestClient]


def test_the_list_goes_on_where_a_page_ends(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        for number in range(60):  # some of them arrived in the same moment
            at = THEN + timedelta(seconds=number // 7)
            verdict = (None, "good", "bad")[number % 3]
            recording = add_recording(session, f"P{number}", ingested_utc=at, verdict=verdict)
            if verdict == "bad":
                trial = add_trial(session, recording)
                trial.verdict, trial.verdict_reasons = "bad", "Gaze was lost\nFace was dark"
        add_recording(session, "Q1", study="frowns", origin="imported", ingested_utc=THEN)
    client = client_of("experimenter")
    first = client.get("/api/recordings").json()
    second = client.get("/api/recordings", params={"after": first["next"]}).json()
    both = first["recordings"] + second["recordings"]
    assert (len(first["recordings"]), len(second["recordings"]), second["next"]) == (50, 11, None)
    assert len({row["id"] for row in both}) == 61
    assert [row["ingested_utc"] for row in both] == sorted((row["ingested_utc"] for row in both), reverse=True)
    assert next(row for row in both if row["verdict"] == "bad")["reasons"] == ["Trial 1 bad: Gaze was lost"]

    def found(**filters: str) -> int:
        return len(client.get("/api/recordings", params=filters).json()["recordings"])

    assert (found(verdict="bad"), found(verdict="none"), found(study="frowns")) == (20, 21, 1)
    assert (found(origin="imported"), found(origin="imported", verdict="bad"), found(study="no such")) == (1, 0, 0)
    page = client.get("/recordings", params={"verdict": "none", "origin": "real"}).text
    assert page.count('<th scope="row">') == 20
    assert '<option value="none" selected>no report</option>' in page
    assert client.get("/api/recordings", params={"after": "yesterday"}).status_code == 422
    assert client.get("/api/recordings", params={"verdict": "excellent"}).status_code == 422


class TestOnePage:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_recordings_are_listed_with_their_origin(self, app: FastAPI, client_of: ClientOf) -> None:
        researcher = client_of("researcher")
        assert "duchenne upload" in researcher.get("/recordings").text
        ingest_bundle(app.state.database, app.state.media, GOLDEN)
        assert '<span class="badge simulated">simulated</span>' in researcher.get("/recordings").text
        (row,) = researcher.get("/api/recordings").json()["recordings"]
        assert (row["participant"], row["origin"], row["trials_valid"], row["with_face"]) == ("P01", "simulated", 1, 1)
        assert (row["verdict"], row["reasons"]) == (None, [])

    def test_one_recording_says_what_is_wrong_with_which_trial(
        self, app: FastAPI, client_of: ClientOf, tmp_path: Path
    ) -> None:
        bundle = record(tmp_path / "bundle", Plan(trials=3, invalid=(2,), scopes=("recording", "training")))
        report_beside(bundle)
        recording_id = ingest_bundle(app.state.database, app.state.media, bundle).bundle_id
        client = client_of("experimenter")
        one = client.get(f"/api/recordings/{recording_id}").json()
        assert (one["verdict"], one["agreed_to"], len(one["trials"])) == ("bad", ["training"], 3)
        assert one["headline"].startswith("0 of 3 trials good")
        assert one["trials"][1]["reasons"] == ["Tracker lost"]
        assert client.get(f"/api/recordings/{recording_id}/quality").json()["bundle_id"] == recording_id
        page = client.get(f"/recordings/{recording_id}").text
        for words in (
            "Exactly one face was seen in 0 %",
            "Gaze was measured in 100 %",
            "No rater sees it",
            one["headline"],
        ):
            assert words in page, words
        assert "/trials/" not in page  # an experimenter may not open one
        assert f"/trials/{one['trials'][0]['id']}" in client_of("researcher").get(f"/recordings/{recording_id}").text

    def test_without_a_report_the_page_says_how_to_make_one(self, app: FastAPI, client_of: ClientOf) -> None:
        recording_id = ingest_bundle(app.state.database, app.state.media, GOLDEN).bundle_id
        page = client_of("researcher").get(f"/recordings/{recording_id}").text
        assert "duchenne collect report" in page
        assert client_of("researcher").get(f"/api/recordings/{recording_id}/quality").json() is None

    def test_a_recording_whose_time_is_not_known_says_so_in_whole_words(
        self, app: FastAPI, client_of: ClientOf
    ) -> None:
        with app.state.database.transaction() as session:
            recording = add_recording(session, "P7", origin="imported", recorded_utc="time not known")
            trial = add_trial(session, recording)
            add_recording(session, "P8", recorded_utc="2026-01-02T05:04:05+02:00")
            person, id = recording.participant_id, recording.id
        client = client_of("researcher")
        paths = (f"/recordings/{id}", "/recordings", f"/participants/{person}", f"/trials/{trial.id}", "/trials")
        found = {path: " ".join(client.get(path).text.split()) for path in paths}
        assert not [path for path, text in found.items() if "time not kno " in text or "time not k " in text]
        assert "when it was recorded is not known, arrived 2026-01-02 03:04 UTC" in found[f"/recordings/{id}"]
        assert '<td class="when">not known</td>' in found["/recordings"]
        assert '<td class="when">2026-01-02 03:04</td>' in found["/recordings"]
        assert "· time not known</span>" in found[f"/participants/{person}"]
        assert "· time not known ·" in found[f"/trials/{trial.id}"]
        assert '<td class="number-left">not known <span' in found["/trials"]

    def test_the_examples_of_the_api_document_are_such_answers(self) -> None:
        assert TypeAdapter(RecordingPage).validate_python(examples.PAGE).recordings[0].verdict == "usable"
        assert TypeAdapter(OneRecording).validate_python(examples.ONE).trials[0].position == 5

    def test_a_recording_that_is_not_there(self, client_of: ClientOf) -> None:
        client = client_of("researcher")
        assert "no such recording" in client.get(f"/api/recordings/{'0' * 32}").json()["detail"]
        assert client.get(f"/recordings/{'0' * 32}").status_code == 404
        assert client.get("/api/recordings/../etc").status_code in (404, 422)

    @pytest.mark.parametrize("path", ["/recordings", "/api/recordings", f"/recordings/{'0' * 32}"])
    def test_raters_do_not_see_them(self, client_of: ClientOf, path: str) -> None:
        assert client_of("rater").get(path).status_code == 403

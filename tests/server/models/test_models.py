"""The pages of models and snapshots: what each has seen, what it can do, and reports that can do nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.app import create_app
from server.config import ServerConfig
from server.participants.withdrawing import withdraw
from tests.server.participants.withdrawn_house import MODEL, House, furnish

ClientOf = Callable[[str], TestClient]
PAGE = {"Accept": "text/html"}
OTHER = "m" + "4" * 16


def scores(war: float) -> dict[str, object]:
    estimate = {"value": war, "low": war - 0.1, "high": war + 0.1}
    return {
        "trials": 24,
        "participants": 6,
        "measures": {"seven_war": estimate, "seven_uar": estimate},
        "confusion": [],
    }


def report(model: str, snapshot: str) -> str:
    run = {
        "id": model, "recipe": {"name": "emert_small", "says": "for a CPU"}, "snapshot": snapshot, "simulated": True,
        "created_utc": "2026-07-02T03:00:00Z", "warnings": ["fear is tested, but no training trial shows it."],
    }  # fmt: skip
    table = {"ER": {"all": {"emert_small": scores(0.62), "majority": scores(0.3)}}, "FER": {}}
    return json.dumps({"format": "duchenne-report", "version": 1, "run": run, "scores": table, "ahead": {}})


@pytest.fixture
def server_config(database_url: str, tmp_path: Path) -> ServerConfig:
    return ServerConfig(
        database_url, tmp_path / "media", tmp_path / "snapshots", models_root=tmp_path / "models",
        reports_root=tmp_path / "reports", predictions_root=tmp_path / "predictions",
    )  # fmt: skip


@pytest.fixture
def house(app: FastAPI, tmp_path: Path) -> House:
    """A model that spoke, one that was trained only, and a night."""
    made = furnish(app.state.database, tmp_path)
    for model in (MODEL, OTHER):
        folder = tmp_path / "models" / model
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(report(model, made.snapshot))
        (folder / "run.json").write_text(json.dumps({"id": model, "snapshot": made.snapshot}))
        (folder / "report.html").write_text("<style>p{color:red}</style><p>how it went</p><script>alert(1)</script>")
    (tmp_path / "models" / ".training-x").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "night-2026-07-02T03-00-00Z.html").write_text(
        f'<p>Last night</p><a href="../models/{MODEL}/report.html">x</a>'
    )
    (tmp_path / "reports" / "passwords.html").write_text("secret")
    return made


def test_every_model_with_its_scores(client_of: ClientOf, house: House) -> None:
    found = {row["id"]: row for row in client_of("researcher").get("/api/models").json()}
    assert set(found) == {MODEL, OTHER}
    assert (found[MODEL]["predicted_on"], found[OTHER]["predicted_on"]) == ([house.snapshot], [])
    assert (found[MODEL]["simulated"], found[OTHER]["simulated"]) == (False, True)  # the database's word comes first
    lines = found[OTHER]["scores"]
    assert [(line["instrument"], line["recipe"], line["ours"]) for line in lines] == [
        ("ER", "emert_small", True),
        ("ER", "majority", False),
    ]
    assert lines[0]["war"] == {"value": 0.62, "low": 0.52, "high": 0.72}
    assert (found[MODEL]["exposed_to"], found[MODEL]["snapshot_redacted"]) == ([], False)
    page = client_of("admin").get("/models", headers=PAGE).text
    assert "62 <span" in page
    assert "fear is tested" in page
    assert "2026-07-02 03:00" in page
    assert "exposed to withdrawn data" not in page


def test_after_a_withdrawal_models_and_snapshots_say_so(client_of: ClientOf, house: House) -> None:
    client = client_of("researcher")
    (before,) = client.get("/api/snapshots").json()
    assert (before["state"], before["trials"], before["trials_removed"]) == ("here", 4, 0)
    withdraw(house.database, house.stores, "smiles", "P01")
    found = {row["id"]: row for row in client.get("/api/models").json()}
    for model in (MODEL, OTHER):
        assert found[model]["exposed_to"] == ["P01 (smiles)"]
        assert found[model]["snapshot_redacted"]
    assert "exposed to withdrawn data" in client.get("/models", headers=PAGE).text
    (after,) = client.get("/api/snapshots").json()
    assert (after["state"], after["trials"], after["trials_removed"]) == ("redacted", 4, 2)
    page = client.get("/snapshots", headers=PAGE).text
    assert '<span class="badge">redacted</span>' in page
    assert "majority-soft-v2" in page or "majority-soft-v1" in page


def test_a_snapshot_whose_folder_is_gone_or_spoilt_is_told(client_of: ClientOf, house: House) -> None:
    client = client_of("researcher")
    (house.stores.snapshots / house.snapshot / "redaction.json").write_text("{")
    assert client.get("/api/snapshots").json()[0]["state"] == "damaged"
    (house.stores.snapshots / house.snapshot).rename(house.stores.snapshots / "elsewhere")
    assert client.get("/api/snapshots").json()[0]["state"] == "missing"
    assert client.get("/models").status_code == 200


def test_a_report_that_cannot_be_read_is_no_catastrophe(client_of: ClientOf, house: House, tmp_path: Path) -> None:
    client = client_of("researcher")
    for spoilt in ("", "{}", "[]", '{"run": 1}', "\xff"):
        (tmp_path / "models" / MODEL / "report.json").write_text(spoilt)
        found = {row["id"]: row for row in client.get("/api/models").json()}
        assert found[MODEL]["scores"] == []
        assert "no scores that can be read" in client.get("/models", headers=PAGE).text


def test_reports_are_shown_and_can_do_nothing(client_of: ClientOf, house: House) -> None:
    client = client_of("researcher")
    for address, words in (
        (f"/models/{MODEL}/report.html", "how it went"),
        ("/nights/night-2026-07-02T03-00-00Z.html", "Last night"),
    ):
        got = client.get(address)
        assert (got.status_code, words in got.text) == (200, True)
        policy = got.headers["content-security-policy"]
        assert policy.startswith("sandbox;")
        assert "script-src" not in policy
        assert "default-src 'none'" in policy


def test_nothing_else_in_these_folders_is_served(client_of: ClientOf, house: House) -> None:
    client = client_of("admin")
    for address in (
        "/nights/passwords.html", "/nights/night-..html", "/nights/night-2026.html", "/nights/..%2Fmodels.html",
        "/models/m0000000000000000/report.html", "/models/..%2F..%2Fetc/report.html",
        "/models/.training-x/report.html",
    ):  # fmt: skip
        got = client.get(address)
        assert got.status_code in (404, 422)
        assert "secret" not in got.text


def test_a_link_out_of_the_folder_is_not_followed(client_of: ClientOf, house: House, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    (tmp_path / "reports" / "night-x.html").symlink_to(secret)
    assert client_of("admin").get("/nights/night-x.html").status_code == 404


@pytest.fixture
def bare_client(server_config: ServerConfig, client_of: ClientOf, app: FastAPI) -> Iterator[TestClient]:
    """A server that was told of no models and no reports."""
    bare = create_app(replace(server_config, models_root=None, reports_root=None))
    client = client_of("researcher")
    yield TestClient(bare, base_url="http://testserver", cookies=dict(client.cookies))
    bare.state.database.close()


def test_a_server_that_knows_of_no_folder_says_so(bare_client: TestClient) -> None:
    assert bare_client.get("/api/models").json() == []
    assert "No model has been trained yet" in bare_client.get("/models", headers=PAGE).text
    assert bare_client.get(f"/models/{MODEL}/report.html").status_code == 404

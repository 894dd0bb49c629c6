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
BENCHMARK = "benchmark-" + "5" * 16
REPLAY = "replay-0123456789abcdef"


def scores(war: float) -> dict[str, object]:
    estimate = {"value": war, "low": war - 0.1, "high": war + 0.1}
    return {
        "trials": 24,
        "participants": 6,
        "measures": {
            "seven_war": estimate, "seven_uar": estimate, "valence_pcc": {"value": None, "low": None, "high": None},
        },
        "confusion": [],
    }  # fmt: skip


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
    (tmp_path / "models" / REPLAY).mkdir()
    (tmp_path / "models" / REPLAY / "report.html").write_text("<p>how the queue did</p>")
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
        (f"/models/{REPLAY}/report.html", "how the queue did"),
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
        "/models/.training-x/report.html", f"/models/{BENCHMARK}/report.html", f"/benchmarks/{MODEL}/report.html",
        "/benchmarks/..%2Fmodels/report.html", f"/benchmarks/{BENCHMARK}/report.html",
        "/models/replay-../report.html",
        "/models/replay-0000000000000000/report.html",
    ):  # fmt: skip
        got = client.get(address)
        assert got.status_code in (404, 422)
        assert "secret" not in got.text
    assert "`duchenne replay` writes them" in client.get("/models/replay-0000000000000000/report.html").text


def decided(
    serves: str, served: str | None, at: str = "2026-07-02T03:00:00Z", proven: bool = False, decision: str = "unproven"
) -> str:
    entry = {
        "format": "duchenne-champion", "version": 1, "at_utc": at, "decision": decision, "serves": serves,
        "served": served, "proven": proven, "spent": 0, "reason": f"{serves} <b>beats</b> it on {at[:10]}.",
    }  # fmt: skip
    return json.dumps(entry) + "\n"


def text_of(client: TestClient) -> str:
    page = client.get("/models", headers=PAGE)
    assert page.status_code == 200
    return " ".join(page.text.split())


def test_who_serves_since_when_in_whose_place_and_why(client_of: ClientOf, house: House, tmp_path: Path) -> None:
    client = client_of("researcher")
    assert client.get("/api/champion").json() is None
    assert "No model serves yet: no night has decided. <code>duchenne nightly</code>" in text_of(client)
    ledger = tmp_path / "models" / "champion.jsonl"
    ledger.write_text(decided(OTHER, None))
    assert client.get("/api/champion").json()["instead_of"] is None
    assert "nobody: it is the first" in text_of(client)
    ledger.write_text(
        decided(OTHER, None)
        + decided(MODEL, OTHER, "2026-07-03T03:00:00Z", proven=True, decision="promoted")
        + decided(MODEL, MODEL, "2026-07-04T03:00:00Z", proven=True, decision="kept")
        + '{"torn'
    )
    found = client.get("/api/champion").json()
    assert (found["model"], found["proven"], found["instead_of"]) == (MODEL, True, OTHER)
    assert (found["since"]["at_utc"], found["last"]["decision"]) == ("2026-07-03T03:00:00Z", "kept")
    text = text_of(client)
    assert f'<a href="#{MODEL}"><code>{MODEL}</code></a></p>' in text
    assert "<dd>2026-07-03 03:00 UTC</dd>" in text
    assert f"{MODEL} &lt;b&gt;beats&lt;/b&gt; it on 2026-07-03." in text
    assert f"2026-07-04 03:00 UTC: {MODEL}" in text
    assert text.count('<span class="badge good">serves</span>') == 1
    assert "spoke last" not in text  # MODEL orders the queue, and it serves


def test_a_queue_that_another_orders_is_told_with_what_to_do(client_of: ClientOf, house: House, tmp_path: Path) -> None:
    (tmp_path / "models" / "champion.jsonl").write_text(decided(OTHER, MODEL))
    text = text_of(client_of("researcher"))
    assert '<span class="badge">unproven</span>' in text
    assert f"<code>duchenne predict --model {OTHER} --snapshot {house.snapshot}</code>" in text


def test_a_ledger_that_cannot_be_read_is_told_and_the_rest_of_the_page_is_there(
    client_of: ClientOf, house: House, tmp_path: Path
) -> None:
    client = client_of("researcher")
    for spoilt in ("{}\n", "\n", decided(MODEL, None).replace(MODEL, "../../x")):
        (tmp_path / "models" / "champion.jsonl").write_text(decided(OTHER, None) + spoilt)
        text = text_of(client)
        assert "champion.jsonl, line 2: cannot be read, so who serves is not known" in text
        assert str(tmp_path) not in text
        assert f'id="{MODEL}"' in text
        got = client.get("/api/champion")
        assert (got.status_code, "line 2" in got.json()["detail"]) == (500, True)


def benchmark(snapshot: str, **changes: object) -> str:
    record = {
        "id": BENCHMARK, "snapshot": snapshot, "simulated": True, "shuffled": None, "folds": [0, 1], "seeds": [0, 1, 2],
        "recipes": [{"recipe": {"name": name}} for name in ("emert_small", "late_fusion")],
        "created_utc": "2026-07-05T13:00:00Z",
    } | changes  # fmt: skip
    table = {"ER": {"all": {"emert_small": scores(0.52)}}, "FER": {"all": {}}}
    return json.dumps({"format": "duchenne-benchmark-report", "version": 1, "benchmark": record, "scores": table})


def test_benchmarks_stand_beside_models_and_open_for_researchers(
    client_of: ClientOf, house: House, tmp_path: Path
) -> None:
    client = client_of("researcher")
    assert "<code>duchenne benchmark --snapshot ID</code>" in text_of(client)
    folder = tmp_path / "models" / BENCHMARK
    folder.mkdir()
    (folder / "report.html").write_text("<p>eight recipes</p><script>alert(1)</script>")
    for broken in ("", "{}", benchmark(house.snapshot, recipes=None)):
        (folder / "report.json").write_text(broken)
        assert client.get("/api/benchmarks").json() == []
    (folder / "report.json").write_text(benchmark(house.snapshot))
    (row,) = client.get("/api/benchmarks").json()
    assert (row["recipes"], row["folds"], row["seeds"], row["shuffled"]) == (["emert_small", "late_fusion"], 2, 3, None)
    assert (row["uar"]["ER"]["value"], row["uar"]["FER"]) == (0.52, None)
    text = text_of(client)
    assert f'<a href="/benchmarks/{BENCHMARK}/report.html">2026-07-05 13:00</a>' in text
    assert '52 <span class="muted">' in text
    assert "labels shuffled" not in text
    (folder / "report.json").write_text(benchmark(house.snapshot, shuffled=0))
    assert "labels shuffled: no score" in text_of(client)
    got = client.get(f"/benchmarks/{BENCHMARK}/report.html")
    assert (got.status_code, "eight recipes" in got.text) == (200, True)
    assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert got.headers["cache-control"] == "private, no-store"
    assert client_of("rater").get(f"/benchmarks/{BENCHMARK}/report.html").status_code == 403
    (folder / "report.html").unlink()
    (folder / "report.html").symlink_to(tmp_path / "models" / MODEL / "report.html")
    assert client.get(f"/benchmarks/{BENCHMARK}/report.html").status_code == 404


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
    assert bare_client.get("/api/models").json() == bare_client.get("/api/benchmarks").json() == []
    assert bare_client.get("/api/champion").json() is None
    assert "No model has been trained yet" in bare_client.get("/models", headers=PAGE).text
    for address in (f"/models/{MODEL}/report.html", f"/benchmarks/{BENCHMARK}/report.html"):
        assert bare_client.get(address).status_code == 404

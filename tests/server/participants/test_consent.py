"""What a participant agreed to decides everywhere: whether people look, models learn, rows leave the house."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotate.snapshot.format import SnapshotFilters
from annotate.snapshot.store import list_snapshots, read_table
from server.config import ServerConfig
from server.participants.withdrawing import withdraw
from server.sessions.errors import ParticipantWithdrawnError
from server.sessions.ingest import ingest_bundle
from server.snapshots.creating import create_snapshot
from server.snapshots.errors import NothingToFreezeError
from tests.server.bundles import ALL_SCOPES, Plan, record

ClientOf = Callable[[str], TestClient]
ANSWER = {"instrument": "ER", "seven": "fear", "three": "negative", "valence": 0, "arousal": 0}


@dataclass(frozen=True)
class House:
    """A running application into which bundles can be taken."""

    app: FastAPI
    config: ServerConfig
    folder: Path

    def take(self, plan: Plan) -> None:
        ingest_bundle(self.app.state.database, self.app.state.media, record(self.folder / "bundle", plan))

    def freeze(self) -> set[str]:
        """The participants in a snapshot of now; nobody where there is nothing to freeze."""
        try:
            header = create_snapshot(
                self.app.state.database, self.app.state.media, self.config.snapshots_root, SnapshotFilters(), 2, 0
            )
        except NothingToFreezeError:
            return set()
        return {row["participant"] for row in read_table(self.config.snapshots_root / header.id, "trials")}


@pytest.fixture
def house(app: FastAPI, server_config: ServerConfig, tmp_path: Path) -> House:
    return House(app, server_config, tmp_path)


def what_is_seen(house: House, client_of: ClientOf) -> dict[str, Any]:
    """Where somebody or something of P01 can be met."""
    researcher, rater = client_of("researcher"), client_of("rater")
    claims = [rater.post(f"/api/rating/{desk}/claim", json={"have": []}) for desk in ("fer", "er")]
    trials = researcher.get("/api/trials").json()["trials"]
    media = [
        researcher.get(f"/media/trials/{trial['id']}/{medium}").status_code
        for trial in trials
        for medium in ("face", "gaze")
    ]
    exports = {
        table: "P01" in researcher.get(f"/api/exports/{table}.csv").text
        for table in ("trials", "answers", "labels", "self_reports", "exposures")
    }
    return {
        "rated": {claim.status_code for claim in claims} != {204},
        "looked at": 200 in media,
        "learnt from": house.freeze() == {"P01"},
        "exported": any(exports.values()),
        "listed": bool(trials),
    }


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (ALL_SCOPES, {"rated": True, "looked at": True, "learnt from": True, "exported": True, "listed": True}),
        (
            ("recording", "training"),
            {"rated": False, "looked at": False, "learnt from": True, "exported": True, "listed": True},
        ),
        (
            ("recording", "rating"),
            {"rated": True, "looked at": True, "learnt from": False, "exported": False, "listed": True},
        ),
        (
            ("recording",),
            {"rated": False, "looked at": False, "learnt from": False, "exported": False, "listed": True},
        ),
    ],
    ids=["everything", "no rating", "no training", "recording only"],
)
def test_each_scope_is_obeyed_wherever_the_participant_can_be_met(
    house: House, client_of: ClientOf, scopes: Any, expected: dict[str, bool]
) -> None:
    house.take(Plan(participant="P01", scopes=scopes))
    assert what_is_seen(house, client_of) == expected


def test_after_a_withdrawal_nothing_is_met_anywhere_and_nothing_comes_back(house: House, client_of: ClientOf) -> None:
    house.take(Plan(participant="P01"))
    client = client_of("rater")
    task = client.post("/api/rating/er/claim", json={"have": []}).json()
    assert house.freeze() == {"P01"}
    number = client_of("researcher").get("/api/participants").json()["participants"][0]["id"]
    done = client_of("researcher").post(f"/api/participants/{number}/withdraw", json={"participant": "P01"})
    assert done.status_code == 200

    # Whoever holds a trial just now loses it in words, not in a crash.
    headers = {"Idempotency-Key": "a-key-of-my-own"}
    for refused in (
        client.post(f"/api/rating/claims/{task['claim']}/vote", json=ANSWER, headers=headers),
        client.post(f"/api/rating/claims/{task['claim']}/renew"),
        client.post(f"/api/rating/claims/{task['claim']}/release"),
        client.get(task["media"]["face"]),
        client.get(task["media"]["gaze"]),
    ):
        assert 400 <= refused.status_code < 500
        assert "detail" in refused.json()

    assert what_is_seen(house, client_of) == {
        "rated": False, "looked at": False, "learnt from": False, "exported": False, "listed": False,
    }  # fmt: skip
    for page in ("/trials", "/participants", "/progress", "/exports", "/models", "/snapshots", "/queue", "/recordings",
                 "/gap", "/agreement", "/raters", "/adjudication"):  # fmt: skip
        assert client_of("researcher").get(page, headers={"Accept": "text/html"}).status_code == 200
    (header,) = list_snapshots(house.config.snapshots_root)
    assert read_table(house.config.snapshots_root / header.id, "trials") == []
    assert list(house.app.state.media.digests()) == [_only_the_clip(house)]
    with pytest.raises(ParticipantWithdrawnError, match="withdrew"):
        ingest_bundle(house.app.state.database, house.app.state.media, house.folder / "bundle")
    assert list(house.app.state.media.digests()) == [_only_the_clip(house)]
    again = withdraw(house.app.state.database, _stores(house), "golden", "P01")
    assert again.trials == done.json()["trials"]


def _only_the_clip(house: House) -> str:
    from sqlalchemy import select

    from server.db.studies import Stimulus

    with house.app.state.database.reading() as session:
        return session.scalars(select(Stimulus.media_sha256)).one() or ""


def _stores(house: House) -> Any:
    from server.participants.endpoints import stores_of

    return stores_of(house.app.state.media, house.config)

"""Which answers and decisions become labels, and that a snapshot and its list say how."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from starlette.testclient import TestClient

from annotate.aggregation.policies import policy_named
from annotate.media_store import MediaStore
from annotate.snapshot.format import SnapshotFilters, SnapshotHeader
from annotate.snapshot.store import read_table
from duchenne.commands.snapshot import snapshot as snapshot_command
from server.db.engine import Database
from server.db.ratings import Adjudication
from server.snapshots.creating import create_snapshot
from tests.server.rows import add_account, add_task
from tests.server.snapshots.test_creating import NOON, cast, trial_with_media


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def freeze(database: Database, media: MediaStore, tmp_path: Path) -> Callable[..., SnapshotHeader]:
    def create(policy: str = "majority-soft", min_raters: int = 1) -> SnapshotHeader:
        named = policy_named(policy, min_raters)
        return create_snapshot(
            database, media, tmp_path / "snapshots", SnapshotFilters(), 2, 7, policy=named, now=lambda: NOON
        )

    return create


def label_rows(tmp_path: Path, header: SnapshotHeader) -> dict[object, dict[str, object]]:
    return {row["trial"]: row for row in read_table(tmp_path / "snapshots" / header.id, "labels")}


def test_gold_answers_are_labels_and_training_answers_never(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        rita = add_account(session, "rita")
        trials = {}
        for person, purpose in (("P01", "study"), ("P02", "gold"), ("P03", "training")):
            task = add_task(session, trial_with_media(session, media, participant=person), "ER")
            task.purpose = purpose
            cast(session, task, rita, "fear")
            trials[purpose] = task.trial_id
    for policy in ("majority-soft-v1", "majority-soft", "dawid-skene"):
        header = freeze(policy)
        assert label_rows(tmp_path, header).keys() == {trials["study"], trials["gold"]}
        assert header.rows["votes"] == 2


def test_the_decision_that_stands_is_the_label(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        task = add_task(session, trial_with_media(session, media, participant="P01"), "FER")
        trial_with_media(session, media, participant="P02")
        for name, seven in (("rita", "fear"), ("otto", "surprise")):
            cast(session, task, add_account(session, name), seven)
        expert = add_account(session, "expert", "adjudicator")
        before = None
        for seven in ("anger", "surprise"):
            decision = Adjudication(
                trial_id=task.trial_id, instrument="FER", by_id=expert.id, seven=seven, three="positive",
                valence=0.3, arousal=0.6, intensity=1.5, reason="the brows", created_utc=NOON,
                supersedes_id=before,
            )  # fmt: skip
            session.add(decision)
            session.flush()
            before = decision.id
    row = label_rows(tmp_path, freeze())[task.trial_id]
    assert (row["seven"], row["three"], row["valence"], row["raters"]) == ("surprise", "positive", 0.3, 2)
    assert (row["seven_fear"], row["agreement"]) == (0.5, 0.5)
    assert label_rows(tmp_path, freeze("majority-soft-v1"))[task.trial_id]["seven"] is None
    assert label_rows(tmp_path, freeze("dawid-skene", min_raters=3))[task.trial_id]["seven"] == "surprise"


class TestWhatIsSaid:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    def database(self, app: FastAPI) -> Database:
        database = app.state.database
        assert isinstance(database, Database)
        return database

    def test_the_list_names_the_policy(
        self,
        database: Database,
        media: MediaStore,
        freeze: Callable[..., SnapshotHeader],
        client_of: Callable[[str], TestClient],
    ) -> None:
        with database.transaction() as session:
            task = add_task(session, trial_with_media(session, media, participant="P01"), "ER")
            cast(session, task, add_account(session, "rita"), "fear")
            session.add(
                Adjudication(
                    trial_id=task.trial_id, instrument="ER", by_id=add_account(session, "x", "adjudicator").id,
                    seven="anger", three="negative", valence=0.0, arousal=0.0, reason="heard", created_utc=NOON,
                )
            )  # fmt: skip
        header = freeze()
        assert header.label_policy.full_name == "majority-soft-v2"
        assert freeze("dawid-skene", 1).id != header.id
        rows = {row["id"]: row for row in client_of("researcher").get("/api/snapshots").json()}
        assert (rows[header.id]["policy"], rows[header.id]["adjudicated"]) == ("majority-soft-v2", 1)
        assert {row["policy"] for row in rows.values()} == {"majority-soft-v2", "dawid-skene-v1"}


def test_an_unknown_policy_is_refused_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUCHENNE_HOME", str(tmp_path))
    done = CliRunner().invoke(snapshot_command, ["create", "--policy", "mode"])
    assert done.exit_code != 0
    assert "Choose one of dawid-skene-v1" in str(done.exception)
    assert list(tmp_path.iterdir()) == []

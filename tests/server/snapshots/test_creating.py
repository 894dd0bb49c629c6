"""A snapshot holds what the filters let in, all of it, and is the same whenever the state is the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from annotate.media_store import MediaMissingError, MediaStore
from annotate.snapshot.format import SnapshotFilters, SnapshotHeader
from annotate.snapshot.store import list_snapshots, read_table, verify_snapshot
from server.db.accounts import Account
from server.db.engine import Database
from server.db.ratings import RatingTask, Vote
from server.db.snapshots import Snapshot
from server.db.studies import Participant
from server.db.trials import SelfReport, Trial
from server.snapshots.creating import create_snapshot
from server.snapshots.errors import NoSuchStudyError, NothingToFreezeError
from tests.server.rows import add_account, add_recording, add_task, add_trial

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def freeze(database: Database, media: MediaStore, tmp_path: Path) -> Callable[..., SnapshotHeader]:
    def create(*, k: int = 2, **filters: tuple[str, ...]) -> SnapshotHeader:
        asked = SnapshotFilters.model_validate(filters)
        return create_snapshot(database, media, tmp_path / "snapshots", asked, k, 7, now=lambda: NOON)

    return create


def trial_with_media(
    session: Session, media: MediaStore, participant: str, study: str = "smiles", **of_recording: object
) -> Trial:
    trial = add_trial(session, add_recording(session, participant, study, **of_recording))
    for column in ("face_sha256", "gaze_sha256", "eye_events_sha256"):
        setattr(trial, column, media.put_bytes(f"{column} of {trial.id}".encode()))
    return trial


def cast(session: Session, task: RatingTask, rater: Account, seven: str, **changes: object) -> Vote:
    values: dict[str, object] = {
        "three": "negative", "valence": -0.5, "arousal": 0.5, "intensity": 2.0 if task.instrument == "FER" else None,
        "idempotency_key": f"{task.id} {seven} {changes.get('supersedes_id')}", "created_utc": NOON,
    }  # fmt: skip
    vote = Vote(task_id=task.id, instrument=task.instrument, rater_id=rater.id, seven=seven, **(values | changes))
    session.add(vote)
    session.flush()
    return vote


def rows(tmp_path: Path, header: SnapshotHeader, table: str) -> list[dict[str, Any]]:
    return read_table(tmp_path / "snapshots" / header.id, table)


def test_what_people_said_goes_in_by_pseudonym(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        trial = trial_with_media(session, media, participant="P01")
        unlabelled = trial_with_media(session, media, participant="P02")
        rita, otto = add_account(session, "rita"), add_account(session, "otto")
        pseudonyms = {rita.pseudonym, otto.pseudonym}
        er, fer = add_task(session, trial, "ER"), add_task(session, trial, "FER")
        wrong = cast(session, er, rita, "happiness")
        cast(session, er, rita, "fear", supersedes_id=wrong.id, prelabel_seen=True, flags="occluded,unsure")
        cast(session, er, otto, "fear", valence=-1.0)
        cast(session, fer, otto, "neutral")
        session.add(SelfReport(trial_id=trial.id, seven="sadness", three="negative", valence=-0.25, arousal=0.0))
    header = freeze()
    assert header.rows == {"trials": 2, "labels": 2, "votes": 3, "self_reports": 1}
    assert {row["trial"] for row in rows(tmp_path, header, "trials")} == {trial.id, unlabelled.id}
    votes = rows(tmp_path, header, "votes")
    assert {row["rater"] for row in votes} == pseudonyms
    assert {(row["instrument"], row["seven"]) for row in votes} == {("ER", "fear"), ("FER", "neutral")}
    assert {row["flags"] for row in votes} == {"occluded,unsure", ""}
    er_label = next(row for row in rows(tmp_path, header, "labels") if row["instrument"] == "ER")
    assert (er_label["seven"], er_label["raters"], er_label["valence"], er_label["prelabel_seen"]) == (
        "fear", 2, -0.75, 1,
    )  # fmt: skip
    assert rows(tmp_path, header, "self_reports")[0]["seven"] == "sadness"
    verify_snapshot(tmp_path / "snapshots" / header.id, media)


def test_the_same_state_gives_the_same_snapshot_and_another_state_another(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        task = add_task(session, trial_with_media(session, media, participant="P01"), "ER")
        trial_with_media(session, media, participant="P02")
        rita = add_account(session, "rita")
    first, again = freeze(origins=("real", "imported")), freeze(origins=("imported", "real", "real"))
    assert first == again
    with database.transaction() as session:
        cast(session, task, rita, "anger")
    assert freeze(origins=("real", "imported")).id != first.id
    assert len(list_snapshots(tmp_path / "snapshots")) == 2
    with database.reading() as session:
        assert len(session.scalars(select(Snapshot)).all()) == 2


def test_only_what_may_be_trained_on_is_let_in(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        wanted = {trial_with_media(session, media, participant=f"P0{n}").id for n in (1, 2)}
        trial_with_media(session, media, participant="P03", consent_training=False)
        trial_with_media(session, media, participant="P04", state="aborted")
        trial_with_media(session, media, participant="P05", origin="simulated")
        trial_with_media(session, media, participant="P06")
        session.execute(update(Participant).where(Participant.pseudonym == "P06").values(withdrawn_utc=NOON))
        invalid = trial_with_media(session, media, participant="P07")
        invalid.valid, invalid.invalid_reason = False, "tracker lost"
    assert {row["trial"] for row in rows(tmp_path, freeze(), "trials")} == wanted
    assert freeze(origins=("real", "simulated")).rows["trials"] == 3


def test_folds_part_no_participant(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        for participant in ("P01", "P02", "P03"):
            for study in ("smiles", "tears"):
                trial_with_media(session, media, participant=participant, study=study)
    folds: dict[str, set[int]] = {}
    for row in rows(tmp_path, freeze(k=3), "trials"):
        folds.setdefault(row["participant"], set()).add(row["fold"])
    assert sorted(folds) == ["P01", "P02", "P03"]
    assert sorted(fold for each in folds.values() for fold in each) == [0, 1, 2]


def test_nothing_to_freeze_says_what_there_is(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with pytest.raises(NothingToFreezeError, match="nor of any other origin"):
        freeze()
    with database.transaction() as session:
        recording = add_recording(session, origin="simulated")
        for _ in range(3):
            add_trial(session, recording)
    with pytest.raises(NothingToFreezeError, match=r"3 of origin simulated.*--include simulated"):
        freeze()
    with pytest.raises(NoSuchStudyError, match=r"'joy'.*it has smiles"):
        freeze(studies=("joy",))
    assert list_snapshots(tmp_path / "snapshots") == []


def test_what_cannot_be_leaves_nothing(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        trial_with_media(session, media, participant="P01")
        add_trial(session, participant="P02")  # its media are nowhere
    with pytest.raises(MediaMissingError, match="aaaa"):
        freeze()
    assert list_snapshots(tmp_path / "snapshots") == []
    with database.reading() as session:
        assert session.scalars(select(Snapshot)).all() == []


def test_a_vote_that_comes_while_it_reads_is_not_half_in(
    database: Database, media: MediaStore, tmp_path: Path, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        task = add_task(session, trial_with_media(session, media, participant="P01"), "ER")
        trial_with_media(session, media, participant="P02")
        rita = add_account(session, "rita")
    arrived: list[int] = []

    @event.listens_for(database.engine, "after_cursor_execute")
    def vote_after_the_trials(_c: object, _cu: object, statement: str, *_rest: object) -> None:
        if "FROM trial JOIN recording" in statement and not arrived:
            arrived.append(1)
            with database.transaction() as session:
                cast(session, task, rita, "anger")

    assert freeze().rows["votes"] == 0
    assert arrived
    assert freeze().rows["votes"] == 1


class TestThePage:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    def database(self, app: FastAPI) -> Database:
        database = app.state.database
        assert isinstance(database, Database)
        return database

    def test_snapshots_are_listed(
        self,
        database: Database,
        media: MediaStore,
        freeze: Callable[..., SnapshotHeader],
        client_of: Callable[[str], TestClient],
    ) -> None:
        researcher = client_of("researcher")
        assert "duchenne snapshot create" in researcher.get("/snapshots").text
        with database.transaction() as session:
            for participant in ("P01", "P02"):
                trial_with_media(session, media, participant=participant, origin="simulated")
        header = freeze(origins=("simulated",))
        page = researcher.get("/snapshots").text
        assert header.id in page
        assert "badge simulated" in page
        (row,) = researcher.get("/api/snapshots").json()
        assert (row["id"], row["origins"], row["trials"]) == (header.id, ["simulated"], 2)
        assert client_of("rater").get("/snapshots").status_code == 403


def test_a_first_participant_can_be_frozen_and_looked_at(
    database: Database, media: MediaStore, freeze: Callable[..., SnapshotHeader]
) -> None:
    with database.transaction() as session:
        trial_with_media(session, media, participant="P01")
    assert freeze(k=5).folds.k == 1
    with database.transaction() as session:
        trial_with_media(session, media, participant="P02")
    assert freeze(k=5).folds.k == 2

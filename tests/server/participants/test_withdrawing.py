"""A participant withdraws: all of them goes, nothing of anybody else, and whatever is cut off is finished."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotate.prediction.file import read_predictions
from annotate.snapshot.format import SnapshotFilters
from annotate.snapshot.store import read_redaction, read_table, verify_snapshot
from server.db.audit import AuditEntry
from server.db.engine import Database
from server.db.predictions import PredictionRun
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Participant, Withdrawal
from server.db.trials import Recording, Trial
from server.db.uploads import Upload
from server.participants import beyond, withdrawing
from server.participants.errors import NoSuchParticipantError, WithdrawalInterruptedError
from server.participants.withdrawing import Withdrawn, withdraw
from server.predictions.importing import import_predictions
from server.snapshots import creating
from tests.server.participants.withdrawn_house import ANSWER, MODEL, NOTE, NOW, House, furnish, rows_that_name
from tests.server.rows import add_account

EVERY_TABLE = {
    "trial", "self_report", "rating_task", "claim", "vote", "vote_trace", "exposure", "adjudication",
    "reference_answer", "model_prediction", "disagreement",
}  # fmt: skip

OF_PEOPLE = AuditEntry.action.startswith("participant.")


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return furnish(database, tmp_path)


def go(house: House) -> Withdrawn:
    return withdraw(house.database, house.stores, "smiles", "P01", now=lambda: NOW)


def files_of(house: House) -> set[str]:
    return {path.stem for path in house.stores.media.root.rglob("*.bin")}


def test_every_row_goes_and_nobody_elses(house: House) -> None:
    with house.database.reading() as session:
        before = rows_that_name(session, house.trials["P01"])
        others = rows_that_name(session, house.trials["P02"])
    assert set(before) == EVERY_TABLE
    assert all(before.values()), "the house must have something to delete in every table"
    done = go(house)
    assert (done.recordings, done.trials, done.answers, done.media) == (2, 2, 12, 6)
    with house.database.reading() as session:
        assert set(rows_that_name(session, house.trials["P01"]).values()) == {0}
        assert rows_that_name(session, house.trials["P02"]) == others
        assert session.scalar(select(func.count()).select_from(Recording)) == 2


def test_media_go_but_not_what_somebody_else_needs(house: House) -> None:
    with house.database.transaction() as session:
        mine = session.get_one(Trial, house.trials["P01"][0])
        yours = session.get_one(Trial, house.trials["P02"][0])
        yours.gaze_sha256 = mine.gaze_sha256
        shared = mine.gaze_sha256
        expected = {
            digest
            for trial in session.scalars(select(Trial).where(Trial.id.in_(house.trials["P02"])))
            for digest in (trial.face_sha256, trial.gaze_sha256, trial.eye_events_sha256)
        }
    assert go(house).media == 5
    assert shared in files_of(house)
    assert expected <= files_of(house)
    assert len(files_of(house)) == 6 + 1


def test_the_tombstone_says_what_went_and_what_had_learnt(house: House) -> None:
    assert house.stores.models is not None
    (house.stores.models / "m" / "x").mkdir(parents=True)
    never_imported = house.stores.models / ("m" + "9" * 16)
    never_imported.mkdir()
    (never_imported / "run.json").write_text(json.dumps({"id": never_imported.name, "snapshot": house.snapshot}))
    with house.database.reading() as session:
        recordings = sorted(session.scalars(select(Trial.recording_id).where(Trial.id.in_(house.trials["P01"]))).all())
    done = go(house)
    assert (done.snapshots, done.models) == ([house.snapshot], [MODEL, never_imported.name])
    with house.database.reading() as session:
        stone = session.scalars(select(Withdrawal)).one()
        assert (stone.recordings, stone.trials, stone.votes, stone.media) == (recordings, 2, 12, 6)
        assert (stone.snapshots, stone.models, stone.unfinished) == (done.snapshots, done.models, None)
        entries = session.scalars(select(AuditEntry).where(OF_PEOPLE).order_by(AuditEntry.id)).all()
        assert [entry.action for entry in entries] == ["participant.withdrawn", "participant.withdrawal_finished"]
        assert {entry.about for entry in entries} == {"smiles/P01"}


def test_snapshots_and_prediction_files_are_redacted(house: House) -> None:
    go(house)
    folder = house.stores.snapshots / house.snapshot
    assert {row["trial"] for row in read_table(folder, "trials")} == set(house.trials["P02"])
    assert verify_snapshot(folder, house.stores.media).rows["votes"] == 4
    redaction = read_redaction(folder)
    assert redaction is not None
    assert redaction.last.rows_removed["trials"] == 2
    _, said = read_predictions(house.predictions)
    assert {one.trial for one in said} == set(house.trials["P02"])
    assert import_predictions(house.database, house.predictions).status == "already imported"


def test_what_is_left_of_uploads_goes(house: House) -> None:
    with house.database.reading() as session:
        uploads = session.scalars(select(Upload).order_by(Upload.id)).all()
        mine = set(session.scalars(select(Recording.id).join(Trial).where(Trial.id.in_(house.trials["P01"]))))
    kept = []
    for upload in uploads:
        place = house.stores.uploads / upload.id
        (place / "bundle").mkdir(parents=True)
        (place / "bundle" / "face.mkv").write_bytes(b"a face")
        (house.stores.uploads / f"{upload.id}.part").write_bytes(b"a face")
        kept += [] if upload.recording_id in mine else [place, house.stores.uploads / f"{upload.id}.part"]
    go(house)
    assert sorted(house.stores.uploads.iterdir()) == sorted(kept)


def test_no_byte_of_what_was_said_is_left_in_the_file(house: House) -> None:
    if not house.database.is_sqlite:
        return  # PostgreSQL overwrites by vacuum, in its own time
    assert house.database.engine.url.database
    go(house)
    withdraw(house.database, house.stores, "smiles", "P02")
    for path in Path(house.database.engine.url.database).parent.glob("*.db*"):
        assert NOTE.encode() not in path.read_bytes(), path


def test_the_same_again_changes_nothing(house: House) -> None:
    first = go(house)
    assert go(house) == first
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).where(OF_PEOPLE)) == 2


def test_what_comes_back_from_a_backup_goes_again(house: House, tmp_path: Path) -> None:
    folder = house.stores.snapshots / house.snapshot
    old = {path: path.read_bytes() for path in folder.iterdir()}
    go(house)
    (folder / "redaction.json").unlink()
    for path, content in old.items():
        path.write_bytes(content)
    assert go(house).snapshots == [house.snapshot]
    assert {row["trial"] for row in read_table(folder, "trials")} == set(house.trials["P02"])


def test_somebody_whom_the_study_does_not_know(house: House) -> None:
    with pytest.raises(NoSuchParticipantError, match="study 'smiles' has no participant 'P09'"):
        withdraw(house.database, house.stores, "smiles", "P09")
    with pytest.raises(NoSuchParticipantError, match="the studies are smiles"):
        withdraw(house.database, house.stores, "frowns", "P01")


def test_what_cannot_be_deleted_is_told_and_the_rest_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = house.stores.snapshots / house.snapshot / "trials.parquet"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:50])
    with pytest.raises(WithdrawalInterruptedError, match=r"snapshots: .*trials.parquet: cannot be read"):
        go(house)
    assert len(files_of(house)) == 6
    with house.database.reading() as session:
        assert session.scalars(select(Withdrawal)).one().unfinished is not None
    broken.write_bytes(whole)
    assert go(house).snapshots == [house.snapshot]
    with house.database.reading() as session:
        assert session.scalars(select(Withdrawal)).one().unfinished is None


#: Where it is cut off: before this step, or (True) right after it.
CUTS: tuple[tuple[object, str, bool], ...] = (
    (beyond, "redact_snapshots", False),
    (beyond, "redact_predictions", False),
    (beyond, "delete_media", False),
    (beyond, "delete_media", True),
    (beyond, "models_trained_on", False),
    (withdrawing, "_complete", True),
)


class PowerCutError(Exception):
    """Stands for the machine going away."""


@pytest.mark.parametrize(("module", "step", "after"), CUTS)
def test_cut_off_before_or_after_any_step_it_is_finished_by_the_same_call(
    house: House, monkeypatch: pytest.MonkeyPatch, module: object, step: str, after: bool
) -> None:
    real: Callable[..., object] = getattr(module, step)

    def cut(*args: object) -> object:
        if after:
            real(*args)
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(module, step, cut)
        with pytest.raises(PowerCutError):
            go(house)
    with house.database.reading() as session:
        assert set(rows_that_name(session, house.trials["P01"]).values()) == {0}
        assert session.scalars(select(Participant).filter_by(pseudonym="P01")).one().withdrawn_utc is not None
    done = go(house)
    assert (done.trials, done.answers, done.media, done.snapshots, done.models) == (2, 12, 6, [house.snapshot], [MODEL])
    assert len(files_of(house)) == 6
    verify_snapshot(house.stores.snapshots / house.snapshot, house.stores.media)


KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.media_store import MediaStore
from server.db.revisions import open_database
from server.participants.beyond import Stores
from server.participants.withdrawing import withdraw
url, folder, writes = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
left = writes
real = {name: getattr(os, name) for name in ("fsync", "replace", "unlink", "rename")}
def counted(name):
    def call(*args, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real[name](*args, **more)
    return call
for name in real:
    setattr(os, name, counted(name))
stores = Stores(MediaStore(folder / "media"), folder / "snapshots", folder / "uploads", folder / "models",
                folder / "predictions")
withdraw(open_database(url), stores, "smiles", "P01")
print("done")
"""


def test_killed_anywhere_between_two_writes_it_is_finished(house: House, tmp_path: Path) -> None:
    """A real process and a real SIGKILL, at a few of the places where a file is synced, replaced or deleted."""
    url = house.database.engine.url.render_as_string(hide_password=False)
    for writes in (1, 8, 12):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, url, str(tmp_path), str(writes)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = go(house)
    assert (done.trials, done.media, done.snapshots, done.models) == (2, 6, [house.snapshot], [MODEL])
    assert len(files_of(house)) == 6
    verify_snapshot(house.stores.snapshots / house.snapshot, house.stores.media)
    _, said = read_predictions(house.predictions)
    assert {one.trial for one in said} == set(house.trials["P02"])
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Vote)) == 12
        runs = session.scalars(select(PredictionRun)).all()
        assert len(runs) == 1


def test_whoever_withdraws_while_a_snapshot_is_written_is_not_in_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = creating.write_snapshot
    done = []

    def withdraw_first(*args: object, **more: object) -> object:
        done.append(go(house))
        return write(*args, **more)  # type: ignore[arg-type]  # handed on as they came

    with house.database.transaction() as session:  # another state than the one that was frozen before
        session.add(Vote(**_one_more_vote(session, house.trials["P02"][0])))
    monkeypatch.setattr(creating, "write_snapshot", withdraw_first)
    header = creating.create_snapshot(
        house.database, house.stores.media, house.stores.snapshots, SnapshotFilters(), 2, 0, now=lambda: NOW
    )
    assert header.id not in done[0].snapshots
    folder = house.stores.snapshots / header.id
    assert {row["trial"] for row in read_table(folder, "trials")} == set(house.trials["P02"])
    verify_snapshot(folder, house.stores.media)


def _one_more_vote(session: Session, trial: str) -> dict[str, object]:
    task = session.scalars(select(RatingTask).filter_by(trial_id=trial, instrument="ER")).one()
    rater = add_account(session, "late")
    return {
        "task_id": task.id, "instrument": "ER", "rater_id": rater.id, **ANSWER, "idempotency_key": "late",
        "created_utc": NOW,
    }  # fmt: skip


def test_an_answer_kept_for_a_withdrawn_trial_fits_no_later_place(house: House) -> None:
    """A rater's page may still hold one; SQLite would give the deleted place's number to the next."""
    with house.database.transaction() as session:
        last = session.scalar(select(func.max(Claim.id))) or 0
        task = session.scalars(select(RatingTask).filter_by(trial_id=house.trials["P01"][0], instrument="ER")).one()
        rater = add_account(session, "rosi")
        session.add(mine := Claim(task_id=task.id, rater_id=rater.id, slot=2, claimed_utc=NOW, expires_utc=NOW))
        session.flush()
        assert mine.id > last
    go(house)
    with house.database.transaction() as session:
        task = session.scalars(select(RatingTask).filter_by(trial_id=house.trials["P02"][0], instrument="ER")).one()
        session.add(next_one := Claim(task_id=task.id, rater_id=rater.id, slot=2, claimed_utc=NOW, expires_utc=NOW))
        session.flush()
        assert next_one.id > mine.id

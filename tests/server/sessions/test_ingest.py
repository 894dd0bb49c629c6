"""A bundle becomes rows and media: all of it, once, or nothing."""

import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from annotate.media_store import MediaStore
from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS
from server.db.base import Table
from server.db.engine import Database
from server.db.ratings import RatingTask
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from server.sessions.errors import (
    BundleChangedError,
    BundleNotSealedError,
    BundleNotWholeError,
    FaceVideoError,
    IngestRefusedError,
    ParticipantWithdrawnError,
)
from server.sessions.ingest import ingest_bundle
from tests.golden.make_bundle import STUDY
from tests.server.bundles import Plan, finish, record

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def counts(database: Database) -> dict[str, int]:
    tables: tuple[type[Table], ...] = (Study, Participant, Stimulus, Recording, Trial, SelfReport, RatingTask)
    with database.reading() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def frames_of(path: Path) -> list[tuple[float, int]]:
    """Time in ms and brightness of every frame."""
    with av.open(str(path)) as container:
        return [
            (float(frame.time or 0) * 1000, int(frame.to_ndarray(format="gray")[24, 32]))
            for frame in container.decode(video=0)
        ]


def test_a_bundle_becomes_rows_media_and_tasks(database: Database, media: MediaStore, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    plan = Plan(invalid=(2,), trials=3)
    result = ingest_bundle(database, media, record(tmp_path / "bundle", plan), lambda *step: steps.append(step))
    assert (result.status, result.state, result.origin) == ("ingested", "sealed", "real")
    assert (result.trials, result.trials_valid, result.er_tasks, result.fer_tasks) == (3, 2, 2, 2)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert counts(database) == {
        "study": 1, "participant": 1, "stimulus": 1, "recording": 1, "trial": 3, "self_report": 2, "rating_task": 4,
    }  # fmt: skip
    with database.reading() as session:
        first, broken_off, third = session.scalars(select(Trial).order_by(Trial.position)).all()
        recording = session.scalars(select(Recording)).one()
        stimulus = session.scalars(select(Stimulus)).one()
        report = session.get_one(SelfReport, first.id)
        tasks = session.scalars(select(RatingTask)).all()
    assert (recording.samples, recording.fixations, recording.saccades, recording.blinks, recording.messages) == (
        200, 2, 2, 2, 2,
    )  # fmt: skip
    assert (first.samples, first.fixations, first.saccades, first.blinks, first.messages) == (50, 1, 1, 0, 0)
    assert (first.duration_ms, first.frames_shown, first.frames_late) == (200.0, 5, 1)
    assert (broken_off.valid, broken_off.invalid_reason, broken_off.face_sha256) == (False, "tracker lost", None)
    assert third.valid
    assert (stimulus.clip, stimulus.emotion, stimulus.duration_ms, stimulus.placeholder) == (
        "grey", "neutral", 200.0, True,
    )  # fmt: skip
    assert stimulus.media_sha256 is not None
    assert stimulus.media_sha256 in media
    assert (report.seven, report.valence, report.valence_step) == ("sadness", -0.5, 3)
    assert len({task.media_id for task in tasks}) == 4
    assert {task.places for task in tasks} == {3}
    assert not {task.media_id for task in tasks} & {first.id, third.id}


def test_the_face_begins_at_a_key_frame_and_is_not_encoded_anew(
    database: Database, media: MediaStore, tmp_path: Path
) -> None:
    folder = record(tmp_path / "bundle")
    ingest_bundle(database, media, folder)
    with database.reading() as session:
        trials = session.scalars(select(Trial).order_by(Trial.position)).all()
    whole = frames_of(folder / "camera/face.mkv")
    # Clip 1 runs from 100 to 300 ms; the last key frame before is frame 0, seen at -310 ms. Clip 2: frame 24, 650 ms.
    for trial, offset_ms, first, last in ((trials[0], -410.0, 0, 15), (trials[1], -450.0, 24, 40)):
        assert trial.face_offset_ms == offset_ms
        assert trial.face_sha256 is not None
        cut = frames_of(media.path(trial.face_sha256))
        assert cut[0][0] == 0.0
        expected = [(time - whole[first][0], grey) for time, grey in whole[first : last + 1]]
        np.testing.assert_allclose(cut[: len(expected)], expected, atol=1e-6)
        assert len(cut) <= len(expected) + 3  # what B-frames pull in


def test_there_is_a_face_when_the_clip_begins(database: Database, media: MediaStore, tmp_path: Path) -> None:
    """Frame 12 is a key frame and the first that comes during the clip; what is seen at 0 is frame 11."""
    ingest_bundle(database, media, record(tmp_path / "bundle", Plan(first_frame_ms=-370, trials=1)))
    with database.reading() as session:
        assert session.scalars(select(Trial.face_offset_ms)).one() == -470.0


def test_the_face_has_its_index_in_front_and_no_metadata(database: Database, media: MediaStore, tmp_path: Path) -> None:
    ingest_bundle(database, media, record(tmp_path / "bundle"))
    with database.reading() as session:
        digest = session.scalars(select(Trial.face_sha256)).first()
    assert digest is not None
    content = media.path(digest).read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(media.path(digest))) as container:
        assert len(container.streams) == 1
        assert not {"title", "encoder", "creation_time"} & set(container.metadata)
    assert b"participant" not in content


def test_gaze_is_on_the_clips_clock(database: Database, media: MediaStore, tmp_path: Path) -> None:
    ingest_bundle(database, media, record(tmp_path / "bundle"))
    with database.reading() as session:
        second = session.scalars(select(Trial).order_by(Trial.position.desc())).first()
    assert second is not None
    assert second.gaze_sha256 is not None
    assert second.eye_events_sha256 is not None
    gaze = pq.read_table(io.BytesIO(media.path(second.gaze_sha256).read_bytes()))
    assert tuple(gaze.column_names) == GAZE_MEDIA_COLUMNS
    np.testing.assert_array_equal(gaze["t_ms"], np.arange(0, 200, 4.0))  # exact, though host times exceed 2^53
    assert gaze["left_x"][0].as_py() == 345.1
    assert gaze["right_x"].null_count == 0
    assert np.isnan(gaze["right_x"]).all()
    events = pq.read_table(io.BytesIO(media.path(second.eye_events_sha256).read_bytes()))
    assert tuple(events.column_names) == EYE_EVENT_MEDIA_COLUMNS
    rows = [(row["kind"], row["eye"], row["start_ms"], row["end_ms"]) for row in events.to_pylist()]
    assert rows == [("fixation", "L", 20.0, 100.0), ("saccade", "L", 100.0, 120.0)]


def test_the_same_bundle_again_changes_nothing(database: Database, media: MediaStore, tmp_path: Path) -> None:
    folder = record(tmp_path / "bundle")
    first = ingest_bundle(database, media, folder)
    before = counts(database)
    again = ingest_bundle(database, media, shutil.copytree(folder, tmp_path / "copy"))
    assert (again.status, again.er_tasks, again.trials_valid) == ("already ingested", first.er_tasks, 2)
    assert counts(database) == before


def test_trial_ids_are_the_same_in_every_database(database: Database, media: MediaStore) -> None:
    ingest_bundle(database, media, GOLDEN)
    with database.reading() as session:
        assert session.scalars(select(Trial.id)).one() == "678da071a7edc9a9fb587c59d18f42ec"


def test_another_bundle_of_the_same_id_is_refused(database: Database, media: MediaStore, tmp_path: Path) -> None:
    ingest_bundle(database, media, record(tmp_path / "first"))
    before = counts(database)
    with pytest.raises(BundleChangedError, match="other content"):
        ingest_bundle(database, media, record(tmp_path / "other", Plan(trials=3)))
    assert counts(database) == before


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda folder: (folder / "gaze/samples.csv").write_text("host_ns\n"), r"gaze/samples\.csv"),
        (lambda folder: (folder / "camera/face.mkv").unlink(), r"camera/face\.mkv"),
        (lambda folder: (folder / "seal.json").write_text("{"), r"seal\.json"),
        (lambda folder: (folder / "bundle.json").unlink(), r"bundle\.json"),
        (lambda folder: (folder / "stimuli/grey.mp4").write_bytes(b"x"), r"stimuli/grey\.mp4"),
        (lambda folder: shutil.rmtree(folder), "no such folder"),
    ],
    ids=["table changed", "face gone", "seal unreadable", "no bundle", "clip changed", "nothing there"],
)
def test_a_damaged_bundle_leaves_nothing(
    database: Database, media: MediaStore, tmp_path: Path, damage: Callable[[Path], object], named: str
) -> None:
    damage(folder := record(tmp_path / "bundle"))
    with pytest.raises(IngestRefusedError, match=named):
        ingest_bundle(database, media, folder)
    assert set(counts(database).values()) == {0}


def test_a_failure_in_the_middle_leaves_nothing(
    database: Database, media: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = record(tmp_path / "bundle")
    with monkeypatch.context() as patched:
        patched.setattr("server.sessions.rows.NEW_PRIORITY", 2.0)  # the tasks come last
        with pytest.raises(DBAPIError):
            ingest_bundle(database, media, folder)
    assert set(counts(database).values()) == {0}
    assert list(media.digests()) == []  # no face that nobody would find at a withdrawal
    assert ingest_bundle(database, media, folder).status == "ingested"


def test_a_bundle_that_was_cut_off_enters_only_as_aborted(
    database: Database, media: MediaStore, tmp_path: Path
) -> None:
    folder = record(tmp_path / "bundle", plan := Plan(), seal=False)
    with pytest.raises(BundleNotSealedError, match="--allow-aborted"):
        ingest_bundle(database, media, folder)
    aborted = ingest_bundle(database, media, folder, allow_aborted=True)
    assert (aborted.state, aborted.trials_valid, aborted.er_tasks, aborted.fer_tasks) == ("aborted", 2, 0, 0)
    assert "neither rated nor trained on" in aborted.notes[0]
    sealed = ingest_bundle(database, media, finish(folder, plan))
    assert (sealed.status, sealed.state, sealed.er_tasks) == ("ingested", "sealed", 2)
    assert counts(database)["recording"] == 1


def test_without_consent_to_rating_nobody_rates(database: Database, media: MediaStore, tmp_path: Path) -> None:
    result = ingest_bundle(database, media, record(tmp_path / "bundle", Plan(scopes=("recording", "training"))))
    assert (result.trials_valid, result.er_tasks, result.fer_tasks) == (2, 0, 0)
    assert "did not agree" in result.notes[0]


def test_what_only_prepares_or_rests_the_participant_is_never_rated(
    database: Database, media: MediaStore, tmp_path: Path
) -> None:
    plan = Plan(trials=4, roles={1: "practice", 3: "washout"})
    result = ingest_bundle(database, media, record(tmp_path / "bundle", plan))
    assert (result.trials, result.er_tasks, result.fer_tasks) == (2, 2, 2)
    with database.reading() as session:
        assert list(session.scalars(select(Trial.position).order_by(Trial.position))) == [2, 4]
    assert ingest_bundle(database, media, tmp_path / "bundle").trials == 2


def test_without_a_face_there_is_no_fer(database: Database, media: MediaStore, tmp_path: Path) -> None:
    result = ingest_bundle(database, media, record(tmp_path / "bundle", Plan(face=False)))
    assert (result.er_tasks, result.fer_tasks) == (2, 0)


def test_a_face_that_browsers_cannot_play_is_refused(database: Database, media: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(FaceVideoError, match=r"face\.mkv.*mpeg4, expected h264"):
        ingest_bundle(database, media, record(tmp_path / "bundle", Plan(codec="mpeg4")))


def test_who_has_withdrawn_stays_out(database: Database, media: MediaStore, tmp_path: Path) -> None:
    ingest_bundle(database, media, record(tmp_path / "first"))
    with database.transaction() as session:
        session.execute(update(Participant).values(withdrawn_utc=datetime(2026, 3, 1, tzinfo=UTC)))
    with pytest.raises(ParticipantWithdrawnError, match=r"P01.*2026-03-01"):
        ingest_bundle(database, media, record(tmp_path / "second", Plan(session=2)))


def test_real_recordings_have_real_devices(database: Database, media: MediaStore, tmp_path: Path) -> None:
    folder = record(tmp_path / "bundle", seal=False)
    header = json.loads((folder / "bundle.json").read_text())
    header["camera"]["simulated"] = True
    (folder / "bundle.json").write_text(json.dumps(header))
    with pytest.raises(BundleNotWholeError, match=r"bundle\.json, field origin.*expected 'simulated'"):
        ingest_bundle(database, media, finish(folder, Plan()))


def test_a_study_is_rated_alike_whatever_a_later_file_says(
    database: Database, media: MediaStore, tmp_path: Path
) -> None:
    ingest_bundle(database, media, record(tmp_path / "first"), raters_per_instrument=5)
    later = Plan(participant="P02", study=STUDY + "fer_sound: true\n")
    result = ingest_bundle(database, media, record(tmp_path / "second", later), raters_per_instrument=1)
    assert "fer_sound true, the database false" in result.notes[0]
    with database.reading() as session:
        assert set(session.scalars(select(RatingTask.places))) == {5}

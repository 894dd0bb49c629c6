"""The EMER data set: what is taken in is what its files say, whole or not at all, once and for all."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from annotate.media_marks import ALIGNED_FACES, MARK_KEY
from annotate.media_store import MediaStore
from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS, SnapshotFilters
from annotate.snapshot.store import read_table, verify_snapshot
from server.accounts.errors import LoginRefusedError
from server.accounts.logins import log_in
from server.db.accounts import Account
from server.db.engine import Database
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import Recording, Trial
from server.importing.checking import Choices, check_data_set
from server.importing.choosing import choices
from server.importing.emer import EmerResult, forget_unfinished, take_in
from server.importing.errors import ImportedDifferentlyError, ImportRefusedError, MediaNotWrittenError, NotWholeError
from server.importing.rows import RATER_NAME, RATER_PSEUDONYM, trial_id
from server.importing.unfinished import Unfinished
from server.snapshots.creating import create_snapshot
from tests.server.importing.made_set import EYE_HEADINGS, LABELS, PICTURES, ROWS, STEP_US, MadeSet, face

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SAID = Choices(number_is_participant=True)
Import = Callable[..., EmerResult]
#: For what has nothing to do with the database's kind.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def made(tmp_path: Path) -> MadeSet:
    (tmp_path / "emer").mkdir()
    return MadeSet(tmp_path / "emer", suffix=".csv")  # written and read quicker than spreadsheets


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def unfinished(tmp_path: Path) -> Unfinished:
    return Unfinished(tmp_path / "imports" / "emer.jsonl")


@pytest.fixture
def bring_in(database: Database, made: MadeSet, media: MediaStore, unfinished: Unfinished) -> Import:
    def run(choices: Choices = SAID) -> EmerResult:
        checked = check_data_set(database, media, made.root, unfinished, choices)
        return take_in(database, media, checked, unfinished, now=lambda: NOON)

    return run


def nothing_is_in(database: Database, media: MediaStore) -> bool:
    with database.reading() as session:
        rows = [session.scalar(select(func.count()).select_from(t)) for t in (Recording, Participant, Account, Vote)]
    return rows == [0, 0, 0, 0] and not list(media.digests())


def trial_of(database: Database, sample: str) -> Trial:
    with database.reading() as session:
        return session.get_one(Trial, trial_id("emer", sample))


def test_a_snapshot_that_asks_for_imported_data_has_everything_as_published(
    database: Database, made: MadeSet, media: MediaStore, bring_in: Import, tmp_path: Path
) -> None:
    made.suffix = ".xlsx"
    made.write()
    result = bring_in()
    assert (result.taken, result.already, result.participants, result.left_out) == (7, 0, 3, ())
    assert result.labels["FER", "neutral"] == 2
    assert (result.eye_rows, result.eye_rows_blank) == (7 * ROWS, 0)
    header = create_snapshot(
        database, media, tmp_path / "snapshots", SnapshotFilters(origins=("imported",)), 5, 0, now=lambda: NOON
    )
    assert header.rows == {"trials": 7, "labels": 14, "votes": 14, "self_reports": 0}
    verify_snapshot(tmp_path / "snapshots" / header.id, media)
    trials = {row["trial"]: row for row in read_table(tmp_path / "snapshots" / header.id, "trials")}
    votes = read_table(tmp_path / "snapshots" / header.id, "votes")
    for sample, published in LABELS.items():
        trial = trials[trial_id("emer", sample)]
        assert trial["participant"] == f"EMER-{int(sample.partition('_')[0]):03d}"
        assert trial["origin"] == "imported"
        assert trial["duration_ms"] == pytest.approx(ROWS * STEP_US / 1000)
        er, fer = sorted(
            (vote for vote in votes if vote["trial"] == trial["trial"]), key=lambda vote: str(vote["instrument"])
        )
        things = ("seven", "three", "valence", "arousal", "intensity")
        assert tuple(er[thing] for thing in things[:4]) == published[:4]
        assert tuple(fer[thing] for thing in things) == published[4:]
    assert {vote["rater"] for vote in votes} == {RATER_PSEUDONYM}
    folds = {row["participant"]: {one["fold"] for one in trials.values() if one["participant"] == row["participant"]}
             for row in trials.values()}  # fmt: skip
    assert all(len(own) == 1 for own in folds.values())
    surprise = trials[trial_id("emer", "7_film_surprise")]
    assert (surprise["clip"], surprise["clip_emotion"]) == ("film_surprise", "surprise")
    assert (surprise["screen_width_px"], surprise["screen_height_px"]) == (1920, 1080)
    # A person who was sad at a film for happiness does not move the clip's own emotion.
    assert trials[trial_id("emer", "10_sport_happy")]["clip_emotion"] == "happiness"


@on_sqlite
def test_eyes_lie_on_the_clips_clock_with_blank_cells_as_nan(
    database: Database, made: MadeSet, media: MediaStore, bring_in: Import
) -> None:
    made.write()
    spoken = [name for name in EYE_HEADINGS if name.startswith(("Gaze", "Pupil", "Validity"))]
    blank = {(7, heading): None for heading in spoken}
    made.write_eyes("2_film_happy", blank)
    result = bring_in()
    assert result.eye_rows_blank == 1
    trial = trial_of(database, "2_film_happy")
    assert trial.gaze_sha256 is not None
    gaze = pq.read_table(media.path(trial.gaze_sha256))
    assert tuple(gaze.column_names) == GAZE_MEDIA_COLUMNS
    columns = {name: gaze[name].to_numpy() for name in GAZE_MEDIA_COLUMNS}
    assert len(gaze) == ROWS == trial.samples
    assert columns["t_ms"][:3].tolist() == pytest.approx([0.0, 8.333, 16.666])
    assert [columns[name][3] for name in GAZE_MEDIA_COLUMNS[1:]] == [902.0, 500.75, 3.25, 904.0, 500.75, 3.5]
    assert all(np.isnan(columns[name][7]) for name in GAZE_MEDIA_COLUMNS[1:])
    assert np.isfinite(columns["left_x"][[6, 8]]).all()
    assert trial.eye_events_sha256 is not None
    events = pq.read_table(media.path(trial.eye_events_sha256)).to_pylist()
    assert tuple(events[0]) == EYE_EVENT_MEDIA_COLUMNS
    first = events[0]
    assert (first["kind"], first["eye"], first["start_ms"]) == ("fixation", "L", 0.0)
    assert first["end_ms"] == pytest.approx(15 * STEP_US / 1000)
    assert sum(event["kind"] == "saccade" for event in events) == trial.saccades == 2 * 2


@on_sqlite
def test_the_face_is_a_marked_video_of_all_pictures_in_the_order_of_their_numbers(
    database: Database, made: MadeSet, media: MediaStore, bring_in: Import
) -> None:
    made.write()
    (made.faces("2_film_happy") / "2_film_happy_6.png").unlink()  # its neighbours stay where they were
    bring_in()
    trial = trial_of(database, "2_film_happy")
    assert trial.face_offset_ms == 0.0
    assert trial.face_sha256 is not None
    with av.open(str(media.path(trial.face_sha256)), "r") as container:
        assert container.metadata[MARK_KEY] == ALIGNED_FACES == "duchenne:aligned-faces"
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")  # browsers play it
        frames = list(container.decode(stream))
    numbers = [number for number in range(1, PICTURES + 1) if number != 6]
    assert len(frames) == len(numbers)
    picture_ms = trial.duration_ms / PICTURES
    assert [frame.time * 1000 for frame in frames] == pytest.approx([(n - 1) * picture_ms for n in numbers], abs=0.02)
    for frame, number in zip(frames, numbers, strict=True):
        shown = frame.to_ndarray(format="rgb24").astype(float)
        drawn = face(number)[:112, :, ::-1].astype(float)  # 113 rows: the last one is lost
        assert abs(shown[60, 100, 0] - 20 * number) <= 2, number
        assert np.sqrt(((shown - drawn) ** 2).mean()) < 4


def test_again_is_no_change(database: Database, made: MadeSet, media: MediaStore, bring_in: Import) -> None:
    made.write()
    bring_in()
    before = sorted(media.digests())
    again = bring_in()
    assert (again.taken, again.already, again.participants) == (0, 7, 3)
    assert sorted(media.digests()) == before
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Trial, Vote, RatingTask, Claim)]
    assert counts == [7, 14, 14, 14]


@on_sqlite
def test_other_content_under_the_same_study_is_refused(made: MadeSet, bring_in: Import) -> None:
    made.write()
    bring_in()
    made.labels["2_film_happy"] = ("sadness", *LABELS["2_film_happy"][1:])
    made.write_labels()
    with pytest.raises(ImportedDifferentlyError, match=r"EMER-002 were imported before.*--study NAME"):
        bring_in()


def test_samples_of_people_who_are_new_are_added(made: MadeSet, bring_in: Import) -> None:
    later = {sample: made.labels.pop(sample) for sample in ("7_film_surprise", "7_sport_disgust")}
    made.write()
    assert bring_in().participants == 2
    for sample, row in later.items():
        made.labels[sample] = row
        made.write_faces(sample)
        made.write_eyes(sample)
    made.write_labels()
    again = bring_in()
    assert (again.taken, again.already, again.participants) == (2, 5, 3)


@on_sqlite
def test_who_has_withdrawn_stays_out(database: Database, made: MadeSet, bring_in: Import) -> None:
    made.write()
    bring_in()
    with database.transaction() as session:
        session.scalars(select(Participant).filter_by(pseudonym="EMER-007")).one().withdrawn_utc = NOON
    again = bring_in()
    assert (again.taken, {why for _, why in again.left_out}) == (0, {"participant EMER-007 has withdrawn"})
    assert len(again.left_out) == 2


@on_sqlite
def test_nobody_can_log_in_as_the_published_labels(database: Database, made: MadeSet, bring_in: Import) -> None:
    made.write()
    bring_in()
    for password in ("!", "", "emer-published-labels"):
        with pytest.raises(LoginRefusedError):
            log_in(database, RATER_NAME, password, NOON)
    with database.transaction() as session:  # not even where somebody opens the account again
        session.scalars(select(Account).filter_by(name=RATER_NAME)).one().active = True
    with pytest.raises(LoginRefusedError):
        log_in(database, RATER_NAME, "!", NOON)


KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.media_store import MediaStore
from server.db.revisions import open_database
from server.importing.checking import Choices, check_data_set
from server.importing.emer import take_in
from server.importing.unfinished import Unfinished

url, media, root, notes = sys.argv[1:]
database, unfinished = open_database(url), Unfinished(Path(notes))
store = MediaStore(Path(media))
checked = check_data_set(database, store, Path(root), unfinished, Choices(number_is_participant=True))
put, count = store.put_file, 0

def put_and_die(path):
    global count
    count += 1
    if count == 3:
        (store.root / ".arriving-half").write_bytes(path.read_bytes()[:100])
        os.kill(os.getpid(), signal.SIGKILL)
    return put(path)

store.put_file = put_and_die
take_in(database, store, checked, unfinished)
"""


def test_killed_amid_the_media_the_next_run_goes_on(
    database: Database,
    database_url: str,
    made: MadeSet,
    media: MediaStore,
    unfinished: Unfinished,
    bring_in: Import,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made.write()
    died = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, str(media.root), str(made.root), str(unfinished.path)],
        check=False,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Recording)) == 0
    assert len(unfinished.stored(media)) == 2
    with unfinished.path.open("ab") as file:
        file.write(b'{"sample": "cut off')
    written: list[Path] = []
    put = media.put_file

    def noted(path: Path) -> str:
        written.append(path)
        return put(path)

    monkeypatch.setattr(media, "put_file", noted)
    assert bring_in().taken == 7
    assert len(written) == 5
    assert not unfinished.path.exists()


@on_sqlite
def test_what_an_unfinished_import_has_left_can_be_deleted(
    database: Database, made: MadeSet, media: MediaStore, unfinished: Unfinished, bring_in: Import
) -> None:
    made.write()
    broken = made.faces("7_sport_disgust") / "7_sport_disgust_4.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(NotWholeError) as refused:
        bring_in()
    (told,) = refused.value.problems
    assert told.startswith(f"{broken}: cannot be read as a picture")
    assert list(media.digests())
    assert forget_unfinished(database, media, unfinished) > 0
    assert nothing_is_in(database, media)
    assert forget_unfinished(database, media, unfinished) == 0


@on_sqlite
def test_a_full_disk_is_told_and_what_is_done_stays_done(
    made: MadeSet, media: MediaStore, unfinished: Unfinished, bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write()
    put, calls = media.put_file, iter(range(99))

    def full(path: Path) -> str:
        if next(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return put(path)

    with monkeypatch.context() as patch:
        patch.setattr(media, "put_file", full)
        with pytest.raises(MediaNotWrittenError, match="No space left on device"):
            bring_in()
    assert len(unfinished.stored(media)) == 3
    assert bring_in().taken == 7


@on_sqlite
def test_all_problems_are_told_together_and_nothing_is_written(
    database: Database, made: MadeSet, media: MediaStore, bring_in: Import
) -> None:
    made.labels["2_film_happy"] = ("hapy", "positive", 1.5, "", "happiness", "positive", 0, 0, 3.01)
    made.labels["film_happy"] = LABELS["2_film_happy"]
    made.write()
    for picture in made.faces("7_film_surprise").iterdir():
        picture.unlink()
    made.faces("7_film_surprise").rmdir()
    made.eyes("10_film_sad").unlink()
    made.write_eyes("7_sport_disgust", {(3, "Gaze point left X [DACS px]"): "left"})
    with pytest.raises(NotWholeError) as refused:
        bring_in()
    table = f"{made.root / 'EMER_label.xlsx'}, sheet 'Sheet1'"
    expected = [
        f"{table}, row 3, column 'ER 7-class': expected one of happiness, sadness, fear, surprise, disgust, anger, "
        "neutral, found 'hapy'",
        f"{table}, row 3, column 'ER valence': expected a number from -1 to 1, found '1.5'",
        f"{table}, row 3, column 'ER arousal': expected a number from -1 to 1, found nothing",
        f"{table}, row 3, column 'FER intensity': expected a number from 0 to 3, found '3.01'",
        "sample 'film_happy': has no participant",
        f"{made.root / 'face_light_align' / '7_film_surprise'}: there is no such folder of pictures",
        f"{made.root / 'eye_movement' / '10_film_sad'}.xlsx: there is no such eye file",
        f"{made.eyes('7_sport_disgust')}, line 5, column 'Gaze point left X [DACS px]': expected a "
        "number, found 'left'",
    ]
    told = refused.value.problems
    assert len(told) == len(expected)
    for beginning in expected:
        assert any(problem.startswith(beginning) for problem in told), (beginning, told)
    assert "8 problems" in str(refused.value)
    assert nothing_is_in(database, media)


@on_sqlite
def test_broken_samples_are_left_out_where_somebody_says_so(made: MadeSet, bring_in: Import) -> None:
    made.labels["2_film_happy"] = ("happiness", "positive", 9, 0, "happiness", "positive", 0, 0, 1)
    made.write()
    made.eyes("10_film_sad").unlink()
    (made.faces("7_sport_disgust") / "7_sport_disgust_4.png").write_bytes(b"no picture")
    made.write_faces("99_film_happy")
    result = bring_in(Choices(number_is_participant=True, leave_out_broken=True))
    assert result.taken == 4
    assert [sample for sample, _ in result.left_out] == [
        "2_film_happy", "10_film_sad", "99_film_happy", "7_sport_disgust"
    ]  # fmt: skip
    assert result.participants == 3


def test_more_than_twenty_problems_are_counted() -> None:
    told = str(NotWholeError([f"problem {number}" for number in range(33)], "Mend them"))
    assert "33 problems" in told
    assert "problem 19" in told
    assert "problem 20" not in told
    assert "… and 13 more" in told


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda: choices("../x"), "--study ../x: expected letters"),
        (lambda: choices("emer", seven_classes="0=hapy"), "'0=hapy' is not understood"),
        (lambda: choices("emer", three_classes="0=positive,0=negative"), "'0=negative' is not understood"),
        (lambda: choices("emer", columns=["valence=V"]), "--column valence=V: expected FIELD=HEADING"),
        (lambda: choices("emer", screen_px=(0, 1080)), "--screen-px 0 1080"),
    ],
)
def test_what_was_typed_wrongly_is_told(choose: Callable[[], Choices], message: str) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        choose()
    assert message in str(refused.value)

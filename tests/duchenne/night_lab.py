"""A small lab whose nights are short: a real database with rated trials, and real media.

Everything in it is marked simulated. Faces are cut from the middle of the frame, as in tests.model.conftest.
"""

from pathlib import Path
from uuid import uuid4

import numpy as np

from annotate.media_store import MediaStore
from annotate.scales import EMOTIONS, USUAL_POLARITY
from duchenne.settings import Values
from server.db.engine import Database
from server.db.ratings import Vote
from server.db.revisions import open_database
from server.db.trials import Trial
from server.db.upgrade import upgrade
from tests.model.conftest import DURATION_MS, write_eye_events, write_face_video, write_gaze
from tests.server.rows import THEN, add_account, add_recording, add_task, add_trial

CLASSES = (0, 1)
PEOPLE = 8


def values_of(home: Path) -> Values:
    return Values(home=home, device="cpu").below_home()


def make_lab(home: Path, people: int = PEOPLE) -> None:
    """`people` with a trial of each of CLASSES: felt is in the gaze, shown in the face, two raters say so."""
    values = values_of(home)
    home.mkdir(parents=True)
    upgrade(values.database_url)
    database = open_database(values.database_url)
    try:
        add_people(database, home, 0, people)
    finally:
        database.close()


def add_people(database: Database, home: Path, first: int, last: int) -> None:
    store, rng = MediaStore(home / "media"), np.random.default_rng([1, first])
    arriving = home / "filmed"
    arriving.mkdir()
    with database.transaction() as session:
        raters = [add_account(session, f"rater {first} {number}") for number in range(2)]
        for number in range(first, last):
            recording = add_recording(session, participant=f"P{number:02d}", origin="simulated")
            for position, felt in enumerate(CLASSES):
                shown = CLASSES[(position + number // 2) % len(CLASSES)]
                trial = add_trial(session, recording, clip=EMOTIONS[felt].value)
                write_face_video(arriving / "face.mp4", shown, rng)
                write_gaze(arriving / "gaze.parquet", felt, rng)
                write_eye_events(arriving / "events.parquet")
                trial.duration_ms, trial.face_offset_ms = DURATION_MS, -50.0
                trial.face_sha256 = store.put_file(arriving / "face.mp4")
                trial.gaze_sha256 = store.put_file(arriving / "gaze.parquet")
                trial.eye_events_sha256 = store.put_file(arriving / "events.parquet")
                for instrument, said in (("ER", felt), ("FER", shown)):
                    task = add_task(session, trial, instrument)
                    for rater in raters:
                        session.add(
                            Vote(task_id=task.id, instrument=instrument, rater_id=rater.id, **_answer(instrument, said))
                        )
        session.flush()
    for path in arriving.iterdir():
        path.unlink()
    arriving.rmdir()


def _answer(instrument: str, number: int) -> dict[str, object]:
    return {
        "seven": EMOTIONS[number].value,
        "three": USUAL_POLARITY[EMOTIONS[number]].value,
        "valence": 0.5 - 0.15 * number,
        "arousal": 0.1 * number,
        "intensity": 1.0 + 0.2 * number if instrument == "FER" else None,
        "idempotency_key": uuid4().hex,
        "created_utc": THEN,
    }


def trials_of(database: Database) -> int:
    with database.reading() as session:
        return session.query(Trial).count()

"""Eye events that were found after a session reach the trials they belong to, and say who found them."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from annotate.media_store import MediaStore
from collect.bundle.reader import read_bundle
from collect.bundle.tracker_faults import TrackerFaults
from collect.session.errors import DeviceFailedError
from collect.session.resume import resume_session
from server.db.engine import Database
from server.db.trials import Recording, Trial
from server.sessions.ingest import ingest_bundle
from tests.collect.session.small_study import write_study
from tests.collect.session.test_eye_events import Lab


def test_each_trial_of_a_resumed_session_has_those_of_its_own_part(database: Database, tmp_path: Path) -> None:
    """The machine was started again in between, so that both parts have the same times."""
    lab = Lab(write_study(tmp_path / "study", seconds=2.0))
    with pytest.raises(DeviceFailedError):
        lab.run(tmp_path, TrackerFaults(disconnect=(2, 1.0)))
    folder = tmp_path / "small_P01_01"
    resume_session(folder, lab.devices(first_trial=3))
    media = MediaStore(tmp_path / "media")
    ingest_bundle(database, media, folder)
    bundle = read_bundle(folder)
    (source,) = set(bundle.eye_events()["source"].tolist())
    assert source.startswith("REMoDNaV ")
    with database.reading() as session:
        recording = session.scalars(select(Recording)).one()
        assert recording.fixations + recording.saccades + recording.blinks == len(bundle.eye_events())
        trials = session.scalars(select(Trial).order_by(Trial.position)).all()
        assert [trial.valid for trial in trials] == [True, False, True]
        for trial, recorded in zip(trials, bundle.trials, strict=True):
            if not trial.valid:
                continue
            assert trial.eye_events_sha256 is not None
            table = pq.read_table(media.path(trial.eye_events_sha256)).to_pylist()
            own = bundle.eye_events_of(recorded)
            assert [row["x"] for row in table if row["kind"] == "fixation"] == (
                own["x"][own["kind"] == "fixation"].tolist()
            )
            assert {row["source"] for row in table} == {source}

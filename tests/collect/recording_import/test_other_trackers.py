"""What other trackers wrote becomes a bundle too; where it has no eye events, they are found."""

from pathlib import Path

import numpy as np
import pytest

from collect.bundle.format import Warned
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.verify import verify_bundle
from collect.errors import CollectError
from collect.recording_import.importing import import_recording
from tests.collect.gaze.events.walk import walk
from tests.collect.gaze.tobii_export import Row, event, sample, write_text, write_workbook
from tests.collect.recording_import.small_recording import write_small_recording

DATA = Path(__file__).parents[4] / "shared/data"


def tobii_rows(kind: str = "") -> list[Row]:
    made = walk()
    rows = [event(0, "RecordingStart")]
    for index in range(len(made.x)):
        seen = (float(made.x[index]), float(made.y[index]), 3.5)
        rows.append(sample(2000 * (index + 1), seen, seen, kind, 1))
    return [*rows, event(2000 * (len(made.x) + 1), "RecordingEnd")]


def bring(gaze: Path, tmp_path: Path, trials: str = "1\tfilm\t100\t3000\tsadness\t0\n", **changes: object) -> Bundle:
    _, video, table = write_small_recording(tmp_path)
    table.write_text("trial\tclip\tstart_ms\tend_ms\temotion\tface_start_s\n" + trials)
    given = {"participant": "P07", "study_id": "s", "consent_scopes": ["recording"]} | changes
    folder = import_recording(gaze, video, table, tmp_path / "bundle", **given)  # type: ignore[arg-type]  # as given
    report = verify_bundle(folder)
    assert (report.state, report.problems) == ("sealed", ())
    return read_bundle(folder)


@pytest.mark.parametrize(("write", "suffix"), [(write_text, "tsv"), (write_workbook, "xlsx")])
def test_a_tobii_export_without_events(tmp_path: Path, write: type, suffix: str) -> None:
    source = write(tmp_path / f"tobii.{suffix}", tobii_rows())
    bundle = bring(source, tmp_path, screen_cm=53.0, distance_cm=65.0)
    assert (bundle.folder / f"gaze/original.{suffix}").read_bytes() == source.read_bytes()
    tracker = bundle.header.tracker
    assert (tracker.kind, tracker.rate_hz, tracker.pupil_unit) == (f"tobii-{suffix}", 500.0, "mm")
    assert (bundle.header.screen.width_cm, bundle.header.screen.distance_cm) == (53.0, 65.0)
    samples = bundle.gaze_samples()
    assert len(samples) == len(walk().x)
    assert samples["host_ns"][0] == 2_000_000
    events = bundle.eye_events()
    kinds = events["kind"].tolist()
    assert set(events["eye"]) == {"L", "R"}
    assert kinds.count("saccade") == 2 * 12
    assert {str(source) for source in events["source"]} == {"REMoDNaV 1.1.2"}
    (note,) = (event.text for event in bundle.journal if isinstance(event, Warned) and "eye events" in event.text)
    assert note == f"The tracker's file has no eye events. {len(events)} were found in its samples by REMoDNaV 1.1.2."


def test_tobiis_own_events_are_kept(tmp_path: Path) -> None:
    bundle = bring(write_text(tmp_path / "tobii.tsv", tobii_rows("Fixation")), tmp_path)
    events = bundle.eye_events()
    assert events["eye"].tolist() == ["L", "R"]
    assert events["source"][0] == "Tobii: Tobii I-VT (Fixation)"
    assert bundle.gaze_messages()["text"].tolist() == ["RecordingStart", "RecordingEnd"]


def test_a_tracker_too_slow_for_events_is_imported_all_the_same(tmp_path: Path) -> None:
    rows = [sample(33_333 * n, (900.0, 500.0, 3.5), None, "", 1) for n in range(1, 120)]
    bundle = bring(write_text(tmp_path / "slow.tsv", rows), tmp_path)
    assert len(bundle.eye_events()) == 0
    (note,) = (event.text for event in bundle.journal if isinstance(event, Warned) and "eye events" in event.text)
    assert "cannot be found at 30 samples a second" in note


def test_positions_that_are_not_on_the_screen_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "media.tsv"
    lines = "".join(f"{time}\tEye Tracker\t0.5\t0.5\n" for time in range(0, 4000, 10))
    path.write_text(
        f"Recording timestamp [ms]\tSensor\tGaze point left X [MCS norm]\tGaze point left Y [MCS norm]\n{lines}"
    )
    with pytest.raises(
        CollectError, match=r"the samples are MCS norm, not positions on the screen in pixels\. Export DACS"
    ):
        bring(path, tmp_path, screen_px=(1920, 1080))
    assert not (tmp_path / "bundle").exists()


@pytest.mark.skipif(not DATA.is_dir(), reason="the real recordings are not beside this checkout (../shared/data)")
def test_a_real_edf_file(tmp_path: Path) -> None:
    source = DATA / "edf/eyelinkReader_example.edf"
    bundle = bring(source, tmp_path, "1\tfilm\t9204581\t9206581\tsadness\t0\n")
    assert (bundle.folder / "gaze/original.edf").read_bytes() == source.read_bytes()
    assert len(bundle.gaze_samples()) == 14353
    assert np.unique(bundle.eye_events()["source"]).tolist() == ["tracker"]
    assert len(bundle.samples_of(bundle.trials[0])) == 1000

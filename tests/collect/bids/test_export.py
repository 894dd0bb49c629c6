"""A sealed session becomes a BIDS data set whose numbers and times are the session's own."""

import csv
import gzip
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from collect.bids.export import write_bids
from collect.bundle.format import ScreenInfo
from collect.bundle.reader import read_bundle
from tests.collect.bids.recorded import Recorded, record

BEH = "sub-P01/ses-01/beh/sub-P01_ses-01_task-gapstudy"


def plain(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def compressed(stem: Path) -> list[dict[str, str]]:
    """A table without column names, with those of its sidecar."""
    columns = json.loads(Path(f"{stem}.json").read_text())["Columns"]
    with gzip.open(f"{stem}.tsv.gz", "rt", encoding="utf-8") as file:
        return [dict(zip(columns, line.rstrip("\n").split("\t"), strict=True)) for line in file]


def numbers(table: list[dict[str, str]], column: str) -> list[float]:
    return [float("nan") if row[column] == "n/a" else float(row[column]) for row in table]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("recorded") / "one", Recorded())


@pytest.fixture(scope="module")
def dataset(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bids") / "set"
    ticks: list[tuple[int, int]] = []
    write_bids(folder, [bundle], progress=lambda done, total: ticks.append((done, total)))
    assert ticks == [(1, 2), (2, 2)]
    return folder


def test_gaze_is_the_bundles_own_one_file_for_each_eye(bundle: Path, dataset: Path) -> None:
    samples = read_bundle(bundle).gaze_samples()
    for name, recording in (("left", "eye1"), ("right", "eye2")):
        stem = dataset / f"{BEH}_recording-{recording}_physio"
        table = compressed(stem)
        for column, field in (("x_coordinate", "x"), ("y_coordinate", "y"), ("pupil_size", "pupil")):
            np.testing.assert_array_equal(numbers(table, column), samples[f"{name}_{field}"])
        np.testing.assert_array_equal(numbers(table, "timestamp"), samples["device_ms"])
        sidecar = json.loads(Path(f"{stem}.json").read_text())
        assert (sidecar["RecordedEye"], sidecar["PhysioType"]) == (name, "eyetrack")
        assert (sidecar["SamplingFrequency"], sidecar["StartTime"]) == (250, 0)
        assert sidecar["SampleCoordinateSystem"] == "gaze-on-screen"
        assert (sidecar["x_coordinate"]["Units"], sidecar["Manufacturer"]) == ("pixel", "SR Research")
        assert "area" in sidecar["pupil_size"]["Description"]
        assert (sidecar["CalibrationCount"], sidecar["AverageCalibrationError"]) == (2, 0.4)
        assert sidecar["CalibrationPosition"] == [[100.0, 240.0], [540.0, 240.0]]


def test_all_files_count_from_the_first_gaze_sample(bundle: Path, dataset: Path) -> None:
    recorded = read_bundle(bundle)
    (trial,) = recorded.trials
    zero = int(recorded.gaze_samples()["host_ns"][0])
    gaze = compressed(dataset / f"{BEH}_recording-eye1_physio")
    assert numbers(gaze, "session_time")[:3] == [0.0, 0.004, 0.008]
    events = plain(dataset / f"{BEH}_events.tsv")
    (clip,) = [row for row in events if row["trial_type"] == "clip"]
    assert trial.clip_started_ns is not None
    assert float(clip["onset"]) == pytest.approx((trial.clip_started_ns - zero) / 1e9)
    assert (clip["onset"], clip["duration"], clip["sound_onset"]) == ("0.1", "0.2", "0.105")
    onsets = [float(row["onset"]) for row in events]
    assert onsets == sorted(onsets)
    assert onsets[0] == -0.019  # what came before the first sample


def test_every_kind_of_event_is_told(dataset: Path) -> None:
    events = plain(dataset / f"{BEH}_events.tsv")
    told = [(row["trial_type"], row["onset"], row["duration"], row["item"]) for row in events]
    assert told == [
        ("calibration", "-0.019", "n/a", "n/a"),
        ("calibration", "-0.015", "n/a", "n/a"),
        ("drift_check", "-0.01", "n/a", "n/a"),
        ("fixation_cross", "0.0", "0.1", "n/a"),
        ("clip", "0.1", "0.2", "n/a"),
        ("self_report", "0.38", "0.25", "seven"),
        ("self_report", "0.63", "0.25", "valence"),
        ("pause", "0.98", "0.5", "n/a"),
    ]
    clip = events[4]
    assert (clip["clip"], clip["intended_emotion"], clip["role"], clip["block"]) == (
        "grey",
        "sadness",
        "trial",
        "first",
    )
    assert (clip["valid"], clip["frames_in_clip"], clip["frames_shown"], clip["frames_late"]) == ("true", "5", "4", "1")
    assert (clip["felt_seven"], clip["felt_three"], clip["felt_valence"]) == ("sadness", "negative", "-0.5")
    assert (clip["valence_step"], clip["familiarity_step"], clip["liking_step"]) == ("3", "1", "7")
    assert clip["felt_arousal"] == "n/a"
    assert (events[0]["accepted"], events[0]["error_deg"], events[2]["error_deg"]) == ("false", "3.4", "0.25")
    sidecar = json.loads((dataset / f"{BEH}_events.json").read_text())
    assert set(events[0]) <= set(sidecar)
    assert sidecar["felt_seven"]["Levels"]["sadness"] == "Sadness"
    shown_on = sidecar["StimulusPresentation"]
    assert (shown_on["ScreenSize"], shown_on["ScreenDistance"]) == ([0.4, 0.3], 0.6)
    assert (shown_on["ScreenResolution"], shown_on["ScreenRefreshRate"]) == ([640, 480], 60.0)
    assert shown_on["SoftwareVersions"]["psychopy-lib"] == "2026.2.5"


def test_eye_events_stand_on_the_trackers_clock(dataset: Path) -> None:
    left = compressed(dataset / f"{BEH}_recording-eye1_physioevents")
    told = [(row["trial_type"], row["onset"], row["duration"], row["blink"], row["message"]) for row in left]
    assert told == [
        ("fixation", "5000.0", "0.10001", "0", "n/a"),
        ("n/a", "5001.0", "n/a", "n/a", 'TRIALID "1", done'),
        ("saccade", "5110.011", "0.06", "1", "n/a"),  # the tracker told no time of this one
        ("blink", "5120.012", "0.040004", "1", "n/a"),
    ]
    right = compressed(dataset / f"{BEH}_recording-eye2_physioevents")
    assert [row["trial_type"] for row in right] == ["n/a", "saccade"]
    sidecar = json.loads((dataset / f"{BEH}_recording-eye1_physioevents.json").read_text())
    assert (sidecar["OnsetSource"], sidecar["Columns"][0]) == ("timestamp", "onset")


def test_neither_free_text_nor_dates_nor_faces_nor_clips_go_along_unasked(dataset: Path) -> None:
    files = [path for path in dataset.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".mkv", ".mp4")]
    for path in files:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert b"Tom" not in data
        assert b"2026-01-02" not in data
    (clip,) = plain(dataset / "stimuli/clips.tsv")
    assert (clip["clip"], clip["licence"], clip["mean_luminance"]) == ("grey", "CC0-1.0", "0.021")
    assert (dataset / "stimuli" / clip["luminance"]).read_text().startswith("pts_ms,luminance\n")
    assert plain(dataset / f"{BEH}_events.tsv")[4]["stim_file"] == "n/a"


@pytest.mark.parametrize(("eyes", "name", "column"), [("L", "left", "100.5"), ("R", "right", "101.5")])
def test_one_eye_is_one_file(tmp_path: Path, eyes: Literal["L", "R"], name: str, column: str) -> None:
    dataset = tmp_path / "set"
    write_bids(dataset, [record(tmp_path / "one", Recorded(eyes=eyes))])
    assert len(list(dataset.rglob("*_physio.tsv.gz"))) == 1
    stem = dataset / f"{BEH}_recording-eye1_physio"
    assert json.loads(Path(f"{stem}.json").read_text())["RecordedEye"] == name
    assert compressed(stem)[0]["x_coordinate"] == column


def test_clips_and_faces_go_along_where_asked_and_agreed(tmp_path: Path) -> None:
    agreed = record(tmp_path / "agreed", Recorded())
    declined = record(tmp_path / "declined", Recorded(participant="P02", scopes=("recording", "rating")))
    written = write_bids(tmp_path / "set", [agreed, declined], clips=True, faces=True)
    face = tmp_path / "set/sourcedata/sub-P01/ses-01/sub-P01_ses-01_task-gapstudy_face"
    assert face.with_suffix(".mkv").read_bytes() == (agreed / "camera/face.mkv").read_bytes()
    frames = plain(Path(f"{face}frames.tsv"))
    assert [(row["frame"], row["pts_ms"], row["onset"]) for row in frames] == [
        ("0", "0.0", "0.03"),
        ("1", "40.0", "0.07"),
    ]
    assert not (tmp_path / "set/sourcedata/sub-P02").exists()
    assert written.notes == ("sub-P02/ses-01: no face video, for the participant did not agree to 'publication'.",)
    events = plain(tmp_path / "set" / f"{BEH}_events.tsv")
    (shown,) = [row["stim_file"] for row in events if row["trial_type"] == "clip"]
    assert (tmp_path / "set/stimuli" / shown).is_file()


def test_a_resumed_session_is_two_runs_with_a_zero_each(tmp_path: Path) -> None:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded(reboots=1))])
    for run in (1, 2):
        stem = tmp_path / "set" / f"{BEH}_run-{run}"
        (clip,) = [row for row in plain(Path(f"{stem}_events.tsv")) if row["trial_type"] == "clip"]
        assert (clip["trial"], clip["onset"]) == (str(run), "0.1")
        gaze = compressed(Path(f"{stem}_recording-eye1_physio"))
        assert len(gaze) == 125
        assert gaze[0]["session_time"] == "0.0"
    assert not (tmp_path / "set" / f"{BEH}_events.tsv").exists()


def test_a_tracker_without_a_clock_gets_host_times(tmp_path: Path) -> None:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded(device_clock=False))])
    gaze = compressed(tmp_path / "set" / f"{BEH}_recording-eye1_physio")
    assert [row["timestamp"] for row in gaze[:3]] == ["0.0", "4.0", "8.0"]
    events = compressed(tmp_path / "set" / f"{BEH}_recording-eye1_physioevents")
    assert [row["onset"] for row in events] == ["0.0", "1.0", "110.0", "120.0"]


def test_a_session_without_gaze_keeps_its_events(tmp_path: Path) -> None:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded(gaze=False))])
    assert not list((tmp_path / "set").rglob("*.tsv.gz"))
    events = plain(tmp_path / "set" / f"{BEH}_events.tsv")
    assert ("clip", "0.12") in [(row["trial_type"], row["onset"]) for row in events]  # from the journal's first line


def test_a_screen_of_unknown_size_is_told_or_given(tmp_path: Path) -> None:
    bundle = record(tmp_path / "one", Recorded(screen=ScreenInfo(width_px=640, height_px=480)))
    written = write_bids(tmp_path / "set", [bundle])
    assert "--screen-width-cm" in written.notes[0]
    sidecar = tmp_path / "set" / f"{BEH}_recording-eye1_physio.json"
    assert json.loads(sidecar.read_text())["SampleCoordinateSystem"] == "custom"
    assert write_bids(tmp_path / "told", [bundle], screen_width_cm=50, distance_cm=70).notes == ()
    shown_on = json.loads((tmp_path / "told" / f"{BEH}_events.json").read_text())["StimulusPresentation"]
    assert (shown_on["ScreenSize"], shown_on["ScreenDistance"]) == ([0.5, 0.375], 0.7)


def test_the_same_sessions_give_the_same_bytes(bundle: Path, dataset: Path, tmp_path: Path) -> None:
    write_bids(tmp_path / "again", [bundle])
    for path in (path for path in dataset.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / path.relative_to(dataset)).read_bytes() == path.read_bytes()


def test_simulated_sessions_say_so_in_every_place(tmp_path: Path) -> None:
    write_bids(tmp_path / "set", [record(tmp_path / "one", Recorded(origin="simulated"))])
    description = json.loads((tmp_path / "set/dataset_description.json").read_text())
    assert description["Name"].startswith("SIMULATED")
    assert "No person was recorded" in (tmp_path / "set/README.md").read_text()
    assert plain(tmp_path / "set/participants.tsv")[0]["origin"] == "simulated"

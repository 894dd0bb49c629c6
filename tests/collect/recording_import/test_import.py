"""A small recording and a small video become a bundle that says what they said, and no more."""

import hashlib
from pathlib import Path

import av
import numpy as np
import pytest

from collect.bundle.format import Warned
from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from collect.errors import CollectError
from collect.recording_import.importing import import_recording
from tests.collect.recording_import.small_recording import TABLE, write_small_recording


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    return write_small_recording(tmp_path)


def bring(files: tuple[Path, Path, Path], **changes: object) -> Path:
    given = {"participant": "P07", "study_id": "old-study", "consent_scopes": ["recording", "training"]} | changes
    return import_recording(*files, files[0].parent / "bundle", **given)  # type: ignore[arg-type]  # bad ones too


def test_an_import_is_sealed_and_says_what_it_is(files: tuple[Path, Path, Path]) -> None:
    seen: list[tuple[int, int]] = []
    folder = bring(files, progress=lambda done, total: seen.append((done, total)))
    report = verify_bundle(folder)
    assert (report.state, report.problems, report.trials_valid) == ("sealed", (), 4)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    header = read_bundle(folder).header
    assert (header.origin, header.participant, header.study_id) == ("imported", "P07", "old-study")
    assert (header.screen.width_px, header.screen.height_px) == (1920, 1080)
    assert (header.tracker.rate_hz, header.tracker.eyes, header.tracker.pupil_unit) == (250, "LR", "arbitrary diameter")
    assert (header.camera.width_px, header.camera.height_px, header.camera.nominal_fps) == (64, 48, 25)
    assert not header.tracker.simulated
    assert header.planned_clips == ("sad-film", "joy-film", "sad-film", "sad-film")
    assert (folder / "gaze/original.asc").read_bytes() == files[0].read_bytes()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["bundle", "face.mp4", "small.asc", "trials.tsv"]


def test_consent_is_what_the_importer_states(files: tuple[Path, Path, Path]) -> None:
    bundle = read_bundle(bring(files))
    assert bundle.header.consent.scopes == ("recording", "training")
    assert bundle.study.consent.text == "Stated at import: the participant has agreed to recording, training."
    digest = hashlib.sha256(bundle.study.consent.text.encode()).hexdigest()
    assert bundle.header.consent.text_sha256 == digest


def test_gaze_is_kept_whole(files: tuple[Path, Path, Path]) -> None:
    bundle = read_bundle(bring(files))
    samples = bundle.gaze_samples()
    assert len(samples) == 400
    assert samples[0].tolist()[:5] == (1_000_000_000, 1000.0, 0.5, 541.0, 1001.0)
    assert np.isnan(samples["right_x"]).all()
    assert np.isnan(samples["right_pupil"]).all()  # 0 is the tracker's word for 'none'
    events = bundle.eye_events()
    assert sorted(events["kind"].tolist()) == ["blink"] * 4 + ["fixation"] * 4 + ["saccade"] * 4
    fixation = events[events["kind"] == "fixation"][0]
    assert (fixation["start_host_ns"], fixation["end_host_ns"]) == (1_000_000_000, 1_400_000_000)
    assert (fixation["x"], fixation["pupil"], fixation["source"]) == (960.5, 1001.0, "tracker")
    saccade = events[events["kind"] == "saccade"][0]
    assert np.isnan(saccade["x"])
    assert (saccade["end_x"], saccade["end_y"]) == (852.1, 616.2)
    assert bundle.gaze_messages()["text"][3] == 'TRIALID 1, "first" – Ärger'
    assert len(bundle.gaze_messages()) == 7
    good, poor = (event for event in bundle.journal if event.event == "calibrated")
    assert (good.eye, good.mean_error_deg, good.max_error_deg, good.accepted) == ("L", 0.27, 0.37, True)
    assert (poor.eye, poor.accepted) == ("R", False)


def test_each_trial_gets_its_face_at_its_own_time(files: tuple[Path, Path, Path]) -> None:
    bundle = read_bundle(bring(files))
    assert [len(bundle.camera_frames_of(trial)) for trial in bundle.trials] == [10, 10, 5, 0]
    assert [trial.devices for trial in bundle.trials] == [("tracker", "camera")] * 3 + [("tracker",)]
    frames = bundle.camera_frames()
    assert frames["frame"].tolist() == list(range(25))
    assert frames["host_ns"][:3].tolist() == [1_000_000_000, 1_040_000_000, 1_080_000_000]
    assert frames["host_ns"][10] == 2_000_000_000
    assert frames["device_ns"][[0, 10, 20]].tolist() == [200_000_000, 200_000_000, 1_800_000_000]
    assert frames["pts_ms"][[0, 10, 20]].tolist() == [0, 1000, 2000]
    assert bundle.face_video is not None
    with av.open(str(bundle.face_video)) as container:
        shown = [
            (frame.time, frame.key_frame, frame.to_ndarray(format="rgb24").mean())
            for frame in container.decode(video=0)
        ]
    assert [round(time * 1000) for time, _, _ in shown] == frames["pts_ms"].tolist()
    assert [index for index, (_, key, _) in enumerate(shown) if key] == [0, 10, 20]
    brightness = [light for _, _, light in shown]
    expected = [20 + 4 * index for index in (*range(5, 15), *range(5, 15), *range(45, 50))]
    np.testing.assert_allclose(brightness, expected, atol=4)
    (warning,) = (event.text for event in bundle.journal if isinstance(event, Warned))
    assert warning == "Trial 3: the face video covers 0.20 of 0.40 s."


def test_self_reports_and_emotions_come_from_the_table(files: tuple[Path, Path, Path]) -> None:
    first, second, third, _ = read_bundle(bring(files)).trials
    assert first.self_report is not None
    assert (first.self_report.seven, first.self_report.three) == ("sadness", "negative")
    assert (first.self_report.valence, first.self_report.arousal, first.self_report.valence_step) == (-0.75, 0.0, None)
    assert second.self_report is not None
    assert (second.self_report.seven, second.self_report.three) == ("happiness", None)
    assert third.self_report is None
    assert (first.emotion, second.emotion) == ("sadness", "happiness")
    assert first.clip_path is None


def test_clips_may_come_with_the_table_or_from_a_stimulus_folder(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    table = files[2]
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([lines[0] + "\tclip_file", *(line + "\tface.mp4" for line in lines[1:2])]) + "\n")
    bundle = read_bundle(bring(files))
    clip = bundle.manifest.clip("sad-film")
    assert clip is not None
    assert (clip.file, clip.duration_s) == ("face.mp4", 2.0)
    assert bundle.trials[0].clip_path == bundle.folder / "stimuli/face.mp4"

    golden = Path(__file__).parents[2] / "golden/bundle-v1/stimuli"
    table.write_text("trial\tclip\tstart_ms\tend_ms\n1\tgrey\t1000\t1400\n")
    folder = import_recording(
        *files, tmp_path / "second", participant="P07", study_id="s", consent_scopes=["recording"], stimuli=golden
    )
    bundle = read_bundle(folder)
    assert (folder / "stimuli/manifest.yaml").read_bytes() == (golden / "manifest.yaml").read_bytes()
    assert bundle.trials[0].emotion == "neutral"
    assert bundle.trials[0].clip_path == folder / "stimuli/grey.mp4"
    assert bundle.face_video is None  # no trial has a face
    assert verify_bundle(folder).notes == ("No face was recorded.",)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("1000\t1400", "1000\t900", r"trials\.tsv, line 2, end_ms \(900\) is not after start_ms \(1000\)"),
        (
            "2000\t2400",
            "1300\t2400",
            r"line 3, column 'start_ms': the trial begins at 1300 ms, before the last",
        ),
        ("4000\t4400", "9000\t9400", r"trial 4: .* no gaze sample between 9000 and 9400 ms; .* from 1000 to 4396 ms"),
        ("2\tjoy", "5\tjoy", r"line 3, column 'trial': expected 2, found 5"),
        ("2000\t", "soon\t", r"line 3, column 'start_ms': .*could not convert string to float"),
        ("2000\t", "nan\t", r"line 3, column 'start_ms': expected a finite number"),
        ("-0.75", "-75", r"line 2, column 'valence': .*greater than or equal to -1"),
        ("happiness\t0.2", "joy\t0.2", r"line 3, column 'emotion'"),
        (
            "3\tsad-film\t3000\t3400\tsadness",
            "3\tsad-film\t3000\t3400\tfear",
            r"trial 3: .* has another emotion",
        ),
        ("start_ms", "start", r"line 1: the column 'start' is not known\. The columns are: trial, clip"),
        ("\temotion", "\ttrial", r"line 1: the column 'trial' stands twice"),
        ("sadness\t0.2", "sadness", r"line 2: expected 10 columns, found 9"),
        ("\t", ",", r"line 1: expected tabs between the columns"),
        (TABLE[TABLE.index("\n") :], "\n", r"the table has no trials"),
    ],
)
def test_mistakes_in_the_table_are_named(
    files: tuple[Path, Path, Path], before: str, after: str, complaint: str
) -> None:
    assert before in TABLE
    files[2].write_text(TABLE.replace(before, after), encoding="utf-8")
    with pytest.raises(CollectError, match=complaint):
        bring(files)
    assert not (files[0].parent / "bundle").exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"consent_scopes": ["training"]}, "must cover 'recording'"),
        ({"consent_scopes": ["recording", "fame"]}, "'fame' is no scope of consent. The scopes are: recording, rating"),
        ({"participant": "Jane Doe"}, "'Jane Doe' cannot name the participant"),
        ({"study_id": "a/b"}, "'a/b' cannot name the study"),
    ],
)
def test_what_the_importer_states_is_checked(
    files: tuple[Path, Path, Path], changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(CollectError, match=complaint):
        bring(files, **changes)
    assert not (files[0].parent / "bundle").exists()


def test_files_that_are_none_leave_nothing_behind(files: tuple[Path, Path, Path]) -> None:
    asc, video, table = files
    whole = video.read_bytes()
    before = sorted(path.name for path in asc.parent.iterdir())
    video.write_text("no video")
    with pytest.raises(CollectError, match=r"face\.mp4: the face video cannot be read"):
        bring(files)
    video.write_bytes(whole)
    asc.write_text(asc.read_text().replace("GAZE_COORDS", "SOMETHING"))
    with pytest.raises(CollectError, match="does not say how large the screen was"):
        bring(files)
    asc.write_text("<html>")
    with pytest.raises(CollectError, match="no eye tracker's record, but a page"):
        bring(files)
    with pytest.raises(CollectError, match="trial table cannot be read"):
        bring((asc, video, table.with_name("none.tsv")))
    assert sorted(path.name for path in asc.parent.iterdir()) == before


def test_an_existing_bundle_is_never_overwritten(files: tuple[Path, Path, Path]) -> None:
    folder = bring(files)
    seal = (folder / "seal.json").read_bytes()
    with pytest.raises(CollectError, match="exists already"):
        bring(files)
    assert (folder / "seal.json").read_bytes() == seal

"""The golden bundle is read back with the very values that were written when version 1 was born."""

from pathlib import Path

import numpy as np

from collect.bundle.format import SelfReport
from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle

GOLDEN = Path(__file__).parents[2] / "golden/bundle-v1"
START_NS = 5_000_000_000_000_000_123


def test_golden_bundle_is_whole() -> None:
    report = verify_bundle(GOLDEN)
    assert (report.state, report.problems, report.notes) == ("sealed", (), ())
    assert (report.files_checked, report.trials, report.trials_valid, report.trials_planned) == (12, 1, 1, 1)


def test_golden_bundle_has_its_header_study_and_manifest() -> None:
    bundle = read_bundle(GOLDEN)
    assert bundle.header.participant == "P01"
    assert bundle.header.consent.scopes == ("recording", "rating")
    assert bundle.study.consent.text == "I agree to be recorded."
    assert bundle.header.consent.text_sha256 == bundle.study.consent.text_sha256
    assert bundle.manifest.clips[0].placeholder
    assert bundle.simulation is not None
    assert bundle.simulation.trials[0].felt == "sadness"
    assert bundle.outcome == "completed"


def test_golden_bundle_has_its_trial() -> None:
    (trial,) = read_bundle(GOLDEN).trials
    assert (trial.number, trial.clip, trial.emotion) == (1, "grey", "neutral")
    assert trial.clip_path == GOLDEN / "stimuli/grey.mp4"
    assert trial.clip_started_ns == START_NS + 100_000_000
    assert trial.clip_ended_ns == START_NS + 300_000_000
    assert (trial.frames_in_clip, trial.frames_shown, trial.frames_late) == (5, 5, 1)
    assert trial.self_report == SelfReport(
        t_ns=START_NS + 350_000_000, trial=1, seven="sadness", three="negative",
        valence=-0.5, arousal=0.25, valence_step=3, arousal_step=6,
    )  # fmt: skip
    assert (trial.valid, trial.reason, trial.devices) == (True, "", ("tracker", "camera", "screen"))


def test_golden_bundle_has_its_gaze() -> None:
    bundle = read_bundle(GOLDEN)
    samples = bundle.gaze_samples()
    assert samples.shape == (100,)
    np.testing.assert_array_equal(samples["host_ns"], START_NS + np.arange(100, dtype=np.int64) * 4_000_000)
    assert samples[0].tolist()[1:5] == (1000.5, 320.1, 240.7, 900.0)
    assert np.isnan(samples["right_x"]).all()
    events = bundle.eye_events()
    assert events["kind"].tolist() == ["fixation", "saccade", "blink"]
    assert events[1].tolist()[4:10] == (1200.5, 1220.5, 320.4, 240.7, 400.0, 1.5)
    assert bundle.gaze_messages()[0].tolist() == (START_NS, 1000.5, 'TRIALID 1, "grey" – é')
    assert bundle.camera_frames()["device_ns"].tolist() == [7, 8, -1, 10, 11]


def test_a_trial_gets_the_rows_of_its_clip() -> None:
    bundle = read_bundle(GOLDEN)
    (trial,) = bundle.trials
    assert bundle.samples_of(trial)["host_ns"].min() == trial.clip_started_ns
    assert bundle.samples_of(trial)["host_ns"].max() == START_NS + 296_000_000
    assert bundle.eye_events_of(trial)["kind"].tolist() == ["fixation", "saccade"]  # the blink came after the clip
    assert len(bundle.camera_frames_of(trial)) == 5
    assert bundle.flips_of(trial)["clip_pts_ms"].tolist() == [0.0, 40.0, 80.0, 120.0, 160.0]

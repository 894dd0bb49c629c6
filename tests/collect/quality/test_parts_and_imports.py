"""Sessions that went on after a reboot, and recordings that somebody else made."""

from pathlib import Path

import numpy as np
import pytest

from collect.bundle.format import ClipEnded, ClipStarted, SessionResumed, TrialEnded, TrialStarted, Warned
from collect.bundle.reader import read_bundle
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import ClockReading, Flip, GazeSample
from collect.pupil.corrected import session_pupil
from collect.quality.face_quality import pictures_per_second, sampled_times
from collect.quality.format import SessionQuality
from collect.quality.judging import session_quality
from collect.recording_import.importing import import_recording
from collect.report.writing import write_report
from tests.collect.recording_import.small_recording import write_small_recording
from tests.golden import make_bundle as golden

MS = golden.MS


def quality_of(folder: Path) -> SessionQuality:
    bundle = read_bundle(folder)
    return session_quality(bundle, session_pupil(bundle))


@pytest.fixture
def rebooted(tmp_path: Path) -> SessionQuality:
    """Two trials of 300 ms; between them the computer was started again and its clock began at 0."""
    folder = tmp_path / "rebooted"
    with golden.begin(folder, trials=2) as writer:
        golden.record_trial(writer, 1)
        readings = [ClockReading(golden.START_NS + k * 10 * MS, 5000.0 + k * 10, 1000) for k in range(40)]
        writer.clock_readings(readings)
    with BundleWriter.reopen(folder) as writer:
        writer.journal(SessionResumed(t_ns=1000 * MS, reboot=True))
        writer.clock_readings([ClockReading((1000 + k * 10) * MS, 90.0 + k * 10, 1000) for k in range(40)])
        writer.journal(TrialStarted(t_ns=2000 * MS, trial=2, clip="grey"))
        writer.journal(ClipStarted(t_ns=2100 * MS, trial=2))
        for frame in range(4):
            writer.flip(2, Flip(frame, 40.0 * frame, (2100 + 40 * frame) * MS))
        nan = np.nan
        writer.gaze([GazeSample((2100 + 4 * k) * MS, k, 1, 1, 9, nan, nan, nan) for k in range(60)], [])
        writer.journal(ClipEnded(t_ns=2400 * MS, trial=2, frames_in_clip=5, frames_shown=4, frames_late=0))
        writer.journal(TrialEnded(t_ns=2500 * MS, trial=2, valid=True, devices=("screen", "tracker", "camera")))
        writer.journal(Warned(t_ns=2600 * MS, text="late"))
    return quality_of(folder)


def test_a_session_goes_on_where_it_was_although_the_clock_began_anew(rebooted: SessionQuality) -> None:
    first, second = rebooted.presentations
    assert rebooted.resumes == 1
    # 0.39 s had passed when the first part ended; the second trial's clip began 1.1 s after the second part did.
    assert (first.begins_s, second.begins_s) == (0.1, pytest.approx(0.39 + 1.1))
    assert rebooted.warnings[0].at_s == pytest.approx(0.39 + 1.6)


def test_parts_are_not_mixed(rebooted: SessionQuality) -> None:
    first, second = rebooted.presentations
    assert first.gaze is not None
    assert second.gaze is not None
    assert (first.gaze.valid, second.gaze.valid) == (1.0, 0.8)
    assert second.playback is not None
    assert (second.playback.frames_shown, second.playback.late_ms_max) == (4, 0.0)
    clocks = [(clock.part, clock.readings) for clock in rebooted.clocks if clock.device == "tracker"]
    assert clocks == [(0, 40), (1, 40)]
    assert all(clock.residual_ms_p95 < 0.01 for clock in rebooted.clocks if clock.device == "tracker")


def test_an_import_is_not_blamed_for_what_it_cannot_tell(tmp_path: Path) -> None:
    asc, video, table = write_small_recording(tmp_path)
    folder = import_recording(
        asc, video, table, tmp_path / "bundle", participant="P7", study_id="old", consent_scopes=("recording",)
    )
    report = write_report(folder)
    first = report.quality.presentations[0]
    assert (first.playback, first.camera, first.self_report, first.clock_residual_ms) == (None, None, None, None)
    assert {reason.measure for one in report.quality.presentations for reason in one.reasons} <= {
        "one_face", "brightness"
    }  # fmt: skip
    last = report.quality.presentations[-1]  # without a face video
    assert (last.face, last.verdict, last.reasons) == (None, "good", ())
    assert report.quality.advice == ()
    text = report.page.read_text(encoding="utf-8")
    assert "IMPORTED" in text
    assert "not known" in text


@pytest.mark.parametrize(
    ("clips", "rate"), [([60.0], 2.0), ([250.0], 2.0), ([60.0] * 10, 500 / 600), ([600.0] * 10, 0.5), ([], 2.0)]
)
def test_long_sessions_are_looked_at_less_often(clips: list[float], rate: float) -> None:
    assert pictures_per_second(clips) == pytest.approx(rate)


def test_pictures_are_chosen_by_time_and_not_by_count() -> None:
    frames = np.zeros(8, [("pts_ms", "<f8")])
    frames["pts_ms"] = [0, 33, 66, 500, 533, 2000, 2033, 2500]
    assert sampled_times(frames, 2.0) == [0, 500, 2000, 2500]

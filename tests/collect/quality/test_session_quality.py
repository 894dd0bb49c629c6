"""Whole sessions: planted faults get the right verdicts and reasons; unsealed ones name where they break off."""

import shutil
from pathlib import Path

import pytest

from collect.bundle.reader import read_bundle
from collect.pupil.corrected import session_pupil
from collect.quality.format import PresentationQuality, SessionQuality, Verdict
from collect.quality.headline import headline, tally
from collect.quality.judging import session_quality
from tests.collect.quality.recorded import record_with_faults

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"


def quality_of(folder: Path) -> SessionQuality:
    bundle = read_bundle(folder)
    return session_quality(bundle, session_pupil(bundle))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> SessionQuality:
    return quality_of(record_with_faults(tmp_path_factory.mktemp("faulty")))


def test_every_planted_fault_is_found_in_its_trial_and_nowhere_else(faulty: SessionQuality) -> None:
    found = {one.number: (one.verdict, [reason.measure for reason in one.reasons]) for one in faulty.presentations}
    assert found == {1: ("bad", ["gaze_valid"]), 2: ("bad", ["camera_lost"]), 3: ("bad", ["frames_shown"])}
    first, second, third = faulty.presentations
    assert first.gaze is not None
    (gap,) = first.gaze.gaps
    assert (gap.from_s, gap.to_s) == (pytest.approx(0.7, abs=0.05), pytest.approx(2.6, abs=0.05))
    assert second.camera is not None
    assert second.camera.lost in (6, 7, 8)
    assert third.playback is not None
    assert (third.playback.frames_shown, third.playback.frames_skipped) == (54, 6)


def test_the_headline_names_the_bad_trials_and_the_advice_what_to_do(faulty: SessionQuality) -> None:
    assert faulty.headline == "0 of 3 trials good; trials 1, 2 and 3 bad"
    told = " ".join(faulty.advice)
    assert all(word in told for word in ("Gaze:", "Camera:", "Frames of the clip:", "one more session"))
    assert (faulty.trials.planned, faulty.trials.bad, faulty.others.planned) == (3, 3, 0)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("ggg", "3 of 3 trials good"),
        ("gbg", "2 of 3 trials good; trial 2 bad: gaze was measured in 36.6 % of the clip, lost longest from"),
        ("gbb", "1 of 3 trials good; trial 2 bad: gaze"),
        ("ugu", "1 of 3 trials good; trials 1 and 3 usable"),
        ("ggu", "2 of 3 trials good; trial 3 usable: gaze"),
        ("gn", "1 of 3 trials good, 1 not judged; 1 not shown"),
    ],
)
def test_the_headline_tells_reasons_as_long_as_they_are_few(faulty: SessionQuality, verdicts: str, said: str) -> None:
    words: dict[str, Verdict] = {"g": "good", "u": "usable", "b": "bad", "n": "not known"}
    judged: list[PresentationQuality] = [
        faulty.presentations[0].model_copy(update={"number": place, "verdict": words[letter]})
        for place, letter in enumerate(verdicts, start=1)
    ]
    planned = read_bundle(GOLDEN).header.presentations * 3
    assert headline(tally(planned, judged, trials=True), judged, None).startswith(said)


def test_faces_light_and_sharpness_are_seen_in_the_video(faulty: SessionQuality) -> None:
    for one in faulty.presentations:
        assert one.face is not None
        assert one.face.sampled >= 5
        assert one.face.one_face == 1.0
        assert 40 < one.face.brightness < 220
        assert one.face.sharpness is not None


def test_the_json_reads_back_as_the_same_quality(faulty: SessionQuality) -> None:
    assert SessionQuality.model_validate_json(faulty.model_dump_json(indent=1)) == faulty


def test_the_golden_bundle_is_judged_as_it_was_made() -> None:
    quality = quality_of(GOLDEN)
    (one,) = quality.presentations
    assert quality.simulated == "no person was recorded"
    assert one.gaze is not None
    assert (one.gaze.valid, one.gaze.left, one.gaze.right) == (1.0, 1.0, 0.0)
    assert one.playback is not None
    assert (one.playback.frames_shown, one.playback.late_ms_max) == (5, 0.0)
    assert one.self_report is not None
    assert one.self_report.missing == ()
    # Its face video is plain dark grey.
    assert (one.verdict, [reason.measure for reason in one.reasons]) == ("bad", ["one_face", "brightness"])


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        (2, "The recording breaks off before the first of 1 clips."),
        (3, "The recording breaks off in trial 1 (grey), 0.2 s after its clip began. 1 of 1 clips were begun."),
        (5, "The recording breaks off in trial 1 (grey), after its clip. 1 of 1 clips were begun."),
        (8, "The recording breaks off after trial 1 (grey). 1 of 1 clips were begun."),
        (9, "The session ended (completed), but the bundle was not sealed: its last files may not be complete."),
    ],
)
def test_an_unsealed_recording_names_where_it_breaks_off(tmp_path: Path, lines: int, cut: str) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(GOLDEN, folder)
    (folder / "seal.json").unlink()
    journal = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(journal[:lines]) + b'{"event": "half')
    quality = quality_of(folder)
    assert (quality.state, quality.cut) == ("unsealed", cut)
    assert quality.headline.endswith("the recording was not ended")
    assert f"duchenne collect resume {folder}" in quality.advice[0]

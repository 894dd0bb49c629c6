"""The rules: what is good, usable, bad or not known, against a study's limits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collect.bundle.limits import TrialLimits
from collect.bundle.trials import Trial
from collect.quality.format import (
    CameraQuality,
    FaceQuality,
    Gap,
    GazeQuality,
    PlaybackQuality,
    Reason,
    SelfReportQuality,
)
from collect.quality.verdict import reasons_against, verdict_of

LIMITS = TrialLimits()
TRIAL = Trial(1, "clip", None, Path("clip.mp4"), 0, clip_started_ns=0, clip_ended_ns=10**9, valid=True, reason="")


def gaze(valid: float, gaps: tuple[Gap, ...] = ()) -> GazeQuality:
    return GazeQuality(
        samples=100, expected=100, valid=valid, left=valid, right=valid, on_screen=1.0, blinks=0, blinks_from="tracker",
        gaps=gaps, seconds=(),
    )  # fmt: skip


def playback(shown: int) -> PlaybackQuality:
    return PlaybackQuality(
        frames_in_clip=1000, frames_shown=shown, frames_skipped=1000 - shown, frames_late=0, shown=shown / 1000,
        late_ms_p50=0, late_ms_p95=0, late_ms_max=0, intervals=None, sound_offset_ms=None,
    )  # fmt: skip


def camera(lost: int, fps: float = 30.0) -> CameraQuality:
    return CameraQuality(
        frames=1000 - lost, expected=1000, lost=lost, lost_share=lost / 1000, late=0, fps=fps, intervals=None
    )


def face(one: float, brightness: float = 120.0) -> FaceQuality:
    return FaceQuality(sampled=10, one_face=one, no_face=1 - one, brightness=brightness, sharpness=0.3, moments=())


def judged(trial: Trial = TRIAL, limits: TrialLimits = LIMITS, **measured: Any) -> tuple[str, tuple[Reason, ...]]:
    everything: dict[str, Any] = {
        "gaze": gaze(0.95), "playback": playback(1000), "camera": camera(0), "face": face(1.0),
        "clock_residual_ms": 0.1, "self_report": SelfReportQuality(asked=("seven",), missing=()),
    }  # fmt: skip
    reasons = reasons_against(trial, limits, **{**everything, **measured})
    return verdict_of(reasons, judged=True), reasons


@pytest.mark.parametrize(
    ("measured", "verdict", "said"),
    [
        ({}, "good", ""),
        # At the limit itself a trial is still good, or still usable.
        ({"gaze": gaze(0.8)}, "good", ""),
        ({"gaze": gaze(0.799)}, "usable", "Gaze was measured in 79.9 % of the clip; good is 80 % and more"),
        ({"gaze": gaze(0.5)}, "usable", "Gaze was measured in 50 %"),
        ({"gaze": gaze(0.31)}, "bad", "Gaze was measured in 31 % of the clip; below 50 % is bad"),
        ({"playback": playback(995)}, "good", ""),
        ({"playback": playback(994)}, "usable", "994 of 1000 frames of the clip were shown; good is 99.5 % and more"),
        ({"playback": playback(949)}, "bad", "949 of 1000 frames"),
        ({"camera": camera(5)}, "good", ""),
        ({"camera": camera(6)}, "usable", "The camera lost 6 of 1000 frames; good is at most 0.5 %"),
        ({"camera": camera(51)}, "bad", "above 5 % is bad"),
        ({"camera": camera(500, 15.0)}, "bad", "(it gave 15.0 a second)"),
        ({"face": face(0.9)}, "good", ""),
        ({"face": face(0.89)}, "usable", "Exactly one face was seen in 89 %"),
        ({"face": face(0.59)}, "bad", "below 60 % is bad"),
        ({"face": face(1.0, 39)}, "usable", "The face is too dark: 39 of 255, the study wants 40 to 220"),
        ({"face": face(1.0, 221)}, "usable", "too bright"),
        ({"clock_residual_ms": 4.0}, "good", ""),
        ({"clock_residual_ms": 4.1}, "usable", "4.1 ms; good is at most 4 ms"),
        ({"clock_residual_ms": 21.0}, "bad", "above 20 ms is bad"),
        ({"self_report": SelfReportQuality(asked=("seven", "arousal"), missing=("arousal",))}, "usable", "arousal"),
    ],
)
def test_each_limit_decides_and_says_so(measured: dict[str, Any], verdict: str, said: str) -> None:
    found, reasons = judged(**measured)
    assert found == verdict
    assert [said in reason.text for reason in reasons] == ([] if verdict == "good" else [True])
    assert all(reason.verdict == verdict for reason in reasons)


def test_what_is_not_known_is_never_held_against_a_trial() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("gaze", "playback", "camera", "face", "clock_residual_ms", "self_report"))
    assert judged(**nothing) == ("good", ())
    assert verdict_of((), judged=False) == "not known"


def test_a_trial_that_the_session_calls_not_valid_is_bad_whatever_else_is_good() -> None:
    verdict, reasons = judged(replace(TRIAL, valid=False, reason="the camera stamped nothing"))
    assert verdict == "bad"
    assert reasons[0].text == "The camera stamped nothing"


def test_the_worst_reason_comes_first_and_all_are_told() -> None:
    verdict, reasons = judged(face=face(0.8), camera=camera(100), gaze=gaze(0.7))
    assert verdict == "bad"
    assert [reason.measure for reason in reasons] == ["camera_lost", "gaze_valid", "one_face"]


def test_the_longest_loss_is_named() -> None:
    gaps = (Gap(from_s=1, to_s=1.6), Gap(from_s=3, to_s=7.25), Gap(from_s=8, to_s=9))
    assert "lost longest from 3.0 to 7.2 s" in judged(gaze=gaze(0.3, gaps))[1][0].text


def test_a_study_sets_its_own_limits() -> None:
    assert judged(limits=TrialLimits(gaze_valid=(0.99, 0.2)))[0] == "usable"
    assert judged(limits=TrialLimits(gaze_valid=(0.2, 0.1)), gaze=gaze(0.25))[0] == "good"

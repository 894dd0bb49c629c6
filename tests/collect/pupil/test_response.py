"""Planted responses to light are found again and taken away; what an emotion does is left."""

import numpy as np
import pytest
from numpy.typing import NDArray

from collect.pupil.errors import PupilNotCorrectedError
from collect.pupil.response import STEP_S, ClipPupil, delayed, fit_response, low_passed

Values = NDArray[np.float64]
SECONDS, CLIPS = 30, 6


def light_of(random: np.random.Generator) -> Values:
    """Scenes of some seconds, each of another brightness, as log10 of the luminance."""
    cuts = np.sort(random.uniform(0, SECONDS, 9))
    scene = np.searchsorted(cuts, np.arange(0, SECONDS, STEP_S))
    return np.log10(random.uniform(0.02, 0.7, len(cuts) + 1))[scene]


def emotion(strength: float) -> Values:
    """Wider from the second second on, then slowly back."""
    t = np.arange(0, SECONDS, STEP_S)
    return strength * np.clip(t - 2, 0, 1) * np.exp(-np.clip(t - 3, 0, None) / 8)


def planted(
    seed: int = 1, *, latency_s: float = 0.35, tau_s: float = 0.4, slopes: tuple[float, float] = (-0.10, -0.14)
) -> tuple[list[ClipPupil], list[Values]]:
    """Clips whose pupils answer to light, and widen by an emotion in every second clip; and that emotion."""
    random = np.random.default_rng(seed)
    clips, felt = [], []
    for number in range(CLIPS):
        light, feels = light_of(random), emotion(0.08 if number % 2 else 0.0)
        answer = delayed(low_passed(light, tau_s), latency_s)
        eyes = [1.1 + slope * answer + feels + random.normal(0, 0.004, len(light)) for slope in slopes]
        for eye in eyes:
            start = int(random.integers(0, len(eye) - 10))
            eye[start : start + 8] = np.nan
        clips.append(ClipPupil(light, eyes[0], eyes[1]))
        felt.append(feels)
    return clips, felt


def test_the_planted_response_is_found() -> None:
    clips, _ = planted()
    found = fit_response(clips)
    assert found.latency_s == pytest.approx(0.35, abs=0.1)
    assert found.time_constant_s in (0.25, 0.4, 0.6)
    assert found.slopes == (pytest.approx(-0.10, abs=0.015), pytest.approx(-0.14, abs=0.015))
    assert found.r2 > 0.7
    assert (found.clips, found.seconds) == (CLIPS, pytest.approx(CLIPS * (SECONDS - 2), abs=1))


def test_light_is_taken_away_and_the_emotion_is_left() -> None:
    clips, felt = planted()
    found = fit_response(clips)
    for clip, feels in zip(clips, felt, strict=True):
        corrected = clip.left - found.predicted(clip.light, found.slopes[0])
        seen = np.isfinite(corrected) & (np.arange(len(corrected)) > 2 / STEP_S)
        answer = low_passed(clip.light, 0.4)
        before = np.corrcoef(clip.left[seen], answer[seen])[0, 1]
        assert before < -0.3
        rest = corrected - feels
        assert np.std(rest[seen]) < 0.015  # of a response with a spread of 0.04 and more
        if feels.any():
            assert np.corrcoef(corrected[seen], feels[seen])[0, 1] > 0.85
            assert np.ptp(corrected[seen]) == pytest.approx(0.08, abs=0.04)


def test_a_mean_that_a_whole_clip_shifts_is_not_taken_for_light() -> None:
    """Bright clips that are also the exciting ones: only changes within clips tell of light."""
    clips, _ = planted()
    shifted = [ClipPupil(c.light, c.left + 0.3 * c.light.mean(), c.right + 0.3 * c.light.mean()) for c in clips]
    assert fit_response(shifted).slopes == pytest.approx(fit_response(clips).slopes)


def test_one_eye_is_enough() -> None:
    clips, _ = planted()
    blind = np.full(len(clips[0].light), np.nan)
    found = fit_response([ClipPupil(clip.light, clip.left, blind) for clip in clips])
    assert found.slopes[0] == pytest.approx(-0.10, abs=0.015)
    assert np.isnan(found.slopes[1])


def test_nothing_is_corrected_for_light_that_does_not_change() -> None:
    clips, _ = planted()
    with pytest.raises(PupilNotCorrectedError, match="hardly changes"):
        fit_response([ClipPupil(np.full_like(clip.light, -0.5), clip.left, clip.right) for clip in clips])


def test_nothing_is_corrected_by_a_few_seconds() -> None:
    clips, _ = planted()
    with pytest.raises(PupilNotCorrectedError, match=r"for 2 s .* needs 10 s"):
        fit_response([ClipPupil(clip.light[:80], clip.left[:80], clip.right[:80]) for clip in clips[:1]])


def test_a_pupil_that_has_nothing_to_do_with_light_is_mostly_refused() -> None:
    """With six clips, chance alone beats all eight wrong pairings in one of nine."""
    refused = 0
    for seed in range(12):
        clips, _ = planted(seed, slopes=(0.0, 0.0))
        try:
            fit_response(clips)
        except PupilNotCorrectedError as error:
            refused += "is chance" in str(error) or "smaller with light" in str(error)
    assert refused >= 9


def test_two_clips_of_which_one_changes_are_enough_only_for_a_true_response() -> None:
    random = np.random.default_rng(5)
    bump = np.log10(0.02 + 0.08 * np.exp(-(((np.arange(0, 12, STEP_S) - 4) / 0.8) ** 2)))
    still = np.full_like(bump, -0.3)

    def eye(light: Values, slope: float) -> Values:
        slow = np.convolve(random.normal(0, 1, len(light) + 40), np.hanning(41), "valid")
        return 1 + slope * delayed(low_passed(light, 0.4), 0.3) + 0.005 * slow[: len(light)]

    for slope in (-0.15, 0.0):
        clips = [ClipPupil(light, eye(light, slope), eye(light, slope)) for light in (bump, still)]
        if slope:
            assert fit_response(clips).slopes[0] == pytest.approx(slope, abs=0.06)
        else:
            with pytest.raises(PupilNotCorrectedError):
                fit_response(clips)

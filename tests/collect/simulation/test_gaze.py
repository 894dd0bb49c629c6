from itertools import pairwise

import numpy as np
import pytest

from collect.bundle.format import Emotion
from collect.simulation.gaze import USUAL_SCREEN, TrialGaze
from collect.simulation.gaze_style import random_eyes
from collect.simulation.participant import EMOTIONS


def gaze(felt: Emotion, person: int = 0, take: int = 0, rate_hz: float = 250.0) -> TrialGaze:
    eyes = random_eyes(np.random.default_rng([1, person]))
    return TrialGaze(felt, eyes, USUAL_SCREEN, rate_hz, np.random.default_rng([2, person, take]))


def test_small_windows_give_the_numbers_of_one_large_window() -> None:
    whole = gaze("fear").samples(0, 3000)
    piecewise = gaze("fear")
    parts = [piecewise.samples(start, start + 7) for start in range(0, 3000, 7)]
    np.testing.assert_array_equal(np.concatenate(parts)[:3000], whole)


def test_movements_follow_each_other_without_a_gap_and_samples_agree_with_them() -> None:
    trial = gaze("neutral", rate_hz=1000)
    samples = trial.samples(0, 12_000)
    moves = trial.movements
    assert {move.kind for move in moves} == {"fixation", "saccade", "blink"}
    assert all(before.end_ms == after.start_ms for before, after in pairwise(moves))
    for move in moves:
        inside = samples[int(np.ceil(move.start_ms)) : int(move.end_ms)]
        if move.end_ms > 12_000 or len(inside) == 0:
            continue
        if move.kind == "blink":
            assert np.isnan(inside).all()
        else:
            assert not np.isnan(inside).any()
        if move.kind == "fixation":
            assert np.abs(inside[:, 0].mean() - move.x) < 8


def test_saccades_keep_to_the_main_sequence() -> None:
    trial = gaze("happiness")
    trial.samples(0, 10_000)
    saccades = [move for move in trial.movements if move.kind == "saccade"]
    degrees = np.array([np.hypot(m.end_x - m.x, m.end_y - m.y) for m in saccades]) / USUAL_SCREEN.px_per_deg
    durations = np.array([move.end_ms - move.start_ms for move in saccades])
    slope, intercept = np.polyfit(degrees, durations, 1)
    assert slope == pytest.approx(2.2, rel=0.35)
    assert intercept == pytest.approx(21, rel=0.35)


def summary(trial: TrialGaze, seconds: float = 10.0) -> list[float]:
    samples = trial.samples(0, int(seconds * trial.rate_hz))
    moves = [move for move in trial.movements if move.end_ms <= seconds * 1000]
    fixations = [move for move in moves if move.kind == "fixation"]
    durations = np.array([move.end_ms - move.start_ms for move in fixations])
    x, y = np.array([[move.x, move.y] for move in fixations]).T
    pupil, rest = samples[:, 2], np.nanmean(samples[: int(trial.rate_hz * 0.7), 2])
    return [
        float(np.log(durations).mean()), sum(move.kind == "blink" for move in moves), float(x.mean()),
        float(y.mean()), float(x.std()), float(y.std()), float(np.nanmean(pupil) / rest),
        float(np.nanmax(pupil) / rest),
        float(np.mean(np.abs(x / 1920 - 0.5) > 0.35)),
    ]  # fmt: skip


def test_felt_emotion_can_be_learned_from_people_never_seen_but_is_no_giveaway() -> None:
    """A linear classifier on plain summaries, leaving one person out: far above 1 in 7, far from certain."""
    people = 24
    features = np.array(
        [[summary(gaze(felt, person, take)) for take, felt in enumerate(EMOTIONS)] for person in range(people)]
    )
    hits = 0
    for left_out in range(people):
        known = np.delete(features, left_out, 0)
        middle, spread = known.mean((0, 1)), known.std((0, 1))
        centres = ((known - middle) / spread).mean(0)
        residuals = ((known - middle) / spread - centres).reshape(-1, features.shape[-1])
        precision = np.linalg.inv(residuals.T @ residuals / len(residuals) + 0.05 * np.eye(features.shape[-1]))
        away = (features[left_out] - middle) / spread
        away = away[:, None] - centres[None]
        distance = np.einsum("tcf,fg,tcg->tc", away, precision, away)
        hits += int((distance.argmin(1) == np.arange(7)).sum())
    assert 0.5 < hits / (7 * people) < 0.9


def test_people_differ_in_their_pupils_and_their_pace() -> None:
    rows = np.array([summary(gaze("neutral", person)) for person in range(12)])
    assert rows[:, 0].std() > 0.08
    resting = [np.nanmean(gaze("neutral", person).samples(0, 200)[:, 2]) for person in range(12)]
    assert max(resting) > 1.4 * min(resting)


def test_nothing_is_felt_before_the_clip_begins() -> None:
    eyes = random_eyes(np.random.default_rng([1, 0]))
    pupils = {}
    for felt in ("anger", "neutral"):
        trial = TrialGaze(felt, eyes, USUAL_SCREEN, 250.0, np.random.default_rng(5), clip_after_ms=4000.0)
        pupils[felt] = trial.samples(0, 10 * 250)[:, 2].reshape(10, 250)
    wider = np.nanmean(pupils["anger"], axis=1) / np.nanmean(pupils["neutral"], axis=1)
    assert wider[:4] == pytest.approx(1.0, abs=0.02)
    assert (wider[7:] > 1.05).all()

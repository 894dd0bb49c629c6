"""Made-up series whose latency is known: the estimate finds it, and says when it cannot."""

import numpy as np
import pytest

from collect.latency.estimate import LatencyEstimate, estimate_latency
from collect.latency.flashes import FPS, LONGEST_S, SHORTEST_S, flash_states

CELLS = 40
SCREEN_CELLS = (7, 8)


def watched(
    latency_ms: float, seed: int = 1, *, noise: float = 2.0, exposure_ms: float = 12.0, drift: float = 0.0,
    seen: float = 1.0, fps: float = 29.97, seconds: float = 30.0,
) -> LatencyEstimate:  # fmt: skip
    """A camera that stamps each frame so long after the middle of its exposure; two cells see the screen."""
    random = np.random.default_rng(seed)
    states = np.array(flash_states(seconds, random))
    start_ns = 5_000_000_000_000
    flips_ns = start_ns + np.round(np.arange(len(states)) * 1e9 / FPS).astype(np.int64)
    changed = np.flatnonzero(states[1:] != states[:-1]) + 1
    jitter_ms = random.exponential(0.4, round(seconds * fps))
    middle_ms = random.uniform(0, 33) + np.arange(round(seconds * fps)) * 1000 / fps
    at_ms = middle_ms[:, None] + np.linspace(-exposure_ms / 2, exposure_ms / 2, 33)
    lit = states[np.clip((at_ms * FPS / 1000).astype(int), 0, len(states) - 1)].mean(axis=1)
    brightness = 60 + drift * np.sin(middle_ms / 4000)[:, None] + random.normal(0, noise, (len(middle_ms), CELLS))
    brightness[:, SCREEN_CELLS] += seen * 70 * lit[:, None]
    brightness[:, 20] += 10 * np.sin(middle_ms / 300)  # somebody moves
    host_ns = start_ns + np.round((middle_ms + latency_ms + jitter_ms) * 1e6).astype(np.int64)
    return estimate_latency(flips_ns[changed], states[changed], host_ns, brightness)


@pytest.mark.parametrize("latency_ms", [0.0, 21.0, 83.0, 240.0])
def test_a_known_latency_is_found_within_a_fifth_of_a_frame(latency_ms: float) -> None:
    found = watched(latency_ms)
    assert found.good, found.reason
    assert found.median_ms == pytest.approx(latency_ms, abs=6.6)
    assert abs(found.median_ms - latency_ms) < 4 * found.uncertainty_ms
    assert set(found.cells) == set(SCREEN_CELLS)
    assert found.p5_ms < found.median_ms < found.p95_ms
    assert found.p95_ms - found.p5_ms < 45  # about a frame


def test_many_measurements_agree_with_the_truth_on_average() -> None:
    errors = [watched(60.0, seed).median_ms - 60.0 for seed in range(12)]
    assert abs(np.mean(errors)) < 2.0


def test_noise_drift_and_a_short_exposure_cost_little() -> None:
    found = watched(83.0, noise=8.0, drift=25.0, exposure_ms=1.0)
    assert found.good, found.reason
    assert found.median_ms == pytest.approx(83.0, abs=8.0)


def test_a_camera_that_does_not_see_the_screen_is_told() -> None:
    found = watched(83.0, seen=0.0)
    assert not found.good
    assert "hardly follows the screen" in found.reason


def test_a_faint_reflection_is_not_good_enough() -> None:
    found = watched(83.0, seen=0.03)
    assert not found.good


def test_too_short_a_look_is_told() -> None:
    found = watched(83.0, seconds=4.0)
    assert not found.good
    assert "changes stood out" in found.reason


def test_nothing_at_all_is_told() -> None:
    found = estimate_latency(np.array([], np.int64), np.array([], bool), np.array([], np.int64), np.zeros((0, 4)))
    assert not found.good


def test_flashes_are_slow_enough_for_everybody_and_never_regular() -> None:
    states = np.array(flash_states(60.0, np.random.default_rng(2)))
    lengths = np.diff(np.flatnonzero(np.diff(states.astype(int)) != 0))
    assert lengths.min() / FPS >= SHORTEST_S - 1 / FPS
    assert lengths.max() / FPS <= LONGEST_S + 1 / FPS
    assert len(set(lengths.tolist())) > 5
    flashes_a_second = 1 / (2 * lengths.min() / FPS)
    assert flashes_a_second < 3

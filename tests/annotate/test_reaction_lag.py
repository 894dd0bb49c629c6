"""A trace that is drawn late is told to be late, by as much; a flat one tells nothing."""

import numpy as np
import pytest
from scipy import signal

from annotate.reaction_lag import STEP_MS, Trace, lag_of, on_grid, rater_lags


def curve(seed: int = 0, seconds: int = 30) -> np.ndarray:
    """A slow, smooth time course between -1 and 1, every 100 ms."""
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.normal(size=seconds * 10 + 61), np.hanning(31), mode="same")[30:-30]
    return noise / np.abs(noise).max()


def late(values: np.ndarray, ms: float) -> np.ndarray:
    t = np.arange(len(values)) * STEP_MS
    return np.interp(t - ms, t, values)


@pytest.mark.parametrize("ms", [0.0, 730.0, 2400.0, -900.0])
def test_the_lag_is_found_to_a_tenth_of_a_second(ms: float) -> None:
    rng = np.random.default_rng(1)
    reference = curve()
    lag = lag_of(late(reference, ms) * 0.6 + rng.normal(0, 0.03, len(reference)), reference)
    assert lag is not None
    assert lag.ms == pytest.approx(ms, abs=60)
    assert lag.correlation > 0.9


def test_it_is_where_the_correlation_of_scipy_has_its_top() -> None:
    reference = curve(3, seconds=60)
    trace = late(reference, 1500)
    full = signal.correlate(trace - trace.mean(), reference - reference.mean(), mode="full")
    shifts = signal.correlation_lags(len(trace), len(reference), mode="full")
    lag = lag_of(trace, reference)
    assert lag is not None
    assert lag.ms == pytest.approx(shifts[np.argmax(full)] * STEP_MS, abs=STEP_MS)


def test_traces_that_say_nothing_about_time_have_no_lag() -> None:
    reference = curve()
    assert lag_of(np.full(len(reference), 0.4), reference) is None  # never moved
    assert lag_of(curve(9), reference) is None  # agrees with nothing
    assert lag_of(reference[:40], reference[:40]) is None  # 4 s are too short to shift


def test_a_value_holds_until_the_rater_moves_again() -> None:
    assert on_grid([50, 250, 260], [0.1, 0.5, 0.9], 500).tolist() == [0.1, 0.1, 0.1, 0.9, 0.9, 0.9]


def test_each_rater_is_told_how_much_later_than_the_others() -> None:
    lags = {1: 0.0, 2: 0.0, 3: 0.0, 4: 1800.0}
    traces = []
    for trial in range(12):
        true = curve(trial)
        t = (np.arange(len(true)) * STEP_MS).tolist()
        traces += [Trace(rater, f"P{trial % 4}", f"t{trial}", t, late(true, ms).tolist()) for rater, ms in lags.items()]
    alone = Trace(5, "P1", "t-alone", traces[0].t_ms, traces[0].values)
    flat = Trace(1, "P1", "t0", traces[0].t_ms, [0.0] * len(traces[0].t_ms))
    found = rater_lags([*traces, alone, flat], draws=100)
    assert set(found) == {1, 2, 3, 4}
    assert found[4].median_ms is not None
    assert found[4].median_ms.value == pytest.approx(1800, abs=150)
    assert found[4].median_ms.low is not None
    assert found[4].median_ms.low > 1000
    assert found[2].median_ms is not None
    assert abs(found[2].median_ms.value) < 900  # the late one pulls the others' mean
    assert found[1].unclear == 1
    assert found[1].traces == 13
